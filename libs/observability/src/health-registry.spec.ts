import { HealthRegistry } from './health-registry';

describe('the health of a process', () => {
  it('is ready only between its start and its stop', async () => {
    const health = new HealthRegistry();
    expect((await health.ready()).ready).toBe(false);
    health.markStarted();
    expect(await health.ready()).toEqual({ ready: true, parts: { process: 'ok' } });
    health.markStopping();
    expect(await health.ready()).toEqual({ ready: false, parts: { process: 'stopping' } });
  });

  it('stays live while a part fails, and tells which part but not why', async () => {
    const health = new HealthRegistry();
    health.markStarted();
    health.register('database', () => Promise.reject(new Error('postgres://user:secret@host')));
    expect(await health.ready()).toEqual({ ready: false, parts: { process: 'ok', database: 'failed' } });
    expect(health.live().live).toBe(true);
  });

  it('does not wait for a part that never answers', async () => {
    const health = new HealthRegistry();
    health.markStarted();
    health.register('storage', () => new Promise(() => undefined));
    expect((await health.ready()).parts.storage).toBe('no answer');
  });

  it('counts a check that throws at once as failed', async () => {
    const health = new HealthRegistry();
    health.register('broken', () => {
      throw new Error('no promise');
    });
    expect((await health.ready()).parts.broken).toBe('failed');
  });
});
