// What a file given with -kernel is. What is no kernel for this machine is refused in one sentence that names what it is.
import { HostError } from '../../device.ts';
import { sizeInWords, type NamedBytes } from './boot-plan.ts';
import { isBzImage } from './bzimage.ts';
import { isElf, readElf } from './elf.ts';
import { hasMultiboot2Header, multibootHeader } from './multiboot.ts';
import { pvhEntry } from './pvh.ts';

export type KernelKind = 'bzimage' | 'multiboot' | 'pvh';

/** No kernel of any kind is smaller; a multiboot header alone has 12 bytes, but then there is no code. */
const SMALLEST_KERNEL = 64;

interface Signature {
  readonly at: number;
  readonly bytes: readonly number[];
  /** Completes "FILE is ...". */
  readonly words: string;
}

const ascii = (text: string): readonly number[] => Array.from(text, (char) => char.charCodeAt(0));
const COMPRESSED = (how: string): string => `is ${how}-compressed: unpack it first`;
const FOREIGN = (cpu: string): string =>
  `is a Linux kernel for ${cpu}: use one for x86, such as Debian's linux-image-amd64`;

/** First match wins. */
const SIGNATURES: readonly Signature[] = [
  { at: 0x38, bytes: ascii('ARM\x64'), words: FOREIGN('arm64 (an Image)') },
  { at: 0x38, bytes: ascii('RSC\x05'), words: FOREIGN('RISC-V') },
  { at: 0x24, bytes: [0x18, 0x28, 0x6f, 0x01], words: FOREIGN('ARM (a zImage)') },
  { at: 0, bytes: [0x27, 0x05, 0x19, 0x56], words: 'is a U-Boot image: give the kernel inside of it' },
  { at: 0, bytes: [0x1f, 0x8b], words: COMPRESSED('gzip') },
  { at: 0, bytes: [0xfd, ...ascii('7zXZ')], words: COMPRESSED('xz') },
  { at: 0, bytes: [0x28, 0xb5, 0x2f, 0xfd], words: COMPRESSED('zstd') },
  { at: 0, bytes: ascii('BZh'), words: COMPRESSED('bzip2') },
  { at: 0, bytes: [0x04, 0x22, 0x4d, 0x18], words: COMPRESSED('lz4') },
  { at: 0, bytes: [0x02, 0x21, 0x4c, 0x18], words: COMPRESSED('lz4') },
  { at: 0, bytes: ascii('PK\x03\x04'), words: 'is a zip archive: unpack it first' },
  { at: 0, bytes: ascii('!<arch>'), words: 'is an archive (a Debian package?): unpack the kernel from it first' },
  { at: 0, bytes: ascii('070701'), words: 'is a cpio archive, such as an initial RAM disk: give it with -initrd' },
  { at: 0, bytes: ascii('QFI\xfb'), words: 'is a qcow2 disk image, which -kernel cannot start: give a kernel' },
  {
    at: 0x8001,
    bytes: ascii('CD001'),
    words: 'is an ISO image of a CD, which -kernel cannot start: give the kernel on it',
  },
  { at: 0, bytes: ascii('<!DOCTYPE'), words: 'is an HTML page: the download did not bring a kernel' },
  { at: 0, bytes: ascii('<!doctype'), words: 'is an HTML page: the download did not bring a kernel' },
  { at: 0, bytes: ascii('<html'), words: 'is an HTML page: the download did not bring a kernel' },
  {
    at: 0,
    bytes: ascii('version https://git-lfs'),
    words: 'is a Git LFS pointer, not the file itself: fetch it with git lfs pull',
  },
  { at: 0, bytes: ascii('#!'), words: 'is a script: give a kernel' },
  {
    at: 0,
    bytes: ascii('MZ'),
    words: 'is a Windows or EFI program without a Linux header: give a bzImage, a multiboot or a PVH kernel',
  },
  {
    at: 510,
    bytes: [0x55, 0xaa],
    words: 'is a boot sector or a disk image, which -kernel cannot start: give a kernel',
  },
];

export function detectKernel(kernel: NamedBytes): KernelKind {
  const { name, bytes } = kernel;
  if (bytes.length === 0) throw new HostError(`${name} is empty: fetch or build the kernel again.`);
  if (isBzImage(bytes)) return 'bzimage';
  if (multibootHeader(bytes) !== null) return 'multiboot';
  if (isElf(bytes)) return detectElf(kernel);
  const found = SIGNATURES.find(({ at, bytes: magic }) => magic.every((byte, index) => bytes[at + index] === byte));
  if (found !== undefined) throw new HostError(`${name} ${found.words}.`);
  if (hasMultiboot2Header(bytes)) throw multiboot2(name);
  const size = sizeInWords(bytes.length);
  if (bytes.length < SMALLEST_KERNEL)
    throw new HostError(`${name} has only ${size}, too few for a kernel: fetch or build it again.`);
  if (bytes.every((byte) => byte === 0))
    throw new HostError(`${name} holds nothing but zeroes (${size}): fetch or build it again.`);
  throw new HostError(
    `${name} (${size}) is no kernel that can be recognised: give a Linux bzImage, a multiboot kernel or a PVH ELF file.`,
  );
}

function detectElf(kernel: NamedBytes): KernelKind {
  const isPvh = pvhEntry(readElf(kernel)) !== null;
  if (isPvh) return 'pvh';
  if (hasMultiboot2Header(kernel.bytes)) throw multiboot2(kernel.name);
  throw new HostError(
    `${kernel.name} is an ELF file without a multiboot header or a PVH entry note: give a kernel that has one, or its bzImage.`,
  );
}

function multiboot2(name: string): HostError {
  return new HostError(`${name} speaks multiboot 2 only: give it a multiboot 1 header or a PVH entry note.`);
}
