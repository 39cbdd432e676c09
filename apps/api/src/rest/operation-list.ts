import type { Type } from '@nestjs/common';
import { PATH_METADATA } from '@nestjs/common/constants';
import { MetadataScanner, ModulesContainer } from '@nestjs/core';
import { declarationOf, type OperationDeclaration } from './operation';

/** The prefixes whose routes must all be declared. */
export const declaredPrefixes = ['/api/v3', '/api/packhouse/v1'] as const;
export type DeclaredPrefix = (typeof declaredPrefixes)[number];

/** The declared operations of these controllers. */
export function listOperations(controllers: Iterable<Type>): OperationDeclaration[] {
  return [...controllers].flatMap((controller) =>
    methodsOf(controller).flatMap((method) => declarationOf(method) ?? []),
  );
}

/** Routes of these controllers below the declared prefixes that have no declaration. The catch-all is none. */
export function listUndeclared(controllers: Iterable<Type>): string[] {
  return [...controllers].flatMap((controller) => {
    const prefixes = pathsOf(controller);
    return methodsOf(controller)
      .filter((method) => !declarationOf(method))
      .flatMap((method) =>
        prefixes.flatMap((prefix) => pathsOf(method).map((path) => joinPath(prefix, path))),
      )
      .filter((path) => declaredPrefixes.some((prefix) => path === prefix || path.startsWith(`${prefix}/`)));
  });
}

/** Every controller of a started application. */
export function controllersOf(modules: ModulesContainer): Type[] {
  const found = new Set<Type>();
  for (const module of modules.values())
    for (const { metatype } of module.controllers.values()) if (metatype) found.add(metatype as Type);
  return [...found];
}

function methodsOf(controller: Type): object[] {
  const prototype = controller.prototype as Record<string, unknown>;
  return new MetadataScanner().getAllMethodNames(prototype).map((name) => prototype[name] as object);
}

function pathsOf(target: object): string[] {
  const path = Reflect.getMetadata(PATH_METADATA, target) as string | string[] | undefined;
  return path === undefined ? [] : [path].flat();
}

function joinPath(prefix: string, path: string): string {
  return `/${[prefix, path]
    .map((part) => part.replaceAll(/^\/+|\/+$/g, ''))
    .filter(Boolean)
    .join('/')}`;
}
