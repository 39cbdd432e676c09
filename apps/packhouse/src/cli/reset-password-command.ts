import type { Command } from 'commander';

const help = `
Gives a user a new random password and prints it: the way in when the first administrator's password was lost.
Whoever runs it needs the data itself, so it asks for no credentials. In embedded mode stop the instance first;
with PACKHOUSE_DATABASE_URL it works while everything runs.

Example:
  $ packhouse reset-password admin-user
`;

export function addResetPasswordCommand(program: Command): void {
  program
    .command('reset-password')
    .argument('<login>', 'login of the user')
    .description('give a user a new random password')
    .addHelpText('after', help)
    .action(resetPassword);
}

async function resetPassword(login: string): Promise<void> {
  const [{ explainFailure, run }, { authService, ResetPassword }, { silentLogger }] = await Promise.all([
    import('@packhouse/runtime'),
    import('@packhouse/auth'),
    import('@packhouse/observability'),
  ]);
  try {
    // Only the service that owns passwords; nothing listens.
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
