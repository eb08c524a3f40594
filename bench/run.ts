// npm run bench: the same guests on Vitrine, v86 and QEMU, one after another in one run, with a table of times and ratios.
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { findGuest, GUESTS } from '../guests/manifest.ts';
import { assembleFile } from '../guests/rom.ts';
import { ensureCli } from '../scripts/build-cli.mjs';
import { readRows } from '../scripts/generate/read-rows.ts';
import { makeGuests } from '../scripts/make-guests.mjs';
import { ROOT } from '../scripts/set-up.mjs';
import { DidNotFinish, timeBetweenLetters, timeUntil } from './measure.ts';
import { table, type Result, type Row } from './report.ts';
import { SUBJECTS, Unavailable, type Load, type Subject } from './subjects.ts';

const HELP = `usage: npm run bench -- [--only boot|kernels] [--subjects ID,ID] [--scale N] [--limit SECONDS] [--json FILE]

Runs the same guests on several machines, one after another, and prints how long each took.

  boot     from the start of the process to the shell's prompt on the serial line, Debian's 32-bit kernel and our initramfs
  kernels  small loops in bench/kernels.asm, each timed by a letter at its start and its end

  --subjects   which machines: ${SUBJECTS.map(({ id }) => id).join(', ')} (default: all that are there)
  --scale N    an Nth of the kernels' work, for a quick look
  --limit      seconds that one run may take (default: 600)
  --json FILE  where the figures go as well (default: build/reports/bench.json)

A machine that is not installed, or does not finish, has a dash; the reason stands under the table. Ratios compare with the first machine.
Leave the computer alone meanwhile: two runs at once make both wrong.
`;

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
const KERNEL_MEMORY = 64;

function readOptions() {
  return parseArgs({
    options: {
      help: { type: 'boolean' },
      only: { type: 'string' },
      subjects: { type: 'string' },
      scale: { type: 'string', default: '1' },
      limit: { type: 'string', default: '600' },
      json: { type: 'string', default: join(ROOT, 'build/reports/bench.json') },
    },
  }).values;
}

/** Runs the measurement; what keeps a machine from it becomes a note. */
async function attempt(subject: Subject, notes: string[], measure: () => Promise<void>): Promise<void> {
  console.error(`bench: ${subject.title} ...`);
  try {
    await measure();
  } catch (error) {
    if (!(error instanceof Unavailable || error instanceof DidNotFinish)) throw error;
    notes.push(`${subject.title}: ${error.message}.`);
  }
}

async function measureBoot(subjects: readonly Subject[], limit: number, notes: string[]): Promise<Row[]> {
  await makeGuests();
  const guest = findGuest('linux-i386');
  if (!guest) {
    notes.push('boot: the Linux guest could not be made.');
    return [];
  }
  const path = (flag: string): string => join(GUESTS, guest.files.find((file) => file.flag === flag)?.path ?? '');
  const append = guest.args[guest.args.indexOf('-append') + 1] ?? '';
  const load: Load = { memory: BOOT_MEMORY, kernel: path('-kernel'), initrd: path('-initrd'), append };
  const times = new Map<string, number>();
  for (const subject of subjects) {
    await attempt(subject, notes, async () => {
      times.set(subject.id, await timeUntil(subject.command(load), guest.prompt, limit));
    });
  }
  return [{ name: 'boot to the prompt', times }];
}

async function measureKernels(
  subjects: readonly Subject[],
  scale: string,
  limit: number,
  notes: string[],
): Promise<Row[]> {
  const hasSse = readRows().some(({ mnemonic }) => mnemonic === 'MULPD');
  const rom = assembleFile(join(ROOT, 'bench/kernels.asm'), { S: scale, ...(hasSse ? { SSE: '' } : {}) });
  const bios = join(ROOT, 'build/bench/kernels.rom');
  mkdirSync(join(ROOT, 'build/bench'), { recursive: true });
  writeFileSync(bios, rom.bytes);
  const rows = Object.entries(KERNELS).map(([letter, name]) => ({
    letter,
    name: `${letter} ${name}`,
    times: new Map<string, number>(),
  }));
  for (const subject of subjects) {
    await attempt(subject, notes, async () => {
      const times = await timeBetweenLetters(subject.command({ memory: KERNEL_MEMORY, bios }), limit);
      for (const row of rows) {
        const time = times.get(row.letter);
        if (time !== undefined) row.times.set(subject.id, time);
      }
    });
  }
  return rows.filter(({ times }) => times.size > 0);
}

/** The machines that are here, with their versions. */
function available(wanted: string | undefined, notes: string[]): Map<Subject, string> {
  const ids = wanted?.split(',');
  const found = new Map<Subject, string>();
  for (const subject of SUBJECTS.filter(({ id }) => ids === undefined || ids.includes(id))) {
    try {
      found.set(subject, subject.version());
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      notes.push(`${subject.title}: ${error.message}.`);
    }
  }
  return found;
}

async function main(): Promise<void> {
  const options = readOptions();
  if (options.help) {
    console.log(HELP);
    return;
  }
  const notes: string[] = [];
  await ensureCli();
  const versions = available(options.subjects, notes);
  const subjects = [...versions.keys()];
  const limit = Number(options.limit) * 1000;
  const rows: Row[] = [];
  if (options.only !== 'kernels') rows.push(...(await measureBoot(subjects, limit, notes)));
  if (options.only !== 'boot') rows.push(...(await measureKernels(subjects, options.scale, limit, notes)));
  const result: Result = {
    machine: `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.versions.node}`,
    scale: Number(options.scale),
    subjects: subjects.map((subject) => ({
      id: subject.id,
      title: subject.title,
      version: versions.get(subject) ?? '',
    })),
    rows,
    notes,
  };
  console.log(table(result));
  mkdirSync(join(options.json, '..'), { recursive: true });
  const plain = rows.map(({ name, times }) => ({ name, milliseconds: Object.fromEntries(times) }));
  writeFileSync(options.json, `${JSON.stringify({ ...result, rows: plain }, null, 2)}\n`);
}

await main();
