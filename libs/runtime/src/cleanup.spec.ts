import { silentLogger } from '@packhouse/observability';
import { Cleanup } from './cleanup';

describe('undoing a start', () => {
  it('runs the steps once, last first, also past one that fails', async () => {
    const cleanup = new Cleanup(silentLogger);
    const done: string[] = [];
    cleanup.defer('first', () => void done.push('first'));
    cleanup.defer('second', () => Promise.reject(new Error('stuck')));
    cleanup.defer('third', async () => void done.push('third'));
    await Promise.all([cleanup.runAll(), cleanup.runAll()]);
    await cleanup.runAll();
    expect(done).toEqual(['third', 'first']);
  });
});
