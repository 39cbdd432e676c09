import type { AuditClient, AuditedReads, PackageFacts, PackageRead } from '@packhouse/contracts';
import { DomainError, newId } from '@packhouse/kernel';
import { silentLogger } from '@packhouse/observability';
import type { Caller } from './caller';
import { ReadRecorder, widerReads } from './read-recorder';

const caller: Caller = { principal: null, tokenHash: null, address: '10.0.0.1', requestId: 'req-1' };
const facts = { id: newId(), name: '@acme/tool', format: 'box', repositoryId: null } as PackageFacts;
const file = { name: 'tool-1.0.0.box', version: '1.0.0' };

function read(auditReads: AuditedReads) {
  return { facts, owner: { id: newId(), login: 'acme', kind: 'organization' as const, auditReads } };
}

/** The audit service, which may be away. */
class Log {
  readonly told: PackageRead[] = [];
  readonly lines: { reads: readonly PackageRead[] }[] = [];
  failure: Error | null = null;
  readonly recorder: ReadRecorder;

  constructor() {
    const recordReads = async ({ reads }: { reads: PackageRead[] }) => {
      if (this.failure) throw this.failure;
      this.told.push(...reads);
      return {};
    };
    const error = (line: { reads: readonly PackageRead[] }) => void this.lines.push(line);
    this.recorder = new ReadRecorder({ recordReads } as unknown as AuditClient, {
      ...silentLogger,
      warn: () => undefined,
      error,
    });
  }

  async fill(count: number): Promise<void> {
    for (let index = 0; index < count; index += 1) await this.recorder.noteRead(caller, read('all'));
  }
}

describe('the recorder of reads', () => {
  it('tells what the owner wants to know, and nothing else', async () => {
    const log = new Log();
    for (const wanted of ['off', 'downloads', 'all'] as const) {
      await log.recorder.noteRead(caller, read(wanted));
      await log.recorder.noteDownload(caller, read(wanted), file);
    }
    await log.recorder.flush();
    expect(log.told.map(({ kind, file: name }) => [kind, name])).toEqual([
      ['download', file.name],
      ['read', null],
      ['download', file.name],
    ]);
    expect(log.told[0]).toMatchObject({
      address: '10.0.0.1',
      requestId: 'req-1',
      login: null,
      version: '1.0.0',
    });
  });

  it('does not wait for the log', () => {
    const log = new Log();
    expect(log.recorder.noteRead(caller, read('all'))).toBeUndefined();
    expect(log.told).toEqual([]);
  });

  it('keeps what cannot be told, and tells each once, in order, when the log is back', async () => {
    const log = new Log();
    log.failure = new DomainError('unavailable');
    await log.fill(1200);
    await log.recorder.flush();
    expect(log.told).toEqual([]);
    log.failure = null;
    await log.recorder.flush();
    expect(log.told).toHaveLength(1200);
    expect(new Set(log.told.map(({ id }) => id)).size).toBe(1200);
    expect(log.told.map(({ id }) => id)).toEqual(log.told.map(({ id }) => id).sort());
  });

  it('lets reads wait when too many are untold, and refuses them in the end instead of forgetting any', async () => {
    const log = new Log();
    log.failure = new DomainError('unavailable');
    await log.fill(10_000);
    const refused = Promise.resolve(log.recorder.noteRead(caller, read('all')));
    await expect(refused).rejects.toMatchObject({ code: 'unavailable' });
    const waiting = Promise.resolve(log.recorder.noteRead(caller, read('all')));
    log.failure = null;
    await waiting;
    await log.recorder.flush();
    expect(log.told).toHaveLength(10_001);
  }, 15_000);

  it('writes into the log of the process what the audit log will never take, and goes on', async () => {
    const log = new Log();
    log.failure = new DomainError('invalid_request');
    await log.fill(1);
    await log.recorder.flush();
    log.failure = null;
    await log.fill(1);
    await log.recorder.flush();
    expect(log.lines.map(({ reads }) => reads.length)).toEqual([1]);
    expect(log.told).toHaveLength(1);
  });

  it('tells at the end, or leaves in the log of the process what it could not tell', async () => {
    const log = new Log();
    await log.fill(3);
    await log.recorder.onApplicationShutdown();
    expect(log.told).toHaveLength(3);
    log.failure = new DomainError('unavailable');
    await log.fill(2);
    await log.recorder.onApplicationShutdown();
    expect(log.lines.flatMap(({ reads }) => reads)).toHaveLength(2);
  });

  it('follows the wider of the instance and the organization', () => {
    expect(widerReads('off', 'downloads')).toBe('downloads');
    expect(widerReads('all', 'off')).toBe('all');
    expect(widerReads('downloads', 'all')).toBe('all');
  });
});
