// A kernel or ROM and an initial RAM disk that the user has brought. The browser keeps them, so they survive a reload.
import { signal } from '@preact/signals';
import { get, set } from 'idb-keyval';
import { isKernel } from '../client.ts';

const KEY = 'own-files';
const ROM_GRANULE = 64 * 1024;
const ROM_MAX = 4 * 1024 * 1024;

export type ImageFlag = '-kernel' | '-bios';

export interface OwnFiles {
  readonly image: File | null;
  /** How the image is started. */
  readonly flag: ImageFlag;
  readonly initrd: File | null;
}

const NONE: OwnFiles = { image: null, flag: '-kernel', initrd: null };

export const ownFiles = signal<OwnFiles>(NONE);

export async function loadOwnFiles(): Promise<void> {
  try {
    const stored: Partial<OwnFiles> | undefined = await get(KEY);
    const fileOrNull = (file: unknown): File | null => (file instanceof File ? file : null);
    ownFiles.value = {
      image: fileOrNull(stored?.image),
      flag: stored?.flag === '-bios' ? '-bios' : '-kernel',
      initrd: fileOrNull(stored?.initrd),
    };
  } catch {
    // No storage: the files have to be chosen again.
  }
}

function change(files: Partial<OwnFiles>): void {
  ownFiles.value = { ...ownFiles.value, ...files };
  set(KEY, ownFiles.value).catch(() => {});
}

export function setInitrd(initrd: File | null): void {
  change({ initrd });
}

export async function setImage(image: File | null): Promise<void> {
  change(image === null ? { image, flag: '-kernel' } : { image, flag: await flagFor(image) });
}

/** Files that were dropped: each goes where its content belongs. Answers whether there is something to start now. */
export async function takeFiles(files: readonly File[]): Promise<boolean> {
  const taken: { image?: File; flag?: ImageFlag; initrd?: File } = {};
  for (const file of files) {
    if (await isInitrd(file)) taken.initrd = file;
    else {
      taken.image = file;
      taken.flag = await flagFor(file);
    }
  }
  // A new kernel does not want the old one's initial RAM disk.
  change(taken.image !== undefined && taken.initrd === undefined ? { ...taken, initrd: null } : taken);
  return ownFiles.value.image !== null;
}

/** What no kernel loader recognises but has a ROM's size is a ROM. What is neither gets a sentence from the machine. */
async function flagFor(file: File): Promise<ImageFlag> {
  if (file.size === 0 || file.size % ROM_GRANULE !== 0 || file.size > ROM_MAX) return '-kernel';
  return (await isKernel(file.name, new Uint8Array(await file.arrayBuffer()))) ? '-kernel' : '-bios';
}

/** How archives that Linux unpacks as an initramfs begin: cpio, plain or compressed. */
const INITRD_MAGICS: readonly (readonly number[])[] = [
  [0x30, 0x37, 0x30, 0x37, 0x30],
  [0x1f, 0x8b],
  [0xfd, 0x37, 0x7a, 0x58, 0x5a],
  [0x28, 0xb5, 0x2f, 0xfd],
  [0x02, 0x21, 0x4c, 0x18],
  [0x42, 0x5a, 0x68],
  [0x5d, 0x00, 0x00],
];

async function isInitrd(file: File): Promise<boolean> {
  const head = new Uint8Array(await file.slice(0, 8).arrayBuffer());
  return INITRD_MAGICS.some((magic) => magic.every((byte, index) => head[index] === byte));
}
