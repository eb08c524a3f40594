// npx tsx bench/memory.ts [GUEST ...]: what the command takes of the host's memory beside the guest's RAM, once each guest has booted.
// Of the guest's RAM only what it has touched is resident; /proc/PID/pagemap tells which pages those are. Linux only.
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { MEMORY_RAM_BASE } from '../assembly/shared/memory-map.ts';
import { ensureCli } from '../scripts/build-cli.mjs';
import { makeGuests } from '../scripts/make-guests.mjs';
import { ROOT } from '../scripts/set-up.mjs';
import { GUESTS, readGuests, type Guest } from '../guests/manifest.ts';

const MB = 2 ** 20;
const PAGE = 4096;
/** An entry of pagemap is a u64 with this bit for a page that is in memory. */
const PRESENT = 1n << 63n;
const BOOT_LIMIT = 600_000;
/** What was only used to boot may go meanwhile. */
const SETTLE = 3000;

/** Bytes of [start, start + size) that are in memory. */
function resident(pid: number, start: bigint, size: number): number {
  const file = openSync(`/proc/${pid}/pagemap`, 'r');
  const entries = Buffer.alloc((size / PAGE) * 8);
  const read = readSync(file, entries, 0, entries.length, (start / BigInt(PAGE)) * 8n);
  closeSync(file);
  let pages = 0;
  for (let at = 0; at < read; at += 8) if ((entries.readBigUInt64LE(at) & PRESENT) !== 0n) pages++;
  return pages * PAGE;
}

/** Where the core's linear memory is: the mapping of just its size. */
function linearMemory(pid: number, size: number): bigint {
  const line = readFileSync(`/proc/${pid}/maps`, 'utf8')
    .split('\n')
    .map((text) => /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(text))
    .find((match) => match !== null && Number(BigInt(`0x${match[2]}`) - BigInt(`0x${match[1]}`)) === size);
  if (!line) throw new Error(`no mapping of ${size} bytes in process ${pid}`);
  return BigInt(`0x${line[1]}`);
}

/** A line of /proc/PID/status, in bytes. */
function status(pid: number, name: string): number {
  const match = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(match?.[1]) * 1024;
}

async function measure(guest: Guest): Promise<readonly string[]> {
  const files = guest.files.flatMap(({ flag, path }) => [flag, join(GUESTS, path)]);
  const flags = ['-m', String(guest.memory), ...files, ...guest.args];
  const child = spawn(process.execPath, [join(ROOT, 'dist-cli/vitrine.mjs'), ...flags], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const pid = child.pid ?? 0;
  try {
    let output = '';
    await Promise.race([
      new Promise<void>((resolve) => {
        child.stdout.on('data', (chunk: Buffer) => {
          output += chunk.toString('latin1');
          if (output.includes(guest.prompt)) resolve();
        });
      }),
      delay(BOOT_LIMIT, undefined, { ref: false }).then(() => Promise.reject(new Error(`${guest.id} did not boot`))),
    ]);
    await delay(SETTLE);
    const ram = guest.memory * MB;
    const start = linearMemory(pid, MEMORY_RAM_BASE + ram);
    const touched = resident(pid, start + BigInt(MEMORY_RAM_BASE), ram);
    const tables = resident(pid, start, MEMORY_RAM_BASE);
    const whole = status(pid, 'VmRSS');
    const program = status(pid, 'RssFile');
    const figures = [ram, whole, touched, whole - touched, tables, program, whole - touched - tables - program];
    return [guest.id, ...figures.map((bytes) => (bytes / MB).toFixed(0))];
  } finally {
    child.kill('SIGKILL');
  }
}

const wanted = process.argv.slice(2);
await ensureCli();
await makeGuests();
const guests = readGuests().filter(({ id }) => wanted.length === 0 || wanted.includes(id));
const header = [
  'MB after boot',
  '-m',
  'RSS',
  'guest RAM',
  'beside it',
  "the core's tables",
  "Node's program",
  'heap, code',
];
const rows: (readonly string[])[] = [];
for (const guest of guests) rows.push(await measure(guest));
for (const cells of [header, header.map((_, index) => (index === 0 ? '---' : '---:')), ...rows])
  console.log(`| ${cells.join(' | ')} |`);
