import { defineFormat } from '@packhouse/gateway-kit';

/** A toy format that shows what the least of a gateway is: one text file per version, versions that are numbers. */
export const echoFormat = defineFormat({
  id: 'echo',
  label: 'Echo',
  icon: 'package',
  mount: '/_registry/echo',
  // So few that a test can download it often enough.
  retireNamesAbove: 2,
  fileUrl: '/_registry/echo/{owner}/{name}/{version}',
  digests: ['sha256'],
  renderError: (error) => ({
    status: error.status,
    headers: { 'content-type': 'text/plain; charset=utf-8' },
    body: `${error.code}: ${error.message}\n`,
  }),
});
