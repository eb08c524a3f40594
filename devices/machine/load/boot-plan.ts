// What a loader answers: which bytes go where, and the CPU's state at the first instruction. Plans are data, so a reset of the
// machine applies the same plan again.
import { HostError } from '../../device.ts';

/** A file named by a flag, as the host end read it. */
export interface NamedBytes {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface Placement {
  readonly address: number;
  readonly bytes: Uint8Array;
}

export type GeneralRegister = 'eax' | 'ecx' | 'edx' | 'ebx' | 'esp' | 'ebp' | 'esi' | 'edi';

/** 32-bit protected mode, paging off, interrupts off, flat segments: the state that all three boot protocols ask for. */
export interface ProtectedModeEntry {
  readonly eip: number;
  readonly registers: Partial<Readonly<Record<GeneralRegister, number>>>;
  /** Descriptor table in guest memory that holds the two selectors. */
  readonly gdtBase: number;
  readonly gdtLimit: number;
  readonly codeSelector: number;
  readonly dataSelector: number;
}

export interface BootPlan {
  /** What the image is, in words. */
  readonly description: string;
  /** Things the kernel asked for and does not get; for the user's eyes. */
  readonly warnings: readonly string[];
  /** Into guest RAM, in this order. */
  readonly placements: readonly Placement[];
  /** The ROM image of `-bios`; null leaves the top of 4 GB empty. */
  readonly rom: Uint8Array | null;
  /** null: the CPU starts at the reset vector. */
  readonly entry: ProtectedModeEntry | null;
}

/** Memory map entry in the format that INT 15h AX=E820h reports; Linux and PVH take it as it is, multiboot nearly so. */
export interface MemoryMapEntry {
  readonly base: number;
  readonly length: number;
  readonly type: typeof MEMORY_TYPE_RAM | typeof MEMORY_TYPE_RESERVED;
}
export const MEMORY_TYPE_RAM = 1;
export const MEMORY_TYPE_RESERVED = 2;

/** What the machine tells a loader about itself. */
export interface BootEnvironment {
  readonly ramBytes: number;
  /** Physical address of the ACPI RSDP. */
  readonly rsdp: number;
  readonly hasLongMode: boolean;
}

export const ONE_MEGABYTE = 0x100000;
/** The BIOS keeps its extended data area in the last kilobyte of conventional memory. */
export const CONVENTIONAL_END = 0x9fc00;
const CONVENTIONAL_TOP = 0xa0000;
const SYSTEM_ROM_BASE = 0xf0000;

export function memoryMap(ramBytes: number): readonly MemoryMapEntry[] {
  return [
    { base: 0, length: CONVENTIONAL_END, type: MEMORY_TYPE_RAM },
    { base: CONVENTIONAL_END, length: CONVENTIONAL_TOP - CONVENTIONAL_END, type: MEMORY_TYPE_RESERVED },
    { base: SYSTEM_ROM_BASE, length: ONE_MEGABYTE - SYSTEM_ROM_BASE, type: MEMORY_TYPE_RESERVED },
    ...(ramBytes > ONE_MEGABYTE
      ? [{ base: ONE_MEGABYTE, length: ramBytes - ONE_MEGABYTE, type: MEMORY_TYPE_RAM } as const]
      : []),
  ];
}

/** Structures that kernels read before they have memory management of their own: below the EBDA, above the BIOS data area. */
export const LOW_GDT = 0x1000;
export const LOW_STRUCTURES = 0x10000;
export const LOW_COMMAND_LINE = 0x20000;
export const LOW_COMMAND_LINE_SIZE = 0x10000;

/** Linux wants its code at selector 0x10 and its data at 0x18 (__BOOT_CS, __BOOT_DS); the other protocols take any. */
export const BOOT_CODE_SELECTOR = 0x10;
export const BOOT_DATA_SELECTOR = 0x18;
const DESCRIPTORS: readonly bigint[] = [0n, 0n, 0x00cf_9b00_0000_ffffn, 0x00cf_9300_0000_ffffn];

/** Null, unused, flat code, flat data: base 0, limit 4 GB, ring 0, accessed. */
export function flatGdt(): Placement {
  const bytes = new Uint8Array(DESCRIPTORS.length * 8);
  const view = new DataView(bytes.buffer);
  DESCRIPTORS.forEach((descriptor, index) => view.setBigUint64(index * 8, descriptor, true));
  return { address: LOW_GDT, bytes };
}

export function flatEntry(eip: number, registers: ProtectedModeEntry['registers']): ProtectedModeEntry {
  return {
    eip,
    registers,
    gdtBase: LOW_GDT,
    gdtLimit: DESCRIPTORS.length * 8 - 1,
    codeSelector: BOOT_CODE_SELECTOR,
    dataSelector: BOOT_DATA_SELECTOR,
  };
}

/** A C string. Command lines are bytes; anything beyond ASCII goes as UTF-8, as a shell would pass it. */
export function cString(text: string): Uint8Array {
  return new TextEncoder().encode(`${text}\0`);
}

export function commandLine(text: string, maxLength: number, flag: string): Placement {
  const bytes = cString(text);
  const limit = Math.min(maxLength, LOW_COMMAND_LINE_SIZE - 1);
  if (bytes.length - 1 > limit) {
    throw new HostError(
      `${flag} is ${bytes.length - 1} bytes long, but this kernel takes at most ${limit}: shorten it.`,
    );
  }
  return { address: LOW_COMMAND_LINE, bytes };
}

/** "12.3 MB", "512 bytes": sizes in sentences. */
export function sizeInWords(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  if (bytes < 1024 * 1024) return `${(bytes / 1024).toFixed(1)} KB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

/** The value for `-m` that gives at least this many bytes. */
export function megabytesFor(bytes: number): number {
  return Math.ceil(bytes / (1024 * 1024));
}

export function alignUp(address: number, alignment: number): number {
  return Math.ceil(address / alignment) * alignment;
}

export function alignDown(address: number, alignment: number): number {
  return Math.floor(address / alignment) * alignment;
}
