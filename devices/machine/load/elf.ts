// ELF executables, as far as loading a kernel needs them: 32-bit little-endian i386 (System V ABI, chapters 4 and 5).
// Not here: 64-bit files (named in a sentence), relocation, dynamic linking.
import { HostError } from '../../device.ts';
import { megabytesFor, sizeInWords, type NamedBytes, type Placement } from './boot-plan.ts';

const EI_CLASS = 4;
const EI_DATA = 5;
const CLASS_32 = 1;
const CLASS_64 = 2;
const DATA_LITTLE = 1;
const E_TYPE = 0x10;
const E_MACHINE = 0x12;
const E_ENTRY = 0x18;
const E_PHOFF = 0x1c;
const E_PHENTSIZE = 0x2a;
const E_PHNUM = 0x2c;
const HEADER_SIZE = 0x34;
const TYPE_EXECUTABLE = 2;
const PROGRAM_HEADER_SIZE = 0x20;
const PT_LOAD = 1;
const PT_NOTE = 4;

const EM_386 = 3;
const EM_486 = 6;
const MACHINES: Readonly<Record<number, string>> = {
  2: 'SPARC',
  3: 'i386',
  4: 'm68k',
  6: 'i486',
  8: 'MIPS',
  20: 'PowerPC',
  21: 'PowerPC 64',
  22: 's390',
  40: 'ARM',
  42: 'SuperH',
  50: 'Itanium',
  62: 'x86-64',
  183: 'arm64',
  243: 'RISC-V',
  258: 'LoongArch',
};

export interface Segment {
  readonly type: number;
  readonly physicalAddress: number;
  readonly virtualAddress: number;
  readonly memorySize: number;
  readonly bytes: Uint8Array;
  readonly alignment: number;
}

export interface ElfImage {
  readonly entry: number;
  readonly segments: readonly Segment[];
}

export function isElf(bytes: Uint8Array): boolean {
  return bytes[0] === 0x7f && bytes[1] === 0x45 && bytes[2] === 0x4c && bytes[3] === 0x46;
}

/** For which CPU an ELF file is, in words; null: for ours. */
export function foreignElf(bytes: Uint8Array): string | null {
  const isLittle = bytes[EI_DATA] === DATA_LITTLE;
  const low = bytes[isLittle ? E_MACHINE : E_MACHINE + 1] ?? 0;
  const high = bytes[isLittle ? E_MACHINE + 1 : E_MACHINE] ?? 0;
  const machine = low | (high << 8);
  if ((machine === EM_386 || machine === EM_486) && isLittle && bytes[EI_CLASS] === CLASS_32) return null;
  const name = MACHINES[machine] ?? `machine number ${machine}`;
  return bytes[EI_CLASS] === CLASS_64 && machine === EM_386 ? `${name} in a 64-bit file` : name;
}

/** Reads headers and segments; the file must be an executable for i386. */
export function readElf(file: NamedBytes): ElfImage {
  const { name, bytes } = file;
  const foreign = foreignElf(bytes);
  if (foreign !== null) {
    const yet = foreign === 'x86-64' ? ' yet: use a 32-bit build' : ': use a build for i386';
    throw new HostError(`${name} is an ELF for ${foreign}, which this CPU cannot run${yet}.`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < HEADER_SIZE) throw truncated(file);
  if (view.getUint16(E_TYPE, true) !== TYPE_EXECUTABLE) {
    throw new HostError(
      `${name} is an ELF file, but no executable: link it with fixed addresses (ld without -r or -shared).`,
    );
  }
  const offset = view.getUint32(E_PHOFF, true);
  const count = view.getUint16(E_PHNUM, true);
  const entrySize = view.getUint16(E_PHENTSIZE, true);
  if (count === 0) throw new HostError(`${name} is an ELF file without program headers: link it as an executable.`);
  if (entrySize < PROGRAM_HEADER_SIZE)
    throw new HostError(
      `${name} is a damaged ELF file: its program headers have ${entrySize} bytes instead of ${PROGRAM_HEADER_SIZE}.`,
    );
  if (offset + count * entrySize > bytes.length) throw truncated(file);
  const segments = Array.from({ length: count }, (_, index) => readSegment(file, view, offset + index * entrySize));
  return { entry: view.getUint32(E_ENTRY, true), segments };
}

function readSegment(file: NamedBytes, view: DataView, at: number): Segment {
  const type = view.getUint32(at, true);
  const offset = view.getUint32(at + 0x04, true);
  const fileSize = view.getUint32(at + 0x10, true);
  const memorySize = view.getUint32(at + 0x14, true);
  const isRead = type === PT_LOAD || type === PT_NOTE;
  if (isRead && offset + fileSize > file.bytes.length) throw truncated(file);
  if (type === PT_LOAD && memorySize < fileSize)
    throw new HostError(`${file.name} is a damaged ELF file: a segment is larger in the file than in memory.`);
  return {
    type,
    virtualAddress: view.getUint32(at + 0x08, true),
    physicalAddress: view.getUint32(at + 0x0c, true),
    memorySize,
    bytes: isRead ? file.bytes.subarray(offset, offset + fileSize) : new Uint8Array(),
    alignment: view.getUint32(at + 0x1c, true),
  };
}

function truncated(file: NamedBytes): HostError {
  return new HostError(
    `${file.name} is truncated: it ends after ${sizeInWords(file.bytes.length)}, within its ELF image; fetch or build it again.`,
  );
}

/** The loadable segments at their physical addresses; the rest of each is zeroed, since RAM may hold an older run. */
export function loadSegments(file: NamedBytes, image: ElfImage, ramBytes: number): Placement[] {
  const placements: Placement[] = [];
  for (const segment of image.segments) {
    if (segment.type !== PT_LOAD || segment.memorySize === 0) continue;
    const end = segment.physicalAddress + segment.memorySize;
    checkRam(file, segment.physicalAddress, end, ramBytes);
    placements.push({ address: segment.physicalAddress, bytes: segment.bytes });
    const zeroes = segment.memorySize - segment.bytes.length;
    if (zeroes > 0)
      placements.push({ address: segment.physicalAddress + segment.bytes.length, bytes: new Uint8Array(zeroes) });
  }
  if (placements.length === 0)
    throw new HostError(`${file.name} is an ELF file with nothing to load: link it as an executable.`);
  return placements;
}

/** Kernel images must lie in RAM and outside of the hole between 640 KB and 1 MB. */
export function checkRam(file: NamedBytes, start: number, end: number, ramBytes: number): void {
  if (end > ramBytes) {
    throw new HostError(
      `${file.name} wants memory up to 0x${end.toString(16)}: give at least -m ${megabytesFor(end)}, or link it lower.`,
    );
  }
  if (start < 0x100000 && end > 0xa0000) {
    throw new HostError(
      `${file.name} wants memory at 0x${start.toString(16)}-0x${end.toString(16)}, where a PC has its video memory and ROMs: link it at 1 MB or higher.`,
    );
  }
}

/** The notes of all note segments: name, type, descriptor. Names and descriptors are padded to 4 bytes. */
export function* notes(image: ElfImage): Generator<{ name: string; type: number; descriptor: Uint8Array }> {
  for (const segment of image.segments) {
    if (segment.type !== PT_NOTE) continue;
    const { bytes } = segment;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let at = 0;
    while (at + 12 <= bytes.length) {
      const nameSize = view.getUint32(at, true);
      const descriptorSize = view.getUint32(at + 4, true);
      const type = view.getUint32(at + 8, true);
      const nameStart = at + 12;
      const descriptorStart = nameStart + pad4(nameSize);
      if (descriptorStart + descriptorSize > bytes.length) break;
      const name = String.fromCharCode(...bytes.subarray(nameStart, nameStart + Math.min(nameSize, 64))).replace(
        /\0.*$/su,
        '',
      );
      yield { name, type, descriptor: bytes.subarray(descriptorStart, descriptorStart + descriptorSize) };
      at = descriptorStart + pad4(descriptorSize);
    }
  }
}

function pad4(size: number): number {
  return Math.ceil(size / 4) * 4;
}
