// Multiboot 1 (Multiboot Specification 0.6.96): ELF kernels for i386 and flat ones with the header's address fields.
// Not here: video modes (a warning says so), drive and APM tables, symbol tables of the kernel, multiboot 2.
import { HostError } from '../../device.ts';
import {
  CONVENTIONAL_END,
  cString,
  flatEntry,
  flatGdt,
  memoryMap,
  ONE_MEGABYTE,
  sizeInWords,
  type BootEnvironment,
  type BootPlan,
  type NamedBytes,
  type Placement,
} from './boot-plan.ts';
import { checkRam, isElf, loadSegments, readElf } from './elf.ts';
import { checkClear, endOf, LowStructures, placeModules, type BootModule } from './low-structures.ts';

const HEADER_MAGIC = 0x1badb002;
/** In EAX at the entry. */
const LOADER_MAGIC = 0x2badb002;
const MULTIBOOT2_MAGIC = 0xe85250d6;
/** The header lies within the first 8192 bytes (multiboot 2: 32768), aligned. */
const SEARCH_LIMIT = 8192;
const SEARCH_LIMIT_2 = 32768;

// Flags of the header (section 3.1.2). Bits 0-15 are demands.
const FLAG_VIDEO_MODE = 1 << 2;
const FLAG_ADDRESSES = 1 << 16;
const DEMANDS_UNDERSTOOD = 0x0007;

// Fields of the information structure (section 3.3) and their flag bits.
const INFO_SIZE = 120;
const INFO_MEMORY = 1 << 0;
const INFO_COMMAND_LINE = 1 << 2;
const INFO_MODULES = 1 << 3;
const INFO_MEMORY_MAP = 1 << 6;
const INFO_LOADER_NAME = 1 << 9;

export function multibootHeader(bytes: Uint8Array): number | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + 12 <= Math.min(bytes.length, SEARCH_LIMIT); at += 4) {
    if (view.getUint32(at, true) !== HEADER_MAGIC) continue;
    const sum = HEADER_MAGIC + view.getUint32(at + 4, true) + view.getUint32(at + 8, true);
    if (sum % 2 ** 32 === 0) return at;
  }
  return null;
}

export function hasMultiboot2Header(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + 16 <= Math.min(bytes.length, SEARCH_LIMIT_2); at += 8) {
    if (view.getUint32(at, true) !== MULTIBOOT2_MAGIC) continue;
    const sum = [0, 4, 8, 12].reduce((total, offset) => total + view.getUint32(at + offset, true), 0);
    if (sum % 2 ** 32 === 0) return true;
  }
  return false;
}

export function loadMultiboot(
  kernel: NamedBytes,
  modules: readonly BootModule[],
  append: string,
  environment: BootEnvironment,
): BootPlan {
  const at = multibootHeader(kernel.bytes);
  if (at === null) throw new HostError(`${kernel.name} has no multiboot header: give a multiboot kernel.`);
  const view = new DataView(kernel.bytes.buffer, kernel.bytes.byteOffset, kernel.bytes.byteLength);
  const flags = view.getUint32(at + 4, true);
  const unknown = flags & 0xffff & ~DEMANDS_UNDERSTOOD;
  if (unknown !== 0)
    throw new HostError(
      `${kernel.name} demands multiboot features 0x${unknown.toString(16)}, which no version of the specification names: build it without them.`,
    );

  const isFlat = (flags & FLAG_ADDRESSES) !== 0;
  if (!isFlat && !isElf(kernel.bytes))
    throw new HostError(
      `${kernel.name} has a multiboot header, but is neither an ELF file nor says where to load it: set flag bit 16 and the address fields.`,
    );
  const { entry, placements } = isFlat ? loadFlat(kernel, view, at, environment) : loadElf(kernel, environment);
  checkClear(kernel, placements);

  const modulePlaces = placeModules(endOf(placements), modules, environment.ramBytes);
  const low = new LowStructures();
  const info = placeInformation(low, kernel.name, append, modules, modulePlaces, environment);
  return {
    description: `multiboot kernel (${isFlat ? 'flat' : 'ELF'})`,
    warnings:
      (flags & FLAG_VIDEO_MODE) !== 0 ? [`${kernel.name} asks for a video mode, but this machine has no screen.`] : [],
    placements: [flatGdt(), ...placements, ...modulePlaces, ...low.placements],
    rom: null,
    entry: flatEntry(entry, { eax: LOADER_MAGIC, ebx: info }),
  };
}

interface Loaded {
  readonly entry: number;
  readonly placements: Placement[];
}

function loadElf(kernel: NamedBytes, environment: BootEnvironment): Loaded {
  const image = readElf(kernel);
  return { entry: image.entry, placements: loadSegments(kernel, image, environment.ramBytes) };
}

/** Section 3.1.3, the address fields of the header. */
function loadFlat(kernel: NamedBytes, view: DataView, at: number, environment: BootEnvironment): Loaded {
  if (at + 32 > kernel.bytes.length)
    throw new HostError(`${kernel.name} is truncated: it ends within its multiboot header; fetch or build it again.`);
  const [header, load, loadEnd, bssEnd, entry] = [12, 16, 20, 24, 28].map((offset) =>
    view.getUint32(at + offset, true),
  ) as [number, number, number, number, number];
  const fileStart = at - (header - load);
  if (fileStart < 0 || header < load)
    throw new HostError(
      `${kernel.name} has a multiboot header whose addresses do not fit its place in the file: check load_addr and header_addr.`,
    );
  const size = loadEnd === 0 ? kernel.bytes.length - fileStart : loadEnd - load;
  if (size < 0)
    throw new HostError(
      `${kernel.name} has a multiboot header whose load_end_addr lies before its load_addr: check both.`,
    );
  if (fileStart + size > kernel.bytes.length) {
    throw new HostError(
      `${kernel.name} is truncated: ${sizeInWords(kernel.bytes.length)} of ${sizeInWords(fileStart + size)} are there; fetch or build it again.`,
    );
  }
  const end = Math.max(load + size, bssEnd);
  checkRam(kernel, load, end, environment.ramBytes);
  const placements: Placement[] = [{ address: load, bytes: kernel.bytes.subarray(fileStart, fileStart + size) }];
  if (bssEnd > load + size) placements.push({ address: load + size, bytes: new Uint8Array(bssEnd - load - size) });
  return { entry, placements };
}

function placeInformation(
  low: LowStructures,
  kernelName: string,
  append: string,
  modules: readonly BootModule[],
  modulePlaces: readonly Placement[],
  environment: BootEnvironment,
): number {
  const info = new Uint8Array(INFO_SIZE);
  const view = new DataView(info.buffer);
  const address = low.place(info);
  const map = memoryMapBytes(environment.ramBytes);
  view.setUint32(0, INFO_MEMORY | INFO_COMMAND_LINE | INFO_MODULES | INFO_MEMORY_MAP | INFO_LOADER_NAME, true);
  view.setUint32(4, CONVENTIONAL_END / 1024, true);
  view.setUint32(8, Math.max(0, environment.ramBytes - ONE_MEGABYTE) / 1024, true);
  view.setUint32(16, low.place(cString(`${kernelName} ${append}`.trim())), true);
  view.setUint32(20, modules.length, true);
  view.setUint32(24, placeModuleList(low, modules, modulePlaces), true);
  view.setUint32(44, map.length, true);
  view.setUint32(48, low.place(map), true);
  view.setUint32(64, low.place(cString('vitrine')), true);
  return address;
}

/** 16 bytes a module: start, end, text, zero. */
function placeModuleList(low: LowStructures, modules: readonly BootModule[], places: readonly Placement[]): number {
  const list = new Uint8Array(modules.length * 16);
  const view = new DataView(list.buffer);
  const address = low.place(list);
  modules.forEach((module, index) => {
    const place = places[index];
    if (place === undefined) return;
    view.setUint32(index * 16, place.address, true);
    view.setUint32(index * 16 + 4, place.address + place.bytes.length, true);
    view.setUint32(index * 16 + 8, low.place(cString(module.text)), true);
  });
  return address;
}

/** Entries are those of E820 behind a size field that does not count itself. */
function memoryMapBytes(ramBytes: number): Uint8Array {
  const entries = memoryMap(ramBytes);
  const bytes = new Uint8Array(entries.length * 24);
  const view = new DataView(bytes.buffer);
  entries.forEach((entry, index) => {
    const at = index * 24;
    view.setUint32(at, 20, true);
    view.setBigUint64(at + 4, BigInt(entry.base), true);
    view.setBigUint64(at + 12, BigInt(entry.length), true);
    view.setUint32(at + 20, entry.type, true);
  });
  return bytes;
}
