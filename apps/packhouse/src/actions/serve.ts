import { runAlone } from '@packhouse/runtime';
import { loadService, serviceNames } from '../services';

/** One service in this process. */
export async function serve(name: string | undefined, { list }: { list?: boolean }): Promise<void> {
  if (list) {
    process.stdout.write(`${serviceNames.join('\n')}\n`);
    return;
  }
  const service = await loadService(name ?? '');
  if (!service) {
    const fault = name ? `There is no service "${name}"` : 'Say which service to run';
    process.stderr.write(`${fault}: use one of ${serviceNames.join(', ')}.\n`);
    process.exitCode = 1;
    return;
  }
  runAlone(service);
}
