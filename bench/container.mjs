/**
 * The registry of images beside Debian's docker-registry and nginx, in one run on one machine and one disk: what the
 * section "container" of docs/performance.md shows. Ours asks who everybody is, as people run it; docker-registry does not.
 */
import { measureCollection } from './container-collection.mjs';
import { measureLarge } from './container-large.mjs';
import { measureReads, measureTags } from './container-reads.mjs';
import { startOurs, startTheirs } from './container-registries.mjs';
import { startNginx } from './nginx.mjs';
import { renderTable } from './report.mjs';

const RIVAL = 'docker-registry 2.8';

export async function benchContainer(testing, { quick, say }) {
  // By itself: the others would wait beside it.
  const collection = await measureCollection({ testing, quick, say });
  const stops = [];
  try {
    say('starting Packhouse, docker-registry and nginx');
    const ours = await startOurs(testing);
    stops.push(ours.stop);
    const theirs = await startTheirs(testing);
    stops.push(theirs.stop);
    const nginx = await startNginx(testing);
    stops.push(nginx.stop);
    const context = { testing, ours, theirs, nginx, quick, say, seconds: quick ? 2 : 6 };
    const reads = await measureReads(context);
    const tags = await measureTags(context);
    const large = await measureLarge(context);
    return [
      renderTable('Reads, requests per second at 16 connections', reads, RIVAL),
      renderTable('Lists of tags', tags, RIVAL),
      renderTable(`A layer of ${large.size}`, large.rows, RIVAL),
      renderTable('Collection of unused content while images are pushed', collection, RIVAL),
    ].join('\n');
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}
