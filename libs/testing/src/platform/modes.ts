import { requireAll } from '../clients/installations';
import { isOnPath } from '../processes/programs';
import type { PlatformMode } from './start-platform';

/** Programs that the distributed mode runs on; an S3 server is either of two. */
const servers: readonly (readonly string[])[] = [['nats-server'], ['redis-server'], ['minio', 'radosgw']];

/** Servers of the distributed tests that are not on PATH. */
export function listMissingServers(): string[] {
  return servers.filter((names) => !names.some(isOnPath)).map((names) => names.join(' or '));
}

const wantedModes = (): string[] => (process.env.PACKHOUSE_TEST_MODES ?? 'embedded,distributed').split(',');

/** Whether this run is to test the distributed mode. */
export const wantsDistributed = (): boolean => wantedModes().includes('distributed');

/**
 * The modes of a suite, chosen by PACKHOUSE_TEST_MODES (`embedded`, `distributed`; default: both). Without the servers
 * the distributed mode is left out and named on standard error; under PACKHOUSE_TEST_REQUIRE_ALL=1 that is a failure.
 */
export function selectModes(): PlatformMode[] {
  const missing = wantsDistributed() ? listMissingServers() : [];
  if (missing.length > 0) {
    const sentence = `The distributed mode needs ${missing.join(', ')} on PATH.`;
    if (requireAll) throw new Error(sentence);
    process.stderr.write(`Left out of this run: ${sentence}\n`);
  }
  const modes: PlatformMode[] = [];
  if (wantedModes().includes('embedded')) modes.push('embedded');
  if (wantsDistributed() && missing.length === 0) modes.push('distributed');
  return modes;
}
