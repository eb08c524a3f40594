// npx tsx bench/soak.ts [--minutes N] [--architecture i386|amd64] [--every SECONDS]: the workloads, small, in rounds without end, so that
// programs start and end and their code comes and goes. Prints what compiled code and the host's memory amount to, and in the
// end whether they level off: compared are the highest figures of the last two thirds of the time. The first has the boot in it.
import { parseArgs } from 'node:util';
import { setTimeout as delay } from 'node:timers/promises';
import { NodeHost } from '../devices/cli/host-node.ts';
import type { Output } from '../devices/machine/host.ts';
import { createMachine, type Machine } from '../devices/machine/machine.ts';
import { ensureCli } from '../scripts/build-cli.mjs';
import { makeGuests } from '../scripts/make-guests.mjs';
import type { Architecture } from './build-workloads.ts';
import { linux, loadOf, WORKLOAD_MEMORY } from './loads.ts';
import { END, INIT, makeInitrd, WORKLOADS } from './workloads.ts';

/** Counts of the workloads are divided by this, so that a round takes half a minute or so. */
const SCALE = 40;
const MB = 2 ** 20;
/** What one third may have more than the one before. */
const TOLERANCE = 1.05;

const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    architecture: { type: 'string', default: 'i386' },
    every: { type: 'string', default: '10' },
  },
});

class SoakHost extends NodeHost {
  rounds = 0;
  #line = '';

  override openStream(): Output {
    return (bytes) => {
      const lines = (this.#line + Buffer.from(bytes).toString('latin1')).split(/\r?\n/);
      this.#line = lines.pop() ?? '';
      this.rounds += lines.filter((line) => line === END).length;
    };
  }
}

type Sample = Readonly<Record<string, number>>;

function sample(machine: Machine, host: SoakHost, start: number): Sample {
  const { modules, functions, tableSize, bytes } = machine.compiler;
  const { rss, heapUsed, external } = process.memoryUsage();
  const { instructions } = machine.status();
  return {
    minutes: (performance.now() - start) / 60_000,
    rounds: host.rounds,
    'instructions, G': instructions / 1e9,
    modules,
    functions,
    table: tableSize,
    'wasm, MB': bytes / MB,
    'RSS, MB': rss / MB,
    'JS heap, MB': heapUsed / MB,
    'external, MB': external / MB,
  };
}

const format = (value: number): string => value.toFixed(Number.isInteger(value) ? 0 : 1);

const FIGURES = ['modules', 'functions', 'table', 'wasm, MB', 'RSS, MB', 'JS heap, MB', 'external, MB'];

/** What the figures do, in words. */
function verdict(samples: readonly Sample[]): { readonly words: string; readonly isGood: boolean } {
  const third = Math.floor(samples.length / 3);
  if (third < 3) return { words: 'Too short: it takes nine samples to compare.', isGood: false };
  const thirds = [0, 1, 2].map((n) =>
    samples.slice(samples.length - (3 - n) * third, samples.length - (2 - n) * third),
  );
  const most = (n: number, name: string): number => Math.max(...(thirds[n] ?? []).map((each) => each[name] ?? 0));
  const growing = FIGURES.flatMap((name) => {
    const ratio = most(2, name) / most(1, name);
    return ratio > TOLERANCE ? [`${name} by ${((ratio - 1) * 100).toFixed(0)} %`] : [];
  });
  const peaks = [0, 1, 2].map((n) => most(n, 'RSS, MB').toFixed(0)).join(', ');
  const grown = growing.length === 0 ? 'All figures level off' : `Still growing: ${growing.join(', ')}`;
  return { words: `${grown}. Highest RSS of each third, MB: ${peaks}.`, isGood: growing.length === 0 };
}

async function main(): Promise<void> {
  const architecture: Architecture = options.architecture === 'amd64' ? 'amd64' : 'i386';
  const notes: string[] = [];
  await ensureCli();
  await makeGuests();
  const guest = linux(architecture, notes);
  if (!guest) throw new Error(notes.join(' '));
  const load = loadOf(guest, architecture, WORKLOAD_MEMORY);
  const initrd = makeInitrd(architecture, load.initrd, WORKLOADS, SCALE, notes, true);
  const append = `${load.append} rdinit=${INIT}`;
  const flags = ['-m', String(load.memory), '-kernel', load.kernel ?? '', '-initrd', initrd, '-append', append];
  const host = new SoakHost(process.stdout, process.stderr);
  const machine = await createMachine(flags, host, { exit: ({ words }) => console.log(words) });
  for (const note of notes) console.log(note);
  const start = performance.now();
  const samples: Sample[] = [];
  machine.resume();
  while (performance.now() - start < Number(options.minutes) * 60_000 && machine.state !== 'stopped') {
    await delay(Number(options.every) * 1000);
    const now = sample(machine, host, start);
    if (samples.length === 0) console.log(Object.keys(now).join(' | '));
    samples.push(now);
    console.log(Object.values(now).map(format).join(' | '));
  }
  const { words, isGood } = verdict(samples);
  console.log(words);
  machine.quit();
  process.exitCode = isGood ? 0 : 1;
}

await main();
