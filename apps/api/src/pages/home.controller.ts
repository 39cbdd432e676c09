import { Controller, Get, Req, Res } from '@nestjs/common';
import { metadataContract, type MetadataClient } from '@packhouse/contracts';
import { PublicUrl } from '@packhouse/http';
import { InjectClient } from '@packhouse/messaging';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { html, pageHeaders, renderPage } from './html';

/** What a browser sees at the root: which registries there are. */
@Controller()
export class HomeController {
  constructor(
    @InjectClient(metadataContract) private readonly metadata: MetadataClient,
    private readonly publicUrl: PublicUrl,
  ) {}

  @Get()
  async show(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { formats } = await this.metadata.listFormats({});
    const base = this.publicUrl.baseFor(request);
    const list = formats.map(
      ({ label, mount }) =>
        html`<dt>${label}</dt>
          <dd><code>${base}${mount}/</code></dd>`,
    );
    const content = html`<p>This instance hosts packages. Point your package manager at its registry:</p>
      <dl>${list}</dl>
      <p>
        Accounts, organizations and tokens are made with the command line or the API below
        <code>${base}/api/packhouse/v1</code>.
      </p>`;
    void reply.headers(pageHeaders).send(renderPage('Packhouse', content));
  }
}
