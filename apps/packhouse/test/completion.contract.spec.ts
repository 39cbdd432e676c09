import { spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Product } from './support/product';

jest.setTimeout(120_000);

const password = 'correct-horse-battery';
const main = join(__dirname, '..', 'dist', 'main.js');
let folder: string;
let server: Product;
let url: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'packhouse-completion-'));
  await mkdir(join(folder, 'bin'));
  const program = join(folder, 'bin', 'packhouse');
  await writeFile(program, `#!/bin/sh\nexec "${process.execPath}" "${main}" "$@"\n`);
  await chmod(program, 0o755);
  server = new Product(['start'], {
    PACKHOUSE_DATA: join(folder, 'data'),
    PACKHOUSE_PORT: '0',
    PACKHOUSE_ADMIN_PASSWORD: password,
  });
  url = await server.ready();
  const made = await new Product(['org', 'create', 'acme'], environment()).end();
  if (made.code !== 0) throw new Error(made.stderr);
});

afterAll(async () => {
  server.kill('SIGTERM');
  await server.end();
  await rm(folder, { recursive: true, force: true });
});

const environment = () => ({
  PACKHOUSE_URL: url,
  PACKHOUSE_LOGIN: 'admin-user',
  PACKHOUSE_PASSWORD: password,
});

/** What bash itself runs, with the script sourced as people source it. */
function bash(script: string, env: Record<string, string> = environment()): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('bash', ['--noprofile', '--norc', '-c', script], {
      env: { ...env, HOME: folder, PATH: `${join(folder, 'bin')}:${process.env.PATH ?? ''}` },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.once('error', reject);
    child.once('close', () => resolve(output));
  });
}

/** The words that bash would offer at the end of this line. */
async function offers(line: string, env?: Record<string, string>): Promise<string[]> {
  const output = await bash(
    `source <(packhouse completion bash)
     COMP_LINE=${JSON.stringify(line)}; COMP_POINT=\${#COMP_LINE}
     read -ra COMP_WORDS <<< "$COMP_LINE"; [[ "$COMP_LINE" == *' ' ]] && COMP_WORDS+=('')
     COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
     complete -p packhouse >&2 || exit 1
     _packhouse_completion; printf '%s\\n' "\${COMPREPLY[@]}"`,
    env,
  );
  return output.split('\n').filter((text) => text !== '' && !text.startsWith('complete '));
}

describe('completion in bash', () => {
  it('offers commands and the commands below them', async () => {
    expect(await offers('packhouse or')).toEqual(['org']);
    expect(await offers('packhouse ')).toEqual(expect.arrayContaining(['start', 'package', 'team', 'why']));
    expect(await offers('packhouse ')).not.toContain('completion-server');
    expect(await offers('packhouse team add')).toEqual(['add-member']);
  });

  it('offers options and the values that they have', async () => {
    expect(await offers('packhouse repo create --vis')).toEqual(['--visibility']);
    expect(await offers('packhouse repo create acme/x --visibility p')).toEqual(['public', 'private']);
    expect(await offers('packhouse team add-member acme builders bob --role m')).toEqual([
      'member',
      'maintainer',
    ]);
  });

  it('offers names of formats and organizations that the instance knows', async () => {
    expect(await offers('packhouse package list np')).toEqual(['npm']);
    expect(await offers('packhouse package list npm ac')).toEqual(['acme']);
    expect(await offers('packhouse org members ')).toEqual(['acme']);
  });

  it('is silent and quick where nothing answers', async () => {
    const started = Date.now();
    const nowhere = { ...environment(), PACKHOUSE_URL: 'http://127.0.0.1:1' };
    expect(await offers('packhouse org members ', nowhere)).toEqual([]);
    // A second or two, most of it Node's start; a refused connection is not tried for long.
    expect(Date.now() - started).toBeLessThan(40_000);
  });

  it('installs itself into the start file, and the next bash has it', async () => {
    expect(await bash('packhouse completion install --shell bash')).toContain('open a new shell');
    expect(await readFile(join(folder, '.bashrc'), 'utf8')).toContain('tabtab');
    expect(await bash('source "$HOME/.bashrc"; complete -p packhouse')).toContain('_packhouse_completion');
  });

  it('has scripts for the other shells too', async () => {
    expect(await bash('packhouse completion zsh')).toContain('compdef');
    expect(await bash('packhouse completion fish')).toContain('complete');
    expect(await bash('packhouse completion pwsh')).toContain('Register-ArgumentCompleter');
    expect(await bash('packhouse completion tcsh; echo "exit $?"')).toContain('exit 1');
  });
});
