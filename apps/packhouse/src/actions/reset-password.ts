import { silentLogger } from '@packhouse/observability';
import { explainFailure, run } from '@packhouse/runtime';

/** A new random password, written by the service that owns passwords; nothing listens meanwhile. */
export async function resetPassword(login: string): Promise<void> {
  try {
    const { authService, ResetPassword } = await import('@packhouse/auth');
    const running = await run([authService], { listen: false, logger: silentLogger });
    try {
      const reset = await running.get(ResetPassword).run(login);
      process.stdout.write(`login     ${reset.login}\npassword  ${reset.password}\n`);
    } finally {
      await running.stop();
    }
  } catch (error) {
    process.stderr.write(`${explainFailure(error)}\n`);
    process.exitCode = 1;
  }
}
