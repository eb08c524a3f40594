// Linux bzImage by the 32-bit boot protocol (Documentation/arch/x86/boot.rst of the kernel, protocol 2.02 and later).
// The real-mode setup code is not run: we fill in the zero page (boot_params) that it would have made.
// Not here: zImage (loaded low, gone since Linux 2.6.30), the 64-bit and the EFI entry points, setup_data lists.
import { HostError } from '../../device.ts';
import {
  alignDown,
  alignUp,
  commandLine,
  flatEntry,
  flatGdt,
  LOW_COMMAND_LINE,
  LOW_STRUCTURES,
  megabytesFor,
  memoryMap,
  ONE_MEGABYTE,
  sizeInWords,
  type BootEnvironment,
  type BootPlan,
  type NamedBytes,
  type Placement,
} from './boot-plan.ts';

const SECTOR = 512;
const PAGE = 0x1000;

// Setup header, offsets in the file (boot.rst, "The Real-Mode Kernel Header").
const SETUP_SECTS = 0x1f1;
const SYSSIZE = 0x1f4;
const BOOT_FLAG = 0x1fe;
const BOOT_FLAG_MAGIC = 0xaa55;
/** The second byte of the jump: the header ends at 0x202 plus this. */
const JUMP_LENGTH = 0x201;
const HEADER_MAGIC = 0x202;
const HDRS = 0x53726448; // "HdrS"
const VERSION = 0x206;
const KERNEL_VERSION = 0x20e;
const TYPE_OF_LOADER = 0x210;
const LOADFLAGS = 0x211;
const CODE32_START = 0x214;
const RAMDISK_IMAGE = 0x218;
const RAMDISK_SIZE = 0x21c;
const CMD_LINE_PTR = 0x228;
const INITRD_ADDR_MAX = 0x22c;
const KERNEL_ALIGNMENT = 0x230;
const RELOCATABLE_KERNEL = 0x234;
const XLOADFLAGS = 0x236;
const CMDLINE_SIZE = 0x238;
const PREF_ADDRESS = 0x258;
const INIT_SIZE = 0x260;
const HEADER_END_MAX = 0x290;

const LOADFLAG_LOADED_HIGH = 0x01;
const LOADFLAG_KEEP_SEGMENTS = 0x40;
const XLF_KERNEL_64 = 0x01;
/** "Undefined": a loader without a number of its own. */
const LOADER_UNDEFINED = 0xff;

// boot_params (zero-page.rst); the setup header lies at its place in the file.
const ZERO_PAGE_SIZE = 0x1000;
const EXT_MEM_K = 0x002;
const ACPI_RSDP_ADDR = 0x070;
const ALT_MEM_K = 0x1e0;
const E820_ENTRIES = 0x1e8;
const E820_TABLE = 0x2d0;

const VERSION_2_02 = 0x0202;
const VERSION_2_03 = 0x0203;
const VERSION_2_05 = 0x0205;
const VERSION_2_06 = 0x0206;
const VERSION_2_10 = 0x020a;
const VERSION_2_12 = 0x020c;
const DEFAULT_INITRD_ADDR_MAX = 0x37ffffff;
const DEFAULT_CMDLINE_SIZE = 255;

export function isBzImage(bytes: Uint8Array): boolean {
  if (bytes.length < HEADER_MAGIC + 4) return false;
  const view = viewOf(bytes);
  return view.getUint16(BOOT_FLAG, true) === BOOT_FLAG_MAGIC && view.getUint32(HEADER_MAGIC, true) === HDRS;
}

interface Header {
  readonly version: number;
  readonly setupBytes: number;
  readonly loadAddress: number;
  readonly cmdlineSize: number;
  readonly initrdAddrMax: number;
  /** It goes to long mode by itself: a 64-bit kernel has the 32-bit entry point, too. */
  readonly is64Bit: boolean;
  /** First byte after what the kernel touches before it has looked at the memory map. */
  readonly initEnd: number;
  readonly kernelVersion: string;
}

export function loadBzImage(
  kernel: NamedBytes,
  initrd: NamedBytes | null,
  append: string,
  environment: BootEnvironment,
): BootPlan {
  const header = readHeader(kernel);
  if (header.is64Bit && !environment.hasLongMode)
    throw new HostError(
      `${kernel.name} is a 64-bit Linux kernel and this CPU has no long mode: choose another -cpu, or a 32-bit kernel such as Debian's linux-image-686.`,
    );
  checkComplete(kernel, header);
  if (header.initEnd > environment.ramBytes) {
    throw new HostError(
      `${kernel.name} needs ${megabytesFor(header.initEnd)} MB of RAM to start: give at least -m ${megabytesFor(header.initEnd)}.`,
    );
  }
  const command = commandLine(append, header.cmdlineSize, '-append');
  const disk = initrd === null ? null : placeInitrd(kernel, initrd, header, environment.ramBytes);
  return {
    description: `Linux ${header.kernelVersion} (bzImage)`,
    warnings: [],
    placements: [
      flatGdt(),
      zeroPage(kernel.bytes, header, disk, environment),
      command,
      { address: header.loadAddress, bytes: kernel.bytes.subarray(header.setupBytes) },
      ...(disk === null ? [] : [disk]),
    ],
    rom: null,
    // boot.rst, "32-bit Boot Protocol": ESI has boot_params; EBP, EDI and EBX are zero.
    entry: flatEntry(header.loadAddress, { esi: LOW_STRUCTURES, ebp: 0, edi: 0, ebx: 0 }),
  };
}

function readHeader(kernel: NamedBytes): Header {
  const { name, bytes } = kernel;
  const headerEnd = HEADER_MAGIC + (bytes[JUMP_LENGTH] ?? 0);
  if (bytes.length < Math.max(headerEnd, 2 * SECTOR))
    throw new HostError(
      `${name} is truncated: it ends after ${sizeInWords(bytes.length)}, within the header of a Linux kernel; fetch it again.`,
    );
  const view = viewOf(bytes);
  const version = view.getUint16(VERSION, true);
  if (version < VERSION_2_02)
    throw new HostError(
      `${name} is a Linux kernel with boot protocol ${versionText(version)}, older than 2.02: use a kernel of the 2.4 series or newer.`,
    );
  if (((bytes[LOADFLAGS] ?? 0) & LOADFLAG_LOADED_HIGH) === 0)
    throw new HostError(`${name} is a zImage, which is loaded below 640 KB: build a bzImage instead.`);
  const code32Start = view.getUint32(CODE32_START, true);
  const isRelocatable = version >= VERSION_2_05 && bytes[RELOCATABLE_KERNEL] !== 0;
  const loadAddress = isRelocatable ? ONE_MEGABYTE : code32Start;
  return {
    version,
    setupBytes: ((bytes[SETUP_SECTS] || 4) + 1) * SECTOR,
    loadAddress,
    cmdlineSize: version >= VERSION_2_06 ? view.getUint32(CMDLINE_SIZE, true) : DEFAULT_CMDLINE_SIZE,
    initrdAddrMax: version >= VERSION_2_03 ? view.getUint32(INITRD_ADDR_MAX, true) : DEFAULT_INITRD_ADDR_MAX,
    is64Bit: version >= VERSION_2_12 && (view.getUint16(XLOADFLAGS, true) & XLF_KERNEL_64) !== 0,
    initEnd: version >= VERSION_2_10 ? initEnd(view, loadAddress, isRelocatable) : loadAddress + bytes.length,
    kernelVersion: readKernelVersion(kernel, view),
  };
}

/** boot.rst, init_size: from the runtime start address, which the decompressor picks from load address and alignment. */
function initEnd(view: DataView, loadAddress: number, isRelocatable: boolean): number {
  const preferred = Number(view.getBigUint64(PREF_ADDRESS, true));
  const start = isRelocatable
    ? Math.max(alignUp(loadAddress, view.getUint32(KERNEL_ALIGNMENT, true) || 1), preferred)
    : preferred;
  return start + view.getUint32(INIT_SIZE, true);
}

function readKernelVersion(kernel: NamedBytes, view: DataView): string {
  const pointer = view.getUint16(KERNEL_VERSION, true);
  if (pointer === 0) return 'of unknown version';
  const start = pointer + SECTOR;
  const end = kernel.bytes.indexOf(0, start);
  const text = String.fromCharCode(...kernel.bytes.subarray(start, Math.min(end < 0 ? start : end, start + 200)));
  return text.split(' ')[0] || 'of unknown version';
}

/** syssize counts 16-byte paragraphs of the protected-mode part; signatures may follow it. */
function checkComplete(kernel: NamedBytes, header: Header): void {
  const view = viewOf(kernel.bytes);
  // Before protocol 2.04 the field had 16 bits and could not say the size of a large kernel.
  const paragraphs = header.version >= 0x0204 ? view.getUint32(SYSSIZE, true) : view.getUint16(SYSSIZE, true);
  const missing = header.setupBytes + paragraphs * 16 - kernel.bytes.length;
  // The last paragraph need not be whole.
  if (missing >= 16) {
    throw new HostError(
      `${kernel.name} is truncated: ${sizeInWords(kernel.bytes.length)} of ${sizeInWords(kernel.bytes.length + missing)} are there; fetch it again.`,
    );
  }
}

/** As high as the kernel can reach, so that it stays clear of what the kernel unpacks itself to. */
function placeInitrd(kernel: NamedBytes, initrd: NamedBytes, header: Header, ramBytes: number): Placement {
  const size = initrd.bytes.length;
  if (size === 0) throw new HostError(`${initrd.name} is empty: give an initial RAM disk, or leave -initrd out.`);
  const top = Math.min(ramBytes, header.initrdAddrMax + 1);
  const address = alignDown(top - size, PAGE);
  if (address < header.initEnd) {
    const needed = megabytesFor(alignUp(header.initEnd, PAGE) + alignUp(size, PAGE));
    if (top < ramBytes)
      throw new HostError(
        `${initrd.name} (${sizeInWords(size)}) is too large for ${kernel.name}, which takes it below ${sizeInWords(top)} only.`,
      );
    throw new HostError(
      `${kernel.name} and ${initrd.name} (${sizeInWords(size)}) do not fit into ${sizeInWords(ramBytes)} of RAM: give at least -m ${needed}.`,
    );
  }
  return { address, bytes: initrd.bytes };
}

function zeroPage(
  kernel: Uint8Array,
  header: Header,
  initrd: Placement | null,
  environment: BootEnvironment,
): Placement {
  const bytes = new Uint8Array(ZERO_PAGE_SIZE);
  const view = viewOf(bytes);
  const headerEnd = Math.min(HEADER_MAGIC + (kernel[JUMP_LENGTH] ?? 0), HEADER_END_MAX);
  bytes.set(kernel.subarray(SETUP_SECTS, headerEnd), SETUP_SECTS);
  bytes[TYPE_OF_LOADER] = LOADER_UNDEFINED;
  bytes[LOADFLAGS] = (bytes[LOADFLAGS] ?? 0) & ~LOADFLAG_KEEP_SEGMENTS;
  view.setUint32(CODE32_START, header.loadAddress, true);
  view.setUint32(CMD_LINE_PTR, LOW_COMMAND_LINE, true);
  if (initrd !== null) {
    view.setUint32(RAMDISK_IMAGE, initrd.address, true);
    view.setUint32(RAMDISK_SIZE, initrd.bytes.length, true);
  }
  // What INT 15h AH=88h and AX=E801h would have said, for kernels that do not trust E820.
  const highKilobytes = Math.max(0, environment.ramBytes - ONE_MEGABYTE) / 1024;
  view.setUint16(EXT_MEM_K, Math.min(highKilobytes, 0xfc00), true);
  view.setUint32(ALT_MEM_K, highKilobytes, true);
  view.setBigUint64(ACPI_RSDP_ADDR, BigInt(environment.rsdp), true);
  const entries = memoryMap(environment.ramBytes);
  bytes[E820_ENTRIES] = entries.length;
  entries.forEach((entry, index) => {
    const at = E820_TABLE + index * 20;
    view.setBigUint64(at, BigInt(entry.base), true);
    view.setBigUint64(at + 8, BigInt(entry.length), true);
    view.setUint32(at + 16, entry.type, true);
  });
  return { address: LOW_STRUCTURES, bytes };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function versionText(version: number): string {
  return `${version >>> 8}.${(version & 0xff).toString().padStart(2, '0')}`;
}
