import { PassThrough } from 'node:stream';
import { confirm } from './confirm';
import { printPages, type PrintOptions } from './print-pages';

class Written extends PassThrough {
  text = '';

  constructor() {
    super();
    this.setEncoding('utf8').on('data', (part: string) => (this.text += part));
  }
}

/** Pages of three, and how many of them were asked for. */
class Pages {
  asked = 0;

  async *[Symbol.asyncIterator](): AsyncGenerator<readonly unknown[]> {
    for (let page = 0; page < 4; page += 1) {
      this.asked += 1;
      yield [0, 1, 2].map((item) => ({ id: page * 3 + item, name: 'x'.repeat(page) }));
    }
  }
}

async function print(changes: Partial<PrintOptions>) {
  const [pages, output, progress] = [new Pages(), new Written(), new Written()];
  const options = { columns: ['id', 'name'], most: null, json: false, ...changes };
  await printPages(pages, output, { progress, ...options });
  return { pages, lines: output.text.trimEnd().split('\n'), progress: progress.text };
}

describe('printing a list in pages', () => {
  it('prints every item of every page, and says how far it is', async () => {
    const { lines, progress } = await print({});
    expect(lines.map((line) => line.split(/\s+/)[0])).toEqual([...Array(12).keys()].map(String));
    expect(progress).toContain('\r6 so far');
    expect(progress).toMatch(/\r12 in all\n$/);
  });

  it('stops at the limit without asking for more pages', async () => {
    const { lines, pages } = await print({ most: 4 });
    expect(lines).toHaveLength(4);
    expect(pages.asked).toBe(2);
  });

  it('prints one line of JSON for each item', async () => {
    const { lines } = await print({ json: true, most: 5 });
    expect(lines.map((line) => (JSON.parse(line) as { id: number }).id)).toEqual([0, 1, 2, 3, 4]);
  });
});

describe('asking before what cannot be undone', () => {
  const question = { warning: 'For ever.', name: '@acme/lib' };
  const asked = async (typed: string): Promise<string> => {
    const [input, output] = [new PassThrough(), new Written()];
    input.end(typed);
    await confirm(question, input, output);
    return output.text;
  };

  it('goes on when the name is typed', async () => {
    expect(await asked('@acme/lib\n')).toContain('For ever.');
  });

  it.each(['', 'y\n', '@acme/libs\n', '\n@acme/lib\n'])('changes nothing when %j is typed', async (typed) => {
    await expect(asked(typed)).rejects.toThrow(/Nothing was changed.*--yes/);
  });
});
