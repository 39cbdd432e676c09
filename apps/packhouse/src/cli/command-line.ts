import { Command } from 'commander';
import { productVersion } from '../version';
import { addAccountCommands } from './account-commands';
import { addAuditCommands } from './audit-commands';
import { addCompletionCommands } from './completion-commands';
import { addEnterpriseCommands } from './enterprise-commands';
import { addBlobCommands } from './blob-commands';
import { addOperationsCommands } from './operations-commands';
import { addPackageAccessCommands } from './package-access-commands';
import { addPackageCommands } from './package-commands';
import { addPackageSettingsCommands } from './package-settings-commands';
import { addPolicyCommands } from './policy-commands';
import { addPublisherCommands } from './publisher-commands';
import { addRetiredNameCommands } from './retired-name-commands';
import { addStorageCommands } from './storage-commands';
import { addTagRuleCommands } from './tag-rule-commands';
import { addWhyCommand } from './why-command';
import { addWorkflowTokenCommands } from './workflow-token-commands';
import { addOrganizationCommands } from './organization-commands';
import { addRepositoryCommands } from './repository-commands';
import { addMaintenanceCommands, addServerCommands } from './commands';

const examples = `
Examples:
  $ packhouse start                          everything in this process, data in ./data
  $ PACKHOUSE_PORT=8080 packhouse start      settings are environment variables
  $ packhouse user create alice              an account for a person
  $ packhouse settings                       what can be set, and to what
`;

/** Runs one command of the `packhouse` command line; resolves when it is done or, for servers, when it serves. */
export async function runCommandLine(args: readonly string[]): Promise<void> {
  await createCommandLine().parseAsync([...args], { from: 'user' });
}

/** Every command, to run or to look at. */
export function createCommandLine(): Command {
  const program = new Command('packhouse')
    .description('A package hosting platform that starts with one command.')
    .version(productVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help; also after a command')
    .helpCommand(false)
    .showHelpAfterError('(--help shows what can be said)')
    .addHelpText('after', examples);
  addServerCommands(program);
  addMaintenanceCommands(program);
  addAccountCommands(program);
  addOrganizationCommands(program);
  addRepositoryCommands(program);
  addPackageCommands(program);
  addPackageSettingsCommands(program);
  addPackageAccessCommands(program);
  addTagRuleCommands(program);
  addEnterpriseCommands(program);
  addPolicyCommands(program);
  addStorageCommands(program);
  addRetiredNameCommands(program);
  addPublisherCommands(program);
  addWorkflowTokenCommands(program);
  addAuditCommands(program);
  addOperationsCommands(program);
  addBlobCommands(program);
  addWhyCommand(program);
  addCompletionCommands(program);
  return program;
}
