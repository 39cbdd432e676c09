import fc from 'fast-check';
import { DomainError } from '@packhouse/kernel';
import { readContentRange, uploadRange } from './content-range';

/** The protocol's code of a refusal, and its sentence. */
function refusalOf(work: () => unknown): { code: unknown; sentence: string } | null {
  try {
    work();
    return null;
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    return { code: error.details['oci'], sentence: error.message };
  }
}

describe('the range of a chunk', () => {
  it('is read as uploads write it, and as answers do', () => {
    expect(readContentRange('0-99', 100)).toEqual({ start: 0, end: 99 });
    expect(readContentRange('bytes 100-199/*', null)).toEqual({ start: 100, end: 199 });
    expect(readContentRange(undefined, 5)).toBeNull();
  });

  it.each(['', '5', '-5', '5-', '9-5', 'a-b', '0-9,20-29', `0-${'9'.repeat(30)}`])(
    'is not "%s"',
    (header) => {
      expect(refusalOf(() => readContentRange(header, null))).toMatchObject({ code: 'RANGE_INVALID' });
    },
  );

  it('is as long as the body', () => {
    expect(refusalOf(() => readContentRange('0-99', 99))).toMatchObject({ code: 'SIZE_INVALID' });
  });

  it('that was written is read again', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat({ max: 1_000_000 }), (start, more) => {
        expect(readContentRange(`${start}-${start + more}`, more + 1)).toEqual({ start, end: start + more });
      }),
    );
  });
});

it('the range of an upload never ends before it starts', () => {
  expect([0, 1, 100].map(uploadRange)).toEqual(['0-0', '0-0', '0-99']);
});
