import { Injectable } from '@nestjs/common';
import { Images } from '../images';
import { Blobs } from './blobs';
import type { CallOf, MethodsOf } from './call';
import { Mounts } from './mounts';
import { Uploads, type UploadCall } from './uploads';

/** Requests about blobs and about the uploads that bring them. */
@Injectable()
export class BlobRequests {
  readonly methods: MethodsOf<'blob' | 'uploads' | 'upload'> = {
    blob: {
      GET: (call) => this.read(call),
      HEAD: (call) => this.read(call),
      DELETE: async ({ request, reply, route }) =>
        this.blobs.remove(reply, await this.images.openForDelete(request, route.name), route.digest),
    },
    uploads: { POST: (call) => this.begin(call) },
    upload: {
      GET: async (call) => this.uploads.status(await this.open(call)),
      PATCH: async (call) => this.uploads.append(await this.open(call)),
      PUT: async (call) => this.uploads.close(await this.open(call)),
      DELETE: async (call) => this.uploads.cancel(await this.open(call)),
    },
  };

  constructor(
    private readonly images: Images,
    private readonly blobs: Blobs,
    private readonly mounts: Mounts,
    private readonly uploads: Uploads,
  ) {}

  private async read({ request, reply, route }: CallOf<'blob'>): Promise<void> {
    await this.blobs.read(request, reply, await this.images.openForPull(request, route.name), route.digest);
  }

  private async begin({ request, reply, route, query }: CallOf<'uploads'>): Promise<void> {
    const from = query.has('mount') ? query.get('from') : null;
    const opened = await this.images.openForPush(request, route.name, from);
    if (query.has('mount') && (await this.mounts.mount(reply, opened, query))) return;
    await this.uploads.begin({ request, reply, opened, query });
  }

  private async open({ request, reply, route, query }: CallOf<'upload'>): Promise<UploadCall> {
    const opened = await this.images.openForPush(request, route.name);
    return { request, reply, query, opened, id: route.id };
  }
}
