// A writer of ACPI Machine Language (ACPI specification 4.0, chapter 19): the few opcodes and resource descriptors that
// describe a PC. Every function answers the bytes of one term.

export type Aml = readonly number[];

const NAME_OP = 0x08;
const BYTE_PREFIX = 0x0a;
const WORD_PREFIX = 0x0b;
const DWORD_PREFIX = 0x0c;
const STRING_PREFIX = 0x0d;
const SCOPE_OP = 0x10;
const BUFFER_OP = 0x11;
const PACKAGE_OP = 0x12;
const DUAL_NAME_PREFIX = 0x2e;
const MULTI_NAME_PREFIX = 0x2f;
const DEVICE_OP = [0x5b, 0x82] as const;
const ROOT = 0x5c;

export function bytes(...values: number[]): Aml {
  return values;
}

export function word(value: number): Aml {
  return [value & 0xff, (value >>> 8) & 0xff];
}

export function dword(value: number): Aml {
  return [...word(value), ...word(value >>> 16)];
}

export function ascii(text: string): Aml {
  return [...text].map((char) => char.charCodeAt(0));
}

/** Whole numbers up to 2^53. */
export function qword(value: number): Aml {
  return [...dword(value % 2 ** 32), ...dword(Math.floor(value / 2 ** 32))];
}

/** 20.2.3: the smallest encoding that holds the value. */
export function integer(value: number): Aml {
  if (value === 0 || value === 1) return [value];
  if (value <= 0xff) return [BYTE_PREFIX, value];
  if (value <= 0xffff) return [WORD_PREFIX, ...word(value)];
  return [DWORD_PREFIX, ...dword(value)];
}

export function string(text: string): Aml {
  return [STRING_PREFIX, ...ascii(text), 0];
}

export function name(path: string, value: Aml): Aml {
  return [NAME_OP, ...namePath(path), ...value];
}

export function scope(path: string, ...terms: Aml[]): Aml {
  return [SCOPE_OP, ...packaged([...namePath(path), ...terms.flat()])];
}

export function device(path: string, ...terms: Aml[]): Aml {
  return [...DEVICE_OP, ...packaged([...namePath(path), ...terms.flat()])];
}

export function packageOf(...elements: Aml[]): Aml {
  return [PACKAGE_OP, ...packaged([elements.length, ...elements.flat()])];
}

export function buffer(bytes: Aml): Aml {
  return [BUFFER_OP, ...packaged([...integer(bytes.length), ...bytes])];
}

/** 'PNP0A03' as the compressed EISA identifier: five bits a letter, then four hexadecimal digits, in big-endian order. */
export function eisaId(id: string): Aml {
  const [a = 0, b = 0, c = 0] = ascii(id.slice(0, 3)).map((code) => code - 0x40);
  const letters = (a << 10) | (b << 5) | c;
  const digits = Number.parseInt(id.slice(3), 16);
  return [DWORD_PREFIX, letters >> 8, letters & 0xff, digits >> 8, digits & 0xff];
}

/** 6.4: descriptors in a buffer, closed by an end tag whose checksum 0 means "not checked". */
export function resources(...descriptors: Aml[]): Aml {
  return buffer([...descriptors.flat(), 0x79, 0x00]);
}

/** I/O port descriptor: a fixed range, decoded with 16 bits. */
export function ports(base: number, length: number): Aml {
  return [0x47, 0x01, ...word(base), ...word(base), 0x01, length];
}

/** IRQ descriptor without flags: edge-triggered, active high, exclusive. */
export function irq(line: number): Aml {
  return [0x22, ...word(1 << line)];
}

export function dma(channel: number): Aml {
  return [0x2a, 1 << channel, 0x00];
}

/** 32-bit fixed memory range descriptor. */
export function fixedMemory(base: number, length: number, isWritable: boolean): Aml {
  return [0x86, ...word(9), isWritable ? 1 : 0, ...dword(base), ...dword(length)];
}

export function busNumbers(first: number, last: number): Aml {
  return addressSpace(0x88, 2, 0x00, first, last, word);
}

export function portWindow(first: number, last: number): Aml {
  return addressSpace(0x88, 1, 0x03, first, last, word); // both ISA and non-ISA ranges
}

export function memoryWindow(first: number, last: number, isCacheable = false): Aml {
  return addressSpace(0x87, 0, isCacheable ? 0x03 : 0x01, first, last, dword);
}

/** Memory anywhere in 64 bits. */
export function memoryWindow64(first: number, last: number): Aml {
  return addressSpace(0x8a, 0, 0x01, first, last, qword);
}

/** Address space descriptors of a bridge: produced, positively decoded, minimum and maximum fixed. */
function addressSpace(
  tag: number,
  type: number,
  typeFlags: number,
  first: number,
  last: number,
  field: (value: number) => Aml,
): Aml {
  const fields = [0, first, last, 0, last - first + 1].flatMap((value) => field(value));
  return [tag, ...word(3 + fields.length), type, 0x0c, typeFlags, ...fields];
}

/** 'PCI0', '\\_SB.PCI0': name segments are filled up to four characters with underscores. */
function namePath(path: string): Aml {
  const isAbsolute = path.startsWith('\\');
  const segments = (isAbsolute ? path.slice(1) : path).split('.').filter((segment) => segment !== '');
  const bytes = segments.flatMap((segment) => ascii(segment.padEnd(4, '_')));
  const prefix = isAbsolute ? [ROOT] : [];
  if (segments.length === 0) return [...prefix, 0x00];
  if (segments.length === 1) return [...prefix, ...bytes];
  if (segments.length === 2) return [...prefix, DUAL_NAME_PREFIX, ...bytes];
  return [...prefix, MULTI_NAME_PREFIX, segments.length, ...bytes];
}

/** 20.2.4: the length counts itself; its first byte holds six bits alone, or four and the number of bytes that follow. */
function packaged(body: Aml): Aml {
  for (let extra = 0; extra <= 3; extra += 1) {
    const length = body.length + 1 + extra;
    if (extra === 0 && length < 0x40) return [length, ...body];
    if (extra > 0 && length < 2 ** (4 + 8 * extra)) {
      const rest = Array.from({ length: extra }, (_, index) => (length >>> (4 + 8 * index)) & 0xff);
      return [(extra << 6) | (length & 15), ...rest, ...body];
    }
  }
  return body; // over 256 MB: no table of ours
}
