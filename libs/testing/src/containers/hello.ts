/** Processors that {@link makeHello} writes programs for, by the names of the image specification. */
export type Architecture = 'amd64' | 'arm64';

/** What the machine that runs the tests is. */
export const ownArchitecture: Architecture = process.arch === 'arm64' ? 'arm64' : 'amd64';

const BASE = 0x400000;
const HEADERS = 64 + 56;

/**
 * A static Linux program of a few hundred bytes that prints a line and ends: what a container can run without any
 * base image and without a compiler.
 */
export function makeHello(line: string, architecture: Architecture = ownArchitecture): Buffer {
  const text = Buffer.from(`${line}\n`);
  const code = architecture === 'amd64' ? codeOfAmd64(text.length) : codeOfArm64(text.length);
  const body = Buffer.concat([code, text]);
  return Buffer.concat([headersOf(architecture, HEADERS + body.length), body]);
}

/** write(1, text, length); exit(0) */
function codeOfAmd64(length: number): Buffer {
  const code = Buffer.from([
    ...[0xb8, 1, 0, 0, 0], // mov eax, 1
    ...[0xbf, 1, 0, 0, 0], // mov edi, 1
    ...[0x48, 0x8d, 0x35, 0, 0, 0, 0], // lea rsi, [rip + …]
    ...[0xba, 0, 0, 0, 0], // mov edx, length
    ...[0x0f, 0x05], // syscall
    ...[0xb8, 60, 0, 0, 0], // mov eax, 60
    ...[0x31, 0xff], // xor edi, edi
    ...[0x0f, 0x05], // syscall
  ]);
  code.writeInt32LE(code.length - 17, 13);
  code.writeInt32LE(length, 18);
  return code;
}

function codeOfArm64(length: number): Buffer {
  const move = (register: number, value: number) => 0xd2800000 + value * 32 + register;
  const words = [
    move(0, 1),
    0x10000000 + ((7 * 4) >> 2) * 32 + 1, // adr x1, seven instructions on
    move(2, length),
    move(8, 64),
    0xd4000001, // svc #0
    move(0, 0),
    move(8, 93),
    0xd4000001,
  ];
  const code = Buffer.alloc(words.length * 4);
  words.forEach((word, index) => code.writeUInt32LE(word >>> 0, index * 4));
  return code;
}

/** One loaded segment: the whole file. */
function headersOf(architecture: Architecture, size: number): Buffer {
  const bytes = Buffer.alloc(HEADERS);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  bytes.writeUInt16LE(2, 16);
  bytes.writeUInt16LE(architecture === 'amd64' ? 62 : 183, 18);
  bytes.writeUInt32LE(1, 20);
  bytes.writeBigUInt64LE(BigInt(BASE + HEADERS), 24);
  bytes.writeBigUInt64LE(64n, 32);
  bytes.writeUInt16LE(64, 52);
  bytes.writeUInt16LE(56, 54);
  bytes.writeUInt16LE(1, 56);
  bytes.writeUInt16LE(64, 58);
  bytes.writeUInt32LE(1, 64);
  bytes.writeUInt32LE(5, 68);
  bytes.writeBigUInt64LE(BigInt(BASE), 80);
  bytes.writeBigUInt64LE(BigInt(BASE), 88);
  bytes.writeBigUInt64LE(BigInt(size), 96);
  bytes.writeBigUInt64LE(BigInt(size), 104);
  bytes.writeBigUInt64LE(0x1000n, 112);
  return bytes;
}
