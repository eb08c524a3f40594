// Machines for tests: code of our own assembler as ROM or kernel, a host whose clock and files are the test's.
import { readFile } from 'node:fs/promises';
import { assemble } from '../../devices/asm/assemble.ts';
import { HostError } from '../../devices/device.ts';
import type { Host, Output, Wait, WallClock } from '../../devices/machine/host.ts';
import { createMachine, type Machine } from '../../devices/machine/machine.ts';
import type { MachineExit, StreamId } from '../../devices/machine/protocol.ts';
import { readRows } from '../../scripts/generate/read-rows.ts';

const CORE = new URL('../../build/core.wasm', import.meta.url);
const rows = readRows();

export function assembleBytes(source: string): Uint8Array {
  return assemble(source, { rows }).bytes;
}

/** A ROM of 64 KB: real-mode code at F000:0000, and the jump to it at the reset vector. */
export function rom(source: string): Uint8Array {
  return assembleBytes(
    `bits 16\norg 0\nstart:\n${source}\ntimes 0xfff0-($-$$) db 0x90\njmp 0xf000:start\ntimes 0x10000-($-$$) db 0\n`,
  );
}

/** A flat multiboot kernel at 2 MB: 32-bit code, paging off, EAX and EBX as the protocol says. */
export function kernel(source: string): Uint8Array {
  return assembleBytes(
    [
      'bits 32',
      'org 0x200000',
      'header: dd 0x1BADB002, 0x10003, -(0x1BADB002 + 0x10003)',
      'dd header, 0x200000, 0, 0, start',
      'start:',
      'mov esp, 0x280000',
      source,
    ].join('\n'),
  );
}

/** Says '>', repeats what is typed, ends with status 3 at a full stop if it has isa-debug-exit at 0xF4. */
export const ECHO = `
  mov dx, 0x3fb
  mov al, 3
  out dx, al
  mov dx, 0x3f8
  mov al, '>'
  out dx, al
.again: mov dx, 0x3fd
  in al, dx
  test al, 1
  jz .again
  mov dx, 0x3f8
  in al, dx
  out dx, al
  cmp al, '.'
  jne .again
  mov al, 1
  out 0xf4, al
  hlt
`;

export class TestHost implements Host {
  readonly files: Record<string, Uint8Array>;
  readonly output = new Map<StreamId, string>();
  readonly log: string[] = [];
  readonly messages: string[] = [];
  /** Waits that the machine asked for, in milliseconds. */
  readonly waits: number[] = [];
  /** Moves on by itself a little with every look, so that slices take time; waits move it as far as they ask. */
  nowNs = 0;
  lookNs = 100_000;
  unixMs = 1_790_000_000_000;
  turns = 0;
  onOutput: (stream: StreamId) => void = () => {};
  /** Called when the machine waits without end. */
  onIdle: () => void = () => {};

  constructor(files: Record<string, Uint8Array> = {}) {
    this.files = files;
  }

  async readCore(): Promise<Uint8Array<ArrayBuffer>> {
    return new Uint8Array(await readFile(CORE));
  }

  async readFile(name: string): Promise<Uint8Array> {
    const bytes = this.files[name];
    if (bytes === undefined) throw new HostError(`${name} is not there.`);
    return bytes;
  }

  openStream(stream: StreamId): Output {
    this.output.set(stream, '');
    return (bytes) => {
      this.output.set(stream, (this.output.get(stream) ?? '') + String.fromCharCode(...bytes));
      this.onOutput(stream);
    };
  }

  openLog(): (line: string) => void {
    return (line) => this.log.push(line);
  }

  monotonicNs(): number {
    this.nowNs += this.lookNs;
    return this.nowNs;
  }

  wallClock(): WallClock {
    return { unixMs: this.unixMs, offsetMinutes: 0 };
  }

  randomSeed(): number {
    return 1;
  }

  yieldTurn(): Promise<void> {
    this.turns += 1;
    return new Promise((resolve) => setImmediate(resolve));
  }

  wait(milliseconds: number): Wait {
    this.waits.push(milliseconds);
    let wake = (): void => {};
    const done = new Promise<void>((resolve) => {
      wake = resolve;
    });
    if (milliseconds === Infinity) setImmediate(() => this.onIdle());
    else {
      this.nowNs += milliseconds * 1e6;
      setImmediate(wake);
    }
    return { done, cancel: wake };
  }

  get serial(): string {
    return this.output.get('serial0') ?? '';
  }
}

export interface Run {
  readonly machine: Machine;
  readonly host: TestHost;
  /** Resolves when the machine ends. */
  readonly ended: Promise<MachineExit>;
}

/** `image` is given to the flag -bios or -kernel. */
export async function makeMachine(
  flag: '-bios' | '-kernel',
  image: Uint8Array,
  flags: readonly string[] = [],
  host = new TestHost(),
): Promise<Run> {
  host.files.image = image;
  let end: (exit: MachineExit) => void = () => {};
  const ended = new Promise<MachineExit>((resolve) => {
    end = resolve;
  });
  const machine = await createMachine(
    ['-m', '4', flag, 'image', '-device', 'isa-debug-exit,iobase=0xf4', ...flags],
    host,
    {
      exit: end,
      message: (text) => host.messages.push(text),
    },
  );
  return { machine, host, ended };
}

export async function runToEnd(
  flag: '-bios' | '-kernel',
  image: Uint8Array,
  flags: readonly string[] = [],
  host = new TestHost(),
): Promise<Run & { exit: MachineExit }> {
  const run = await makeMachine(flag, image, flags, host);
  run.machine.resume();
  return { ...run, exit: await run.ended };
}

/** Runs until the guest waits with nothing to wake it. */
export async function runToIdle(run: Run): Promise<void> {
  const idle = new Promise<void>((resolve) => {
    run.host.onIdle = resolve;
  });
  run.machine.resume();
  await idle;
}
