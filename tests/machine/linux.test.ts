// Debian's own kernel, booted to its shell twice: typed at once, then given back from the recording. Both runs must be the
// same, instruction for instruction.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import type { InputEvent, StreamEvent } from '../../devices/machine/input-log.ts';
import { createMachine } from '../../devices/machine/machine.ts';
import type { MachineExit } from '../../devices/machine/protocol.ts';
import { TestHost } from './test-machine.ts';

const GUESTS = fileURLToPath(new URL('../../build/guests/', import.meta.url));

interface Guest {
  readonly id: string;
  readonly prompt: string;
  readonly files: readonly { readonly flag: string; readonly path: string }[];
}

function linuxGuest(): Guest {
  if (!existsSync(`${GUESTS}manifest.json`))
    throw new Error('The Linux guest is not there: make it with "npm run build:guests".');
  const { guests } = JSON.parse(readFileSync(`${GUESTS}manifest.json`, 'utf8')) as { guests: Guest[] };
  const guest = guests.find(({ id }) => id === 'linux-i386');
  if (guest === undefined)
    throw new Error('The manifest of guests has no linux-i386: make it with "npm run build:guests".');
  return guest;
}

interface Boot {
  readonly exit: MachineExit;
  readonly output: string;
  readonly events: readonly InputEvent[];
  readonly instructions: number;
  readonly hash: string;
}

/** `recorded`: what to type, and where; null: types at the prompt, whenever that comes. */
async function boot(recorded: readonly StreamEvent[] | null): Promise<Boot> {
  const guest = linuxGuest();
  const host = new TestHost(
    Object.fromEntries(guest.files.map(({ flag, path }) => [flag, new Uint8Array(readFileSync(GUESTS + path))])),
  );
  // Turns of both runs are cut at other places.
  host.lookNs = recorded === null ? 500_000 : 200_000;
  let end: (exit: MachineExit) => void = () => {};
  const ended = new Promise<MachineExit>((resolve) => {
    end = resolve;
  });
  const machine = await createMachine(
    [
      '-m',
      '64',
      ...guest.files.flatMap(({ flag }) => [flag, flag]),
      '-append',
      'console=ttyS0',
      '-icount',
      'shift=3,sleep=off',
      '-rtc',
      'base=2026-01-31',
      '-no-reboot',
    ],
    host,
    { exit: end },
  );
  const events: InputEvent[] = [];
  machine.inputLog = (event) => events.push(event);
  if (recorded !== null) machine.schedule(recorded);
  else {
    const lines = ['echo $((6*7))\r', 'poweroff\r'];
    host.onOutput = () => {
      if (!host.serial.endsWith(guest.prompt) && !host.serial.endsWith(`${guest.prompt}\x1b[6n`)) return;
      const line = lines.shift();
      if (line !== undefined) machine.input('serial0', new TextEncoder().encode(line));
    };
  }
  machine.resume();
  const exit = await ended;
  return { exit, output: host.serial, events, instructions: machine.status().instructions, hash: machine.stateHash() };
}

it('boots to a shell, counts, powers off, and does all of it again', async () => {
  const first = await boot(null);
  expect(first.exit).toMatchObject({ kind: 'poweroff', code: 0 });
  expect(first.output).toMatch(/\r\n42\r\n/u);
  const typed = first.events.filter((event) => event.kind === 'stream');
  expect(typed).toHaveLength(2);
  const second = await boot(typed);
  expect(second.instructions).toBe(first.instructions);
  expect(second.output).toBe(first.output);
  expect(second.events).toEqual(first.events);
  expect(second.hash).toBe(first.hash);
});
