/** A publish of a tarball that must not pass through memory: the document is made and sent as a stream. */
import { createHash, randomFillSync } from 'node:crypto';
import { createReadStream, createWriteStream, statSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';

const NAME = '@alice/large';
const VERSION = '1.0.0';
const CHUNK = 3 * 64 * 1024; // a multiple of three: base64 of the chunks is base64 of the whole

function tarHeader(name, size) {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write('0000644\0' + '0000000\0' + '0000000\0', 100);
  header.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  header.write('14000000000\0', 136);
  header.write('        ', 148);
  header.write('0', 156);
  header.write('ustar\0' + '00', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}

function* tarOf(bytes) {
  const manifest = Buffer.from(JSON.stringify({ name: NAME, version: VERSION }));
  yield tarHeader('package/package.json', manifest.length);
  yield Buffer.concat([manifest, Buffer.alloc(512 - (manifest.length % 512))]);
  yield tarHeader('package/data.bin', bytes);
  for (let left = bytes; left > 0; left -= 1 << 20)
    yield randomFillSync(Buffer.alloc(Math.min(left, 1 << 20)));
  yield Buffer.alloc(((512 - (bytes % 512)) % 512) + 1024);
}

/** Writes the tarball to a file; random bytes, so that it does not compress. */
export async function makeLargeTarball(testing, bytes) {
  const file = join(testing.makeTemporaryFolder('large'), 'large.tgz');
  await pipeline(Readable.from(tarOf(bytes)), createGzip({ level: 1 }), createWriteStream(file));
  const sha512 = createHash('sha512');
  const sha1 = createHash('sha1');
  for await (const chunk of createReadStream(file)) {
    sha512.update(chunk);
    sha1.update(chunk);
  }
  return {
    file,
    size: statSync(file).size,
    integrity: `sha512-${sha512.digest('base64')}`,
    shasum: sha1.digest('hex'),
  };
}

async function* documentOf(target, { file, size, integrity, shasum }) {
  const attachment = `${NAME}-${VERSION}.tgz`;
  const dist = { integrity, shasum, tarball: `${target.registry}/${NAME}/-/${attachment}` };
  const head = {
    _id: NAME,
    name: NAME,
    'dist-tags': { latest: VERSION },
    versions: { [VERSION]: { name: NAME, version: VERSION, _id: `${NAME}@${VERSION}`, dist } },
    access: 'public',
  };
  yield `${JSON.stringify(head).slice(0, -1)},"_attachments":{"${attachment}":{"content_type":"application/octet-stream","length":${size},"data":"`;
  let rest = Buffer.alloc(0);
  for await (const chunk of createReadStream(file, { highWaterMark: CHUNK })) {
    const bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    const whole = bytes.length - (bytes.length % 3);
    yield bytes.subarray(0, whole).toString('base64');
    rest = bytes.subarray(whole);
  }
  yield `${rest.toString('base64')}"}}}`;
}

export async function publishLarge(target, tarball) {
  const started = Date.now();
  const answered = new Promise((resolve, reject) => {
    const outgoing = request(`${target.registry}/${NAME.replace('/', '%2f')}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${target.token}` },
    });
    outgoing.on('error', reject).on('response', (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk) => (text += chunk));
      answer.on('end', () => resolve({ status: answer.statusCode, text }));
    });
    pipeline(Readable.from(documentOf(target, tarball)), outgoing).catch(reject);
  });
  const { status, text } = await answered;
  if (status !== 201)
    throw new Error(`${target.name} answered HTTP ${status} to a large publish: ${text.slice(0, 300)}`);
  return (Date.now() - started) / 1000;
}
