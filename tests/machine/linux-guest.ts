// The Linux guests of build/guests/, booted to their shell by tests: lines are typed at the prompt, or given back from a recording.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { InputEvent, StreamEvent } from '../../devices/machine/input-log.ts';
import { createMachine } from '../../devices/machine/machine.ts';
import type { MachineExit } from '../../devices/machine/protocol.ts';
import { writeCpio, type Entry } from '../../guests/cpio.ts';
import { TestHost } from './test-machine.ts';

const GUESTS = fileURLToPath(new URL('../../build/guests/', import.meta.url));

const PANIC = /Kernel panic[^\r\n]*(?=\r\n)/u;
/** The line is looked for in what came last. */
const PANIC_LENGTH = 400;

interface Guest {
  readonly id: string;
  readonly memory: number;
  readonly prompt: string;
  readonly args: readonly string[];
  readonly files: readonly { readonly flag: string; readonly path: string }[];
}

export type LinuxId = 'linux-i386' | 'linux-amd64' | 'linux-pae';

function linuxGuest(id: LinuxId): Guest {
  if (!existsSync(`${GUESTS}manifest.json`))
    throw new Error('The Linux guests are not there: make them with "npm run build:guests".');
  const { guests } = JSON.parse(readFileSync(`${GUESTS}manifest.json`, 'utf8')) as { guests: Guest[] };
  const guest = guests.find((one) => one.id === id);
  if (guest === undefined) throw new Error(`The manifest of guests has no ${id}: make it with "npm run build:guests".`);
  return guest;
}

/** The command line's arguments, files by their paths; and the prompt. */
export function linuxArguments(id: LinuxId): { args: string[]; prompt: string } {
  const { args, files, prompt } = linuxGuest(id);
  return { args: [...args, ...files.flatMap(({ flag, path }) => [flag, GUESTS + path])], prompt };
}

export interface BootRequest {
  readonly id: LinuxId;
  /** What to type, one line at each prompt; or what to give back, and where. */
  readonly input: readonly string[] | { readonly recorded: readonly StreamEvent[] };
  /** Further files for the guest's root: archives may follow one another in an initial RAM disk. */
  readonly extra?: readonly Entry[];
  readonly flags?: readonly string[];
}

export interface Boot {
  readonly exit: MachineExit;
  /** All that came on the serial line. */
  readonly output: string;
  readonly events: readonly InputEvent[];
  readonly instructions: number;
  /** Of these, instructions that compiled code ran. */
  readonly compiled: number;
  /** And of these, instructions that the interpreter did again for comparison. */
  readonly checked: number;
  readonly hash: string;
}

/** Boots and waits for the end: the last line should turn the machine off. Virtual time counts instructions. */
export async function bootLinux({ id, input, extra = [], flags = [] }: BootRequest): Promise<Boot> {
  const guest = linuxGuest(id);
  const isRecorded = 'recorded' in input;
  const host = new TestHost(guestFiles(guest, extra));
  // Turns of a recording and of its replay are cut at other places.
  host.lookNs = isRecorded ? 200_000 : 500_000;
  let end: (exit: MachineExit) => void = () => {};
  let fail: (reason: Error) => void = () => {};
  const ended = new Promise<MachineExit>((resolve, reject) => {
    end = resolve;
    fail = reject;
  });
  const machine = await createMachine(
    [
      ...['-m', String(guest.memory), ...guest.args, '-no-reboot', '-rtc', 'base=2026-01-31'],
      ...guest.files.flatMap(({ flag }) => [flag, flag]),
      ...['-icount', 'shift=3,sleep=off', ...flags],
    ],
    host,
    { exit: end },
  );
  const events: InputEvent[] = [];
  machine.inputLog = (event) => events.push(event);
  const lines = isRecorded ? [] : [...input];
  if (isRecorded) machine.schedule(input.recorded);
  host.onOutput = () => {
    // A kernel that gave up halts for ever.
    const panic = PANIC.exec(host.serial.slice(-PANIC_LENGTH));
    if (panic !== null) {
      machine.pause();
      fail(new Error(`${id} gave up: ${panic[0]}`));
    }
    if (!host.serial.endsWith(guest.prompt) && !host.serial.endsWith(`${guest.prompt}\x1b[6n`)) return;
    const line = lines.shift();
    if (line !== undefined) machine.input('serial0', new TextEncoder().encode(`${line}\r`));
  };
  machine.resume();
  const exit = await ended;
  const { instructions, compiled } = machine.status();
  const { checkedInstructions: checked } = machine.core;
  return { exit, output: host.serial, events, instructions, compiled, checked, hash: machine.stateHash() };
}

function guestFiles(guest: Guest, extra: readonly Entry[]): Record<string, Uint8Array> {
  const files: Record<string, Uint8Array> = Object.fromEntries(
    guest.files.map(({ flag, path }) => [flag, new Uint8Array(readFileSync(GUESTS + path))]),
  );
  const initrd = files['-initrd'];
  if (extra.length > 0 && initrd !== undefined) files['-initrd'] = appended(initrd, writeCpio(extra));
  return files;
}

/** An archive begins at a multiple of four bytes (kernel documentation: driver-api/early-userspace/buffer-format). */
function appended(first: Uint8Array, second: Uint8Array): Uint8Array {
  const start = (first.length + 3) & ~3;
  const bytes = new Uint8Array(start + second.length);
  bytes.set(first);
  bytes.set(second, start);
  return bytes;
}
