import { setImmediate } from 'node:timers/promises';
import { Turns } from './turns';

describe('Turns', () => {
  it('lets so many work at a time, in the order in which they came', async () => {
    const turns = new Turns(2);
    const began: number[] = [];
    const ends: Array<() => void> = [];
    const works = [0, 1, 2, 3].map((i) =>
      turns.take(() => {
        began.push(i);
        return new Promise<number>((resolve) => (ends[i] = () => resolve(i)));
      }),
    );
    await setImmediate();
    expect(began).toEqual([0, 1]);
    ends[1]!();
    await setImmediate();
    expect(began).toEqual([0, 1, 2]);
    ends[0]!();
    ends[2]!();
    await setImmediate();
    ends[3]!();
    expect(await Promise.all(works)).toEqual([0, 1, 2, 3]);
  });

  it('gives a turn back when the work fails', async () => {
    const turns = new Turns(1);
    const failing = turns.take(() => Promise.reject(new Error('down')));
    const next = turns.take(async () => 'next');
    await expect(failing).rejects.toThrow('down');
    await expect(next).resolves.toBe('next');
    await expect(turns.take(async () => 'later')).resolves.toBe('later');
  });
});
