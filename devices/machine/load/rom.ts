// `-bios`: a ROM that ends at 4 GB, where the CPU fetches its first instruction (SDM vol. 3A 10.1.4, FFFFFFF0H). The chipset
// shows its last 128 KB (a 64 KB ROM: all of it) at the top of the first megabyte as well, for code in real mode.
import { HostError } from '../../device.ts';
import { sizeInWords, type BootPlan, type NamedBytes } from './boot-plan.ts';

const GRANULE = 64 * 1024;
export const ROM_MAX_BYTES = 4 * 1024 * 1024;
export const ROM_LOW_BYTES = 128 * 1024;

export function loadRom(file: NamedBytes): BootPlan {
  const { name, bytes } = file;
  if (bytes.length === 0) throw new HostError(`${name} is empty: give a ROM image of 64 KB to 4 MB.`);
  if (bytes.length > ROM_MAX_BYTES)
    throw new HostError(
      `${name} has ${sizeInWords(bytes.length)}, but a ROM has at most 4 MB: if it is a kernel, give it with -kernel.`,
    );
  if (bytes.length % GRANULE !== 0) {
    const more = GRANULE - (bytes.length % GRANULE);
    throw new HostError(
      `${name} has ${bytes.length} bytes, but a ROM is a multiple of 64 KB: it is truncated or lacks ${more} bytes of padding at its start.`,
    );
  }
  return { description: `ROM of ${bytes.length / 1024} KB`, warnings: [], placements: [], rom: bytes, entry: null };
}

/** How much of a ROM shows below 1 MB. */
export function lowRomBytes(romBytes: number): number {
  return Math.min(romBytes, ROM_LOW_BYTES);
}
