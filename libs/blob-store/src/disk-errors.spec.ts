import { DomainError } from '@packhouse/kernel';
import { silentLogger } from '@packhouse/observability';
import { diskFailure } from './disk-errors';

function failureOf(code: string): Error {
  return Object.assign(new Error(`${code}: secret path /srv/packages`), { code });
}

describe('diskFailure', () => {
  it.each([
    ['ENOSPC', 'disk that keeps the packages is full: free some space'],
    ['EDQUOT', 'disk quota of the server is used up'],
    ['EIO', 'reports a read or write error'],
    ['EACCES', 'give it the right to read and write its data folder'],
    ['EROFS', 'is read-only: mount the data folder for writing'],
    ['EMFILE', 'too many files open'],
  ])('says for %s what to do, and keeps the cause but not the path', (code, words) => {
    const cause = failureOf(code);
    const failure = diskFailure(cause, silentLogger);
    expect(failure.code).toBe('storage_unavailable');
    expect(failure.message).toContain(words);
    expect(JSON.stringify(failure)).not.toContain('/srv');
    expect(failure.cause).toBe(cause);
  });

  it('falls back to the general sentence for a failure it does not know', () => {
    expect(diskFailure(new Error('odd'), silentLogger).message).toBe(
      'The storage is not available: try again.',
    );
  });

  it('passes refusals on as they are', () => {
    const refusal = new DomainError('payload_too_large');
    expect(diskFailure(refusal, silentLogger)).toBe(refusal);
  });
});
