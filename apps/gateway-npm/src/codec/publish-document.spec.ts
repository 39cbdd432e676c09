import { createHash, randomBytes } from 'node:crypto';
import { isDomainError, type ErrorCode } from '@packhouse/kernel';
import { Base64Decoder } from './base64-decoder';
import { PublishDocumentReader, type AttachmentSink, type PublishDocument } from './publish-document';

class CollectingSink implements AttachmentSink {
  readonly keys: string[] = [];
  readonly parts: Buffer[] = [];
  ended = 0;

  begin(key: string): void {
    this.keys.push(key);
  }
  write(bytes: Buffer): void {
    this.parts.push(Buffer.from(bytes));
  }
  end(): void {
    this.ended += 1;
  }
  get bytes(): Buffer {
    return Buffer.concat(this.parts);
  }
}

async function read(
  text: string | Buffer,
  chunkSize = 1_000_000,
  maxOutlineBytes?: number,
): Promise<PublishDocument & { sink: CollectingSink }> {
  const sink = new CollectingSink();
  const reader = new PublishDocumentReader(sink, maxOutlineBytes);
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += chunkSize) await reader.write(bytes.subarray(at, at + chunkSize));
  return { ...reader.finish(), sink };
}

async function codeOf(promise: Promise<unknown>): Promise<ErrorCode | 'accepted'> {
  return promise.then(
    () => 'accepted' as const,
    (error: unknown) => {
      if (!isDomainError(error)) throw error;
      return error.code;
    },
  );
}

const attach = (data: string, key = 'x-1.0.0.tgz') =>
  `{"name":"x","_attachments":{${JSON.stringify(key)}:{"content_type":"a","data":"${data}","length":3}}}`;

describe('reading a publish document', () => {
  const tarball = randomBytes(100_001);
  const document = {
    name: '@acme/thing',
    note: 'quotes " and \\ and _attachments and {[',
    versions: {
      '1.0.0': {
        _attachments: { 'no.tgz': { data: 'stays' } },
        data: 'stays',
        list: [{ data: 'x' }, [1, 'é😀']],
      },
    },
    _attachments: {
      '@acme/thing-1.0.0.sigstore': {
        content_type: 'application/vnd.dev.sigstore.bundle',
        data: '{"a":"\\"b"}',
        length: 11,
      },
      '@acme/thing-1.0.0.tgz': { data: tarball.toString('base64'), length: tarball.length },
    },
    last: true,
  };
  const outline = structuredClone(document);
  outline._attachments['@acme/thing-1.0.0.tgz'].data = '';

  it.each([1, 2, 3, 5, 7, 64, 1000, 65_536, 1_000_000])(
    'diverts the tarball and keeps the rest, in chunks of %i',
    async (size) => {
      const result = await read(JSON.stringify(document), size);
      expect(result.document).toEqual(outline);
      expect(result.attachment).toEqual({ key: '@acme/thing-1.0.0.tgz', size: tarball.length });
      expect(result.sink.bytes.equals(tarball)).toBe(true);
      expect([result.sink.keys, result.sink.ended]).toEqual([['@acme/thing-1.0.0.tgz'], 1]);
    },
  );

  it('finds the tarball wherever it stands and however its keys are written', async () => {
    const data = Buffer.from('hello').toString('base64');
    for (const text of [
      `{"_attachments":{"a.tgz":{"data":"${data}"}},"name":"x"}`,
      ` {\n "name" : "x" , "\\u005fattachments" : { "a.tgz" : { "length" : 5 , "d\\u0061ta" : "${data}" } } } `,
      `{"name":"x","_attachments":{"a.tgz":{"nested":{"data":"no"},"list":["data",":"],"data":"${data}"}}}`,
    ]) {
      const { sink } = await read(text, 3);
      expect(sink.bytes.toString()).toBe('hello');
    }
  });

  it('understands escapes within base64', async () => {
    const bytes = Buffer.from('ffffffeffbff3e', 'hex');
    const escaped = bytes
      .toString('base64')
      .replaceAll('/', '\\/')
      .replaceAll('+', '\\u002B')
      .replaceAll('=', '\\u003d');
    for (const size of [1, 2, 3, 4, 5, 6, 100]) {
      const { sink } = await read(attach(escaped), size);
      expect(sink.bytes.equals(bytes)).toBe(true);
    }
  });

  it.each(['', 'AA==', 'AAA=', 'AAAA', 'AAAAAA=='])('accepts the base64 %j', async (data) => {
    const { sink, attachment } = await read(attach(data), 3);
    expect(sink.bytes.equals(Buffer.from(data, 'base64'))).toBe(true);
    expect(attachment?.size).toBe(sink.bytes.length);
  });

  it.each([
    ...[
      'A',
      'AA',
      'AAA',
      'AAAAA',
      'A===',
      'AA=A',
      '====',
      'AA==AAAA',
      'AAA=AA==',
      'AB==',
      'AAB=',
      'AA_A',
      'AA-A',
      'AA AA',
      'AAAA\\n',
      'AAA\\u0000',
    ],
    ...[
      'AAA\\u00e9',
      'AAAé',
      'AA\\"A',
      'AAAA\\\\',
      'AAAA\\u00',
      'AAA\\uzzzz',
      'AAAA AAAA',
      'AAAA====',
      'AAAA\\t',
      'AAAA\n',
    ],
  ])('refuses the base64 %j', async (data) => {
    for (const size of [1, 2, 1000]) expect(await codeOf(read(attach(data), size))).toBe('invalid_package');
  });

  it('refuses every byte outside the alphabet, in the middle of a large piece too', () => {
    for (let byte = 0; byte < 256; byte++) {
      if (/[A-Za-z0-9+/\\]/.test(String.fromCharCode(byte))) continue;
      const text = Buffer.alloc(400, 'A');
      text[201] = byte;
      expect(() => new Base64Decoder().push(text)).toThrow('not valid base64');
    }
  });

  it.each([
    ...[
      '',
      ' ',
      '[]',
      '"x"',
      '7',
      'null',
      '{',
      '{"a":1',
      '{"a":1}}',
      '{"a":1} x',
      '{"a":1}{}',
      '{"a":1},',
      '{a:1}',
      '{"a":01}',
      '{"a":"\n"}',
      '{"a":1]',
    ],
    ...[
      '{"name":1,"name":2}',
      '{"n\\u0061me":1,"name":2}',
      '{"_attachments":{},"_attachments":{}}',
      '\ufeff{"a":1}',
      '{"a":"\\x"}',
      '{"a"',
    ],
    ...[
      '{"_attachments":{"a.sigstore":{},"a.sigstore":{}}}',
      '{"_attachments":{"a.sigstore":{"data":"x","data":"y"}}}',
      '{"_attachments":{"a.tgz":{"data":"AAAA","data":"AAAA"}}}',
    ],
    ...['{"_attachments":{"a.tgz":{"data":"AAAA', '{"\\q":1}', `{"${'k'.repeat(3000)}":1}`],
    `${'{"a":'.repeat(101)}1${'}'.repeat(101)}`,
    `{"a":${'['.repeat(100_000)}`,
  ])('refuses %.60j', async (text) => {
    for (const size of [1, 50_000]) expect(await codeOf(read(text, size))).toBe('invalid_request');
  });

  it('refuses text that is not UTF-8', async () => {
    expect(
      await codeOf(
        read(Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')])),
      ),
    ).toBe('invalid_request');
  });

  it('refuses a second tarball', async () => {
    expect(await codeOf(read('{"_attachments":{"a.tgz":{"data":"AAAA"},"b":{"data":"AAAA"}}}'))).toBe(
      'invalid_package',
    );
  });

  it('bounds everything but the tarball', async () => {
    const text = JSON.stringify({
      name: 'x',
      readme: 'r'.repeat(2000),
      _attachments: { a: { data: 'A'.repeat(100_000) } },
    });
    expect(await codeOf(read(text, 500, 1000))).toBe('payload_too_large');
    expect(await codeOf(read(text, 500, 3000))).toBe('accepted');
  });

  it('gives documents without attachments whole', async () => {
    const { document: parsed, attachment } = await read('{"users":{"__proto__":true}}', 4);
    expect(attachment).toBeNull();
    expect(JSON.stringify(parsed)).toBe('{"users":{"__proto__":true}}');
  });

  it('passes the failure of its sink on', async () => {
    const sink = new CollectingSink();
    sink.write = () => {
      throw new Error('disk full');
    };
    const reader = new PublishDocumentReader(sink);
    await expect(reader.write(Buffer.from(attach('AAAAAAAA')))).rejects.toThrow('disk full');
    expect(sink.ended).toBe(0);
  });

  it('waits for a slow sink', async () => {
    const steps: string[] = [];
    const sink: AttachmentSink = {
      begin: () => void steps.push('begin'),
      write: async () => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        steps.push('written');
      },
      end: () => void steps.push('end'),
    };
    await new PublishDocumentReader(sink).write(Buffer.from(attach('AAAAAAAA')));
    expect(steps).toEqual(['begin', 'written', 'written', 'end']);
  });

  it('reads 60 MB of tarball in flat memory', async () => {
    const block = randomBytes(48 * 1024);
    const piece = Buffer.from(block.toString('base64'));
    const hash = createHash('sha256');
    const expected = createHash('sha256');
    let size = 0;
    const reader = new PublishDocumentReader({
      begin: () => undefined,
      write: (bytes) => {
        hash.update(bytes);
        size += bytes.length;
      },
      end: () => undefined,
    });
    const before = process.memoryUsage.rss();
    await reader.write(Buffer.from('{"_attachments":{"a.tgz":{"data":"'));
    for (let count = 0; count < 940; count++) {
      expected.update(block);
      await reader.write(piece);
    }
    await reader.write(Buffer.from('"}},"name":"x"}'));
    expect(reader.finish().attachment?.size).toBe(size);
    expect(hash.digest('hex')).toBe(expected.digest('hex'));
    expect(process.memoryUsage.rss() - before).toBeLessThan(60_000_000);
  });
});
