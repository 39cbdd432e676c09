import { Inject, Injectable } from '@nestjs/common';
import { DomainError } from '@packhouse/kernel';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { answerJson } from './answer';
import { apiRootOf } from './api-root';
import { readRoute, type RegistryRoute } from './codec/route';
import { Images } from './images';
import { REGISTRY_PRODUCT, type RegistryProduct } from './product';
import { BlobRequests } from './routes/blob-requests';
import { Catalog } from './routes/catalog';
import type { Call, CallOf, MethodsOf } from './routes/call';
import { Lists } from './routes/lists';
import { ManifestRequests } from './routes/manifest-requests';

type AnyMethods = Readonly<Record<string, (call: Call) => Promise<void>>>;

/** Every request of the protocol: told apart by its raw path and its method. Each asks for the right that it needs first. */
@Injectable()
export class RegistryRequests {
  private readonly root: string;
  private readonly methods: MethodsOf<RegistryRoute['kind']>;

  constructor(
    @Inject(REGISTRY_PRODUCT) product: RegistryProduct,
    private readonly images: Images,
    private readonly lists: Lists,
    private readonly catalog: Catalog,
    blobs: BlobRequests,
    manifests: ManifestRequests,
  ) {
    this.root = apiRootOf(product);
    this.methods = { ...this.describeLists(), ...blobs.methods, ...manifests.methods };
  }

  async serve(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { method = '', url = '' } = request.raw;
    const mark = url.indexOf('?');
    const path = mark < 0 ? url : url.slice(0, mark);
    const route = path.startsWith(this.root) ? readRoute(path.slice(this.root.length)) : null;
    if (!route) throw noSuchAddress();
    const methods = this.methods[route.kind] as AnyMethods;
    const serve = Object.hasOwn(methods, method) ? methods[method] : undefined;
    if (!serve) throw notAllowed(Object.keys(methods));
    await serve({ request, reply, route, query: new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1)) });
  }

  private describeLists(): MethodsOf<'root' | 'catalog' | 'tags' | 'referrers'> {
    const ping = async ({ request, reply }: CallOf<'root'>): Promise<void> => {
      await this.images.requireToken(request);
      answerJson(reply, '{}');
    };
    return {
      root: { GET: ping, HEAD: ping },
      catalog: this.catalog.methods,
      tags: {
        GET: async ({ request, reply, route, query }) =>
          this.lists.tags(reply, await this.images.openExisting(request, route.name), query),
      },
      referrers: {
        GET: async ({ request, reply, route, query }) =>
          this.lists.referrers(
            reply,
            await this.images.openForPull(request, route.name),
            route.digest,
            query,
          ),
      },
    };
  }
}

function noSuchAddress(): DomainError {
  return new DomainError('not_found', 'The registry has no such address: the protocol names others.', {
    oci: 'UNSUPPORTED',
  });
}

function notAllowed(methods: readonly string[]): DomainError {
  return new DomainError(
    'method_not_allowed',
    `This address of the registry takes ${methods.join(', ')} only.`,
    {
      headers: { allow: methods.join(', ') },
    },
  );
}
