import { runAlone } from '@packhouse/runtime';
import { services } from '../services';

/** One service in this process. */
export function serve(name: string | undefined, { list }: { list?: boolean }): void {
  const names = services.map((service) => service.name);
  if (list) {
    process.stdout.write(`${names.join('\n')}\n`);
    return;
  }
  const service = services.find((one) => one.name === name);
  if (!service) {
    const fault = name ? `There is no service "${name}"` : 'Say which service to run';
    process.stderr.write(`${fault}: use one of ${names.join(', ')}.\n`);
    process.exitCode = 1;
    return;
  }
  runAlone(service);
}
