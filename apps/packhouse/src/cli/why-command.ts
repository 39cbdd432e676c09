import { Option, type Command } from 'commander';
import type { WhyOptions } from '../actions/why';

/** Explains a permission decision. */
export function addWhyCommand(program: Command): void {
  program
    .command('why')
    .argument('<action>', 'read, write, delete or admin')
    .argument('<format>', 'format of the package')
    .argument('<owner/name>', 'the package, or with its scope: @owner/name')
    .description('explain why somebody may or may not do something to a package')
    .option('--user <login>', 'about this person')
    .option(
      '--about-token <token>',
      'about whoever uses this access token; without both: about nobody signed in',
    )
    .addOption(
      new Option('--visibility <kind>', 'of a package that is to be made').choices([
        'public',
        'private',
        'internal',
      ]),
    )
    .option('--url <url>', 'where the instance is')
    .option('--token <token>', 'the same as --about-token, when you sign in with --login or PACKHOUSE_TOKEN')
    .option('--login <login>', 'login to sign in with')
    .option('--otp <code>', 'one-time password')
    .option('--json', 'print the answer as JSON')
    .addHelpText('after', help)
    .action(async (action: string, format: string, name: string, options: WhyOptions) =>
      (await import('../actions/why.js')).explainWhy(action, format, name, options),
    );
}

const help = `
For site administrators, admins of the package and owners of the namespace. Exits with 0 when the answer is yes, with 2
when it is no, and with 1 when the question could not be answered.

Examples:
  $ packhouse why --user bob write npm @acme/lib
  $ packhouse why --token pkh_… read npm @acme/lib --login admin-user
`;
