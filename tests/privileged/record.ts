// npx tsx tests/privileged/record.ts [NAME...]: runs the guests in Bochs and QEMU and writes expected/NAME.txt. The '#' lines of a recording
// say which machines print it and where one of them does not, with the reason (differences.ts).
// A difference without a reason ends the run.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { DIFFERENCES, type Difference, type MachineName } from './differences.ts';
import { assembleGuest, FOLDER, guestNames, plainLines } from './guests.ts';
import { runBochs, runQemu } from './machines.ts';

const WIDTH = 140;
const PACKAGES = ['bochs', 'bochs-term', 'vgabios', 'qemu-system-x86', 'bsdutils'];

interface Recording {
  readonly machine: MachineName;
  readonly version: string;
  readonly lines: readonly string[];
}

function output(command: string, args: readonly string[]): string {
  const { stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  return `${stdout ?? ''}${stderr ?? ''}`;
}

function versions(): Record<MachineName, string> {
  const installed = () => ({
    Bochs: /Bochs x86 Emulator ([\d.]+)/.exec(output('bochs', ['-h']))?.[1] ?? '',
    QEMU: /version ([\d.]+)/.exec(output('qemu-system-i386', ['--version']))?.[1] ?? '',
  });
  const found = installed();
  if (found.Bochs && found.QEMU) return found;
  spawnSync('apt-get', ['install', '-y', '--no-install-recommends', ...PACKAGES], { stdio: 'inherit' });
  const now = installed();
  if (!now.Bochs || !now.QEMU) throw new Error(`Bochs and QEMU are needed: install ${PACKAGES.join(', ')}`);
  return now;
}

/** The lines that are right, and how many of them each entry decided. */
function decide(guest: string, first: Recording, second: Recording) {
  const known = DIFFERENCES[guest] ?? [];
  const used = new Map<Difference, number>();
  const lines: string[] = [];
  let ended: Difference | undefined;
  for (let n = 0; n < Math.max(first.lines.length, second.lines.length); n++) {
    const a = ended?.machine === first.machine ? second.lines[n] : first.lines[n];
    const b = ended?.machine === second.machine ? first.lines[n] : second.lines[n];
    if (ended && a === undefined) break;
    const named = (entry: Difference) => entry.lines.some((start) => a?.startsWith(start) || b?.startsWith(start));
    const difference = known.find((entry) => named(entry) && (a !== b || entry.text !== undefined));
    if (ended) used.set(ended, (used.get(ended) ?? 0) + 1);
    if (!difference) {
      if (a === b && a !== undefined) lines.push(a);
      else throw new Error(`${guest}, line ${n + 1}: ${first.machine} "${a}", ${second.machine} "${b}"`);
      continue;
    }
    if (difference.toTheEnd) ended = difference;
    used.set(difference, (used.get(difference) ?? 0) + 1);
    const line = difference.text ?? (difference.machine === first.machine ? b : a);
    if (line === undefined) throw new Error(`${guest}, line ${n + 1}: both have ended before`);
    lines.push(line);
  }
  const stale = known.find((entry) => !used.has(entry));
  if (stale) throw new Error(`${guest}: no difference at "${stale.lines.join('", "')}"`);
  return { lines, used };
}

function wrap(text: string): string[] {
  const lines = ['#'];
  for (const word of text.split(' ')) {
    const line = `${lines.at(-1)} ${word}`;
    if (line.length <= WIDTH) lines[lines.length - 1] = line;
    else lines.push(`#   ${word}`);
  }
  return lines;
}

function head(recordings: readonly Recording[], used: ReadonlyMap<Difference, number>): string[] {
  const machines = recordings.map(({ machine, version }) => `${machine} ${version}`).join(' and ');
  if (used.size === 0) return wrap(`${machines} print the same.`);
  const entries = [...used].flatMap(([{ machine, lines, toTheEnd, reason, text }, count]) => {
    const where = lines.map((line) => `"${line.trim()}..."`).join(', ');
    const how = text === undefined ? `not ${machine}` : `neither machine`;
    const many = `${count} ${count === 1 ? 'line' : 'lines'}`;
    return wrap(`- ${how}, ${many}, ${toTheEnd ? 'to the end from ' : ''}${where}: ${reason}.`);
  });
  return [...wrap(`${machines} print the same, except:`), ...entries];
}

const wanted = process.argv.slice(2);
const version = versions();
for (const guest of wanted.length > 0 ? wanted : guestNames()) {
  const bytes = assembleGuest(guest);
  const bits = guest.startsWith('long') ? 64 : 32;
  const bochs: Recording = { machine: 'Bochs', version: version.Bochs, lines: plainLines(runBochs(bytes, bits)) };
  const qemu: Recording = { machine: 'QEMU', version: version.QEMU, lines: plainLines(runQemu(bytes, bits)) };
  const { lines, used } = decide(guest, bochs, qemu);
  if (lines.at(-1) !== 'end') throw new Error(`${guest} has not come to its end`);
  writeFileSync(`${FOLDER}expected/${guest}.txt`, [...head([bochs, qemu], used), ...lines, ''].join('\n'));
  console.log(
    `${guest}: ${lines.length} lines, ${[...used.values()].reduce((sum, n) => sum + n, 0)} of them decided by the manual`,
  );
}
