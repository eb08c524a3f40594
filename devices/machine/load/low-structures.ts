// Boot information for kernels that read it before they manage memory: pieces handed out one after the other from one
// piece of low RAM, each aligned to 8 bytes.
import { HostError } from '../../device.ts';
import {
  alignUp,
  LOW_COMMAND_LINE,
  LOW_COMMAND_LINE_SIZE,
  LOW_GDT,
  LOW_STRUCTURES,
  type NamedBytes,
  type Placement,
} from './boot-plan.ts';

const LOW_STRUCTURES_END = LOW_COMMAND_LINE + LOW_COMMAND_LINE_SIZE;

export class LowStructures {
  readonly placements: Placement[] = [];
  #next = LOW_STRUCTURES;

  /** Reserves room and answers its address; `write` fills it in. */
  place(bytes: Uint8Array): number {
    const address = this.#next;
    this.#next = alignUp(address + bytes.length, 8);
    if (this.#next > LOW_STRUCTURES_END) {
      throw new HostError(
        'The command line and the list of modules are too long for this kernel: shorten -append or -initrd.',
      );
    }
    this.placements.push({ address, bytes });
    return address;
  }
}

/** A kernel that loads itself over its own boot information could not read it. */
export function checkClear(kernel: NamedBytes, placements: readonly Placement[]): void {
  for (const { address, bytes } of placements) {
    if (address >= LOW_STRUCTURES_END || address + bytes.length <= LOW_GDT) continue;
    throw new HostError(
      `${kernel.name} wants memory at 0x${address.toString(16)}, where its boot information is put: link it at 1 MB or higher.`,
    );
  }
}

/** One module of `-initrd "FILE ARGUMENTS,FILE ARGUMENTS"`. */
export interface ModuleName {
  readonly file: string;
  /** File and arguments, as the kernel gets to see them. */
  readonly text: string;
}

/** Commas separate modules (two are one that belongs to the text), the first blank ends the file's name. */
export function moduleNames(initrd: string | null): ModuleName[] {
  if (initrd === null) return [];
  const texts = initrd
    .replaceAll(',,', '\0')
    .split(',')
    .map((text) => text.replaceAll('\0', ',').trim());
  return texts.map((text) => {
    const [file = ''] = text.split(' ');
    if (file === '')
      throw new HostError(`-initrd "${initrd}" has an empty entry: write FILE ARGUMENTS,FILE ARGUMENTS.`);
    return { file, text };
  });
}

export interface BootModule {
  readonly text: string;
  readonly bytes: Uint8Array;
}

/** Modules follow the kernel, each on a page of its own. */
export function placeModules(kernelEnd: number, modules: readonly BootModule[], ramBytes: number): Placement[] {
  let next = alignUp(Math.max(kernelEnd, 0x100000), 0x1000);
  return modules.map(({ text, bytes }) => {
    const address = next;
    next = alignUp(address + bytes.length, 0x1000);
    if (next > ramBytes) {
      throw new HostError(
        `Module ${text} does not fit into RAM behind the kernel: give at least -m ${Math.ceil(next / 0x100000)}.`,
      );
    }
    return { address, bytes };
  });
}

export function endOf(placements: readonly Placement[]): number {
  return Math.max(0, ...placements.map(({ address, bytes }) => address + bytes.length));
}
