import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const program = `
  const { untilStopped } = require(${JSON.stringify(join(__dirname, '..', 'dist', 'until-stopped.js'))});
  const stop = () => new Promise((resolve) => setTimeout(resolve, 50));
  void untilStopped(async () => ({ stop }), () => setInterval(() => console.log('a line'), 10));
`;

jest.setTimeout(20_000);

describe('a process whose output nobody reads any more', () => {
  it('ends in order, instead of failing for ever at saying that it cannot say anything', async () => {
    const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'pipe'] });
    const ended = once(child, 'exit');
    try {
      await once(child.stdout, 'data');
      child.stdout.destroy();
      child.stderr.destroy();
      const limit = new Promise((resolve) => setTimeout(resolve, 8000, 'runs on').unref());
      expect(await Promise.race([ended, limit])).toEqual([1, null]);
    } finally {
      child.kill('SIGKILL');
      await ended;
    }
  });
});
