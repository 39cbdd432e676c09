import { Controller, UseInterceptors } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { PublicUrl } from '@packhouse/http';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Answer } from '../rest/answer';
import { describeOperations } from '../rest/open-api';
import { defineOperation, Input, Operation, type InputOf } from '../rest/operation';
import { OperationInterceptor } from '../rest/operation.interceptor';
import { controllersOf, listOperations, type DeclaredPrefix } from '../rest/operation-list';

const document = z.record(z.string(), z.unknown());

const getV3 = defineOperation({
  id: 'meta/get-openapi-document',
  method: 'GET',
  path: '/api/v3/openapi.json',
  summary: 'This document',
  tags: ['meta'],
  auth: 'anyone',
  responses: { 200: document },
});

const getOwn = defineOperation({
  id: 'instance/get-openapi-document',
  method: 'GET',
  path: '/api/packhouse/v1/openapi.json',
  summary: 'This document',
  tags: ['instance'],
  auth: 'anyone',
  responses: { 200: document },
});

/** The OpenAPI documents, made of the declarations of the routes that this process serves. */
@Controller()
@UseInterceptors(OperationInterceptor)
export class OpenApiController {
  private readonly documents = new Map<string, object>();

  constructor(
    private readonly modules: ModulesContainer,
    private readonly publicUrl: PublicUrl,
  ) {}

  @Operation(getV3)
  v3(@Input() { request }: InputOf<typeof getV3>): Answer {
    return this.documentOf('/api/v3', request);
  }

  @Operation(getOwn)
  own(@Input() { request }: InputOf<typeof getOwn>): Answer {
    return this.documentOf('/api/packhouse/v1', request);
  }

  private documentOf(prefix: DeclaredPrefix, request: FastifyRequest): Answer {
    const base = this.publicUrl.baseFor(request);
    const key = `${prefix} ${base}`;
    let described = this.documents.get(key);
    if (!described) {
      described = describeOperations(listOperations(controllersOf(this.modules)), prefix, base);
      // A proxy may reach us under many names; none of them is worth memory for ever.
      if (this.documents.size > 20) this.documents.clear();
      this.documents.set(key, described);
    }
    return new Answer(null, described);
  }
}
