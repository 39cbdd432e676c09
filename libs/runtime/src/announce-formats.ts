import { setTimeout as wait } from 'node:timers/promises';
import type { MetadataClient } from '@packhouse/contracts';
import type { Logger } from '@packhouse/observability';
import type { ServiceDefinition } from './service-definition';

const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 5000;

/** Tells the metadata service which formats are served here; repeats until it answers or we stop. */
export async function announceFormats(
  services: readonly ServiceDefinition[],
  metadata: MetadataClient,
  logger: Logger,
  stopping: AbortSignal,
): Promise<void> {
  const formats = services.flatMap(({ format }) => (format ? [format] : []));
  await Promise.all(
    formats.map((format) => repeat(() => metadata.announceFormat(format), format.id, logger, stopping)),
  );
}

async function repeat(
  announce: () => Promise<unknown>,
  format: string,
  logger: Logger,
  stopping: AbortSignal,
): Promise<void> {
  for (let pause = FIRST_WAIT_MS; !stopping.aborted; pause = Math.min(pause * 2, LONGEST_WAIT_MS)) {
    try {
      await announce();
      return;
    } catch (err) {
      if (pause === LONGEST_WAIT_MS)
        logger.warn(
          { reason: (err as Error).message, format },
          'The format is not announced yet: the metadata service does not answer',
        );
    }
    await wait(pause, undefined, { signal: stopping, ref: false }).catch(() => undefined);
  }
}
