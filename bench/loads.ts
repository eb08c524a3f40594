// What is measured: each load says how it is prepared, and then runs on one machine after another.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findGuest, GUESTS, type Guest } from '../guests/manifest.ts';
import { assembleFile } from '../guests/rom.ts';
import { ROOT } from '../scripts/set-up.mjs';
import { CannotBuild, type Architecture } from './build-workloads.ts';
import { timeBetweenLetters, timeBetweenLines, timeUntil, type Span, type Time } from './measure.ts';
import type { Load, Subject } from './subjects.ts';
import { END, INIT, makeInitrd, type Workload } from './workloads.ts';

export interface Options {
  readonly scale: number;
  /** Milliseconds. */
  readonly limit: number;
  readonly workloads: readonly Workload[];
  /** What the reader of the tables must know. */
  readonly notes: string[];
}

export interface Sample {
  readonly time: Time;
  readonly output?: string;
}

type Run = (subject: Subject, onSample: (row: string, sample: Sample) => void) => Promise<void>;

interface LoadDescription {
  readonly description: string;
  readonly architecture: Architecture;
  readonly hasMeans: boolean;
  /** Undefined, with a note, if the guest is not there. */
  prepare(options: Options): Run | undefined;
}

/** The first letter is what the ROM sends. */
const KERNELS: Readonly<Record<string, string>> = {
  A: 'ALU',
  B: 'store',
  C: 'call',
  D: 'sort',
  E: 'indirect call',
  F: 'call across pages',
  G: 'CRC-32',
  H: 'REP MOVSD',
  I: 'x87',
  J: 'SSE2',
  K: 'flags',
};

/** v86 puts the initrd at 64 MB, so a boot needs more than that. */
const BOOT_MEMORY = 128;
export const WORKLOAD_MEMORY = 192;
const KERNEL_MEMORY = 64;

export function linux(architecture: Architecture, notes: string[]): Guest | undefined {
  const guest = findGuest(`linux-${architecture}`);
  if (!guest) notes.push(`linux-${architecture}: the guest could not be made.`);
  return guest;
}

export function loadOf(
  guest: Guest,
  architecture: Architecture,
  memory: number,
): Load & { initrd: string; append: string } {
  const path = (flag: string): string => join(GUESTS, guest.files.find((file) => file.flag === flag)?.path ?? '');
  const append = guest.args[guest.args.indexOf('-append') + 1] ?? '';
  return { architecture, memory, kernel: path('-kernel'), initrd: path('-initrd'), append };
}

function boot(architecture: Architecture): LoadDescription {
  return {
    description: `from the start of the process to the shell's prompt on the serial line: Debian's kernel for ${architecture}, our initramfs`,
    architecture,
    hasMeans: false,
    prepare: ({ limit, notes }) => {
      const guest = linux(architecture, notes);
      if (!guest) return undefined;
      const load = loadOf(guest, architecture, BOOT_MEMORY);
      return async (subject, onSample) => {
        onSample('boot to the prompt', { time: await timeUntil(subject.command(load), guest.prompt, limit) });
      };
    },
  };
}

function workloads(architecture: Architecture): LoadDescription {
  return {
    description: `programs in that guest, ${architecture}: busybox's, and bench/workloads built by gcc`,
    architecture,
    hasMeans: true,
    prepare: (options) => {
      const guest = linux(architecture, options.notes);
      if (!guest) return undefined;
      const load = loadOf(guest, architecture, WORKLOAD_MEMORY);
      try {
        const initrd = makeInitrd(architecture, load.initrd, options.workloads, options.scale, options.notes);
        const whole = { ...load, initrd, append: `${load.append} rdinit=${INIT}` };
        return async (subject, onSample) => {
          const onSpan = (name: string, span: Span): void => onSample(name, span);
          await timeBetweenLines(subject.command(whole), END, options.limit, onSpan);
        };
      } catch (error) {
        if (!(error instanceof CannotBuild)) throw error;
        options.notes.push(`workloads: ${error.message}.`);
        return undefined;
      }
    },
  };
}

const kernels: LoadDescription = {
  description: 'small loops in bench/kernels.asm, each timed by a letter at its start and its end',
  architecture: 'i386',
  hasMeans: false,
  prepare: ({ scale, limit }) => {
    const rom = assembleFile(join(ROOT, 'bench/kernels.asm'), { S: String(scale), SSE: '' });
    const bios = join(ROOT, 'build/bench/kernels.rom');
    mkdirSync(join(ROOT, 'build/bench'), { recursive: true });
    writeFileSync(bios, rom.bytes);
    return async (subject, onSample) => {
      const command = subject.command({ architecture: 'i386', memory: KERNEL_MEMORY, bios });
      const times = await timeBetweenLetters(command, limit);
      for (const [letter, name] of Object.entries(KERNELS)) {
        const time = times.get(letter);
        if (time) onSample(`${letter} ${name}`, { time });
      }
    };
  },
};

export const LOADS = {
  'boot-i386': boot('i386'),
  'boot-amd64': boot('amd64'),
  'workloads-i386': workloads('i386'),
  'workloads-amd64': workloads('amd64'),
  kernels,
} satisfies Readonly<Record<string, LoadDescription>>;

export type LoadName = keyof typeof LOADS;
