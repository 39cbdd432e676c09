import { requireAll } from '../clients/installations';
import { isOnPath } from '../processes/programs';
import type { PlatformMode } from './start-platform';

/** Programs that the distributed mode runs on; an S3 server is either of two. */
const servers: readonly (readonly string[])[] = [['nats-server'], ['redis-server'], ['minio', 'radosgw']];

/** Servers of the distributed tests that are not on PATH. */
export function listMissingServers(): string[] {
  return servers.filter((names) => !names.some(isOnPath)).map((names) => names.join(' or '));
}

/**
 * The modes of a suite, chosen by PACKHOUSE_TEST_MODES (`embedded`, `distributed`; default: both). Without the servers
 * the distributed mode is left out and named on standard error; under PACKHOUSE_TEST_REQUIRE_ALL=1 that is a failure.
 */
export function selectModes(): PlatformMode[] {
  const wanted = (process.env.PACKHOUSE_TEST_MODES ?? 'embedded,distributed').split(',');
  const missing = wanted.includes('distributed') ? listMissingServers() : [];
  if (missing.length > 0) {
    const sentence = `The distributed mode needs ${missing.join(', ')} on PATH.`;
    if (requireAll) throw new Error(sentence);
    process.stderr.write(`Left out of this run: ${sentence}\n`);
  }
  const modes: PlatformMode[] = [];
  if (wanted.includes('embedded')) modes.push('embedded');
  if (wanted.includes('distributed') && missing.length === 0) modes.push('distributed');
  return modes;
}
