// Hand-made kernel images for tests: only the fields that loaders read, each settable.

export interface BzImageFields {
  version: number;
  setupSects: number;
  loadflags: number;
  xloadflags: number;
  relocatable: number;
  initrdAddrMax: number;
  cmdlineSize: number;
  prefAddress: number;
  initSize: number;
  /** Bytes of the protected-mode part. */
  payload: Uint8Array;
  /** What syssize says, in bytes. */
  syssize: number;
  kernelVersion: string;
}

export function makeBzImage(changes: Partial<BzImageFields> = {}): Uint8Array {
  const payload = changes.payload ?? new Uint8Array(4096).fill(0x90);
  const fields: BzImageFields = {
    version: 0x020f,
    setupSects: 3,
    loadflags: 0x01,
    xloadflags: 0,
    relocatable: 1,
    initrdAddrMax: 0x37ffffff,
    cmdlineSize: 2047,
    prefAddress: 0x1000000,
    initSize: 0x200000,
    payload,
    syssize: payload.length,
    kernelVersion: '6.1.0-test (someone@somewhere) #1',
    ...changes,
  };
  const setupBytes = (fields.setupSects + 1) * 512;
  const bytes = new Uint8Array(setupBytes + fields.payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0x1f1, fields.setupSects);
  view.setUint32(0x1f4, fields.syssize / 16, true);
  view.setUint16(0x1fe, 0xaa55, true);
  view.setUint8(0x200, 0xeb);
  view.setUint8(0x201, 0x6a); // the header ends at 0x26C
  view.setUint32(0x202, 0x53726448, true);
  view.setUint16(0x206, fields.version, true);
  view.setUint16(0x20e, 0x300 - 0x200, true);
  view.setUint8(0x211, fields.loadflags);
  view.setUint32(0x214, 0x100000, true);
  view.setUint32(0x22c, fields.initrdAddrMax, true);
  view.setUint32(0x230, 0x200000, true);
  view.setUint8(0x234, fields.relocatable);
  view.setUint16(0x236, fields.xloadflags, true);
  view.setUint32(0x238, fields.cmdlineSize, true);
  view.setBigUint64(0x258, BigInt(fields.prefAddress), true);
  view.setUint32(0x260, fields.initSize, true);
  bytes.set(new TextEncoder().encode(fields.kernelVersion), 0x300);
  bytes.set(fields.payload, setupBytes);
  return bytes;
}

export interface ElfFields {
  elfClass: number;
  machine: number;
  type: number;
  entry: number;
  address: number;
  code: Uint8Array;
  memorySize: number;
  /** PVH entry of a Xen note. */
  pvhEntry: number | null;
}

/** One loadable segment, and a note segment if there is a PVH entry. */
export function makeElf(changes: Partial<ElfFields> = {}): Uint8Array {
  const code = changes.code ?? new Uint8Array(64).fill(0xf4);
  const fields: ElfFields = {
    elfClass: 1,
    machine: 3,
    type: 2,
    entry: 0x100000,
    address: 0x100000,
    code,
    memorySize: code.length,
    pvhEntry: null,
    ...changes,
  };
  const note = fields.pvhEntry === null ? new Uint8Array() : makeNote(fields.pvhEntry);
  const count = fields.pvhEntry === null ? 1 : 2;
  const codeOffset = 0x34 + count * 0x20;
  const bytes = new Uint8Array(codeOffset + fields.code.length + note.length);
  const view = new DataView(bytes.buffer);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, fields.elfClass, 1, 1]);
  view.setUint16(0x10, fields.type, true);
  view.setUint16(0x12, fields.machine, true);
  view.setUint32(0x18, fields.entry, true);
  view.setUint32(0x1c, 0x34, true);
  view.setUint16(0x2a, 0x20, true);
  view.setUint16(0x2c, count, true);
  writeProgramHeader(view, 0x34, 1, codeOffset, fields.address, fields.code.length, fields.memorySize);
  if (count === 2) writeProgramHeader(view, 0x54, 4, codeOffset + fields.code.length, 0, note.length, note.length);
  bytes.set(fields.code, codeOffset);
  bytes.set(note, codeOffset + fields.code.length);
  return bytes;
}

function writeProgramHeader(
  view: DataView,
  at: number,
  type: number,
  offset: number,
  address: number,
  fileSize: number,
  memorySize: number,
): void {
  [type, offset, address + 0xc0000000, address, fileSize, memorySize, 7, 4].forEach((value, index) =>
    view.setUint32(at + index * 4, value, true),
  );
}

/** A note of another owner first: the search must go past it. */
function makeNote(entry: number): Uint8Array {
  const bytes = new Uint8Array(40);
  const view = new DataView(bytes.buffer);
  [4, 4, 18].forEach((value, index) => view.setUint32(index * 4, value, true));
  bytes.set(new TextEncoder().encode('GNU\0'), 12);
  [4, 4, 18].forEach((value, index) => view.setUint32(20 + index * 4, value, true));
  bytes.set(new TextEncoder().encode('Xen\0'), 32);
  view.setUint32(36, entry, true);
  return bytes;
}

/** A multiboot header with its checksum, to put at the start of code. */
export function makeMultibootHeader(flags: number, addresses: readonly number[] = []): Uint8Array {
  const bytes = new Uint8Array(12 + addresses.length * 4);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x1badb002, true);
  view.setUint32(4, flags, true);
  view.setUint32(8, -(0x1badb002 + flags), true);
  addresses.forEach((address, index) => view.setUint32(12 + index * 4, address, true));
  return bytes;
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
