// npm run bench: the same guests on Vitrine, v86 and QEMU, one after another in one run, with tables of times and ratios.
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureCli } from '../scripts/build-cli.mjs';
import { buildSite } from '../scripts/build-site.mjs';
import { makeGuests } from '../scripts/make-guests.mjs';
import { ROOT } from '../scripts/set-up.mjs';
import { LOADS, type LoadName, type Options, type Sample } from './loads.ts';
import { DidNotFinish, type Time } from './measure.ts';
import { medianTime, tables, type Result, type Section } from './report.ts';
import { SUBJECTS, Unavailable, type Subject } from './subjects.ts';
import { WORKLOADS } from './workloads.ts';

const HELP = `usage: npm run bench -- [--only LOAD,LOAD] [--workloads NAME,NAME] [--subjects ID,ID] [--repeats N] [--scale N]
                          [--time wall|user] [--limit SECONDS] [--json FILE]

Runs the same guests on several machines, one after another, and prints how long each took, by the host's clock.

${Object.entries(LOADS)
  .map(([name, { description }]) => `  ${name.padEnd(16)} ${description}`)
  .join('\n')}

  --only       which of these, in this order (default: all)
  --workloads  which of the workloads: ${WORKLOADS.map(({ name }) => name).join(', ')}
  --subjects   which machines: ${SUBJECTS.map(({ id }) => id).join(', ')} (default: all that are there)
  --repeats N  each machine runs N times, the machines in turn; the median counts (default: 1)
  --scale N    an Nth of the work of kernels and workloads, for a quick look
  --time       what the tables show: wall clock, or processor time in user mode of the machine's process, all its threads, in
               steps of 10 ms; it is steadier on a busy computer, but counts compilers that run beside the guest (default: wall)
  --limit      seconds that one run may take (default: 1800)
  --json FILE  where the figures go, both kinds of time (default: build/reports/bench.json)

Subjects whose name ends in chromium run in a page of headless Chromium, from the moment when the page stands ready; the others
in processes of their own, from their start. Ratios are taken within each of these groups.

A machine that is not installed, or does not finish, has a dash; the reason stands under the table. Workloads whose output is not
the same on all machines are named there too. Ratios below 1 mean that Vitrine is faster; the mean is the geometric one.
Leave the computer alone meanwhile: two runs at once make both wrong.
`;

function readOptions() {
  return parseArgs({
    options: {
      help: { type: 'boolean' },
      only: { type: 'string', default: Object.keys(LOADS).join(',') },
      workloads: { type: 'string' },
      subjects: { type: 'string' },
      repeats: { type: 'string', default: '1' },
      scale: { type: 'string', default: '1' },
      time: { type: 'string', default: 'wall' },
      limit: { type: 'string', default: '1800' },
      json: { type: 'string', default: join(ROOT, 'build/reports/bench.json') },
    },
  }).values;
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

/** Runs one load on every machine in turn, as often as wanted. */
async function measure(
  name: LoadName,
  subjects: readonly Subject[],
  options: Options,
  repeats: number,
): Promise<Section> {
  const load = LOADS[name];
  const prepared = load.prepare(options);
  const samples = new Map<string, Map<string, Sample[]>>();
  const failed = new Set<Subject>();
  const able = subjects.filter(({ has64 }) => has64 || load.architecture === 'i386');
  for (let round = 0; prepared && round < repeats; round++) {
    for (const subject of able.filter((each) => !failed.has(each))) {
      console.error(`bench: ${name}, ${subject.title}, ${round + 1} of ${repeats} ...`);
      try {
        await prepared(subject, (row, sample) => {
          const bySubject = samples.get(row) ?? new Map<string, Sample[]>();
          samples.set(row, bySubject);
          bySubject.set(subject.id, [...(bySubject.get(subject.id) ?? []), sample]);
        });
      } catch (error) {
        if (!(error instanceof Unavailable || error instanceof DidNotFinish)) throw error;
        failed.add(subject);
        options.notes.push(`${name}, ${subject.title}: ${error.message}.`);
      }
    }
  }
  const rows = [...samples].map(([row, bySubject]) => {
    const outputs = new Set([...bySubject.values()].flat().map(({ output }) => output));
    if (outputs.size > 1) options.notes.push(`${name}, ${row}: the machines do not print the same.`);
    const times = [...bySubject].map(([id, list]): [string, Time] => [id, medianTime(list.map(({ time }) => time))]);
    return { name: row, times: new Map(times) };
  });
  return { title: name, rows, hasMeans: load.hasMeans };
}

async function main(): Promise<void> {
  const options = readOptions();
  const names = options.only.split(',');
  const isLoad = (name: string): name is LoadName => name in LOADS;
  const wrong = [
    ...names.filter((name) => !isLoad(name)),
    ...(options.time === 'wall' || options.time === 'user' ? [] : [options.time]),
  ];
  if (options.help || wrong.length > 0) {
    console.log(wrong.length > 0 ? `bench: there is no ${wrong.join(', ')}.\n\n${HELP}` : HELP);
    process.exitCode = wrong.length > 0 ? 2 : 0;
    return;
  }
  const notes: string[] = [];
  await ensureCli();
  await makeGuests();
  const versions = available(options.subjects, notes);
  const subjects = [...versions.keys()];
  if (subjects.some(({ id }) => id === 'vitrine-chromium')) await buildSite();
  const wanted = options.workloads?.split(',');
  const settings: Options = {
    scale: Number(options.scale),
    limit: Number(options.limit) * 1000,
    workloads: WORKLOADS.filter(({ name }) => wanted === undefined || wanted.includes(name)),
    notes,
  };
  if (settings.scale !== 1) notes.push(`Kernels and workloads do 1/${settings.scale} of their work.`);
  const sections: Section[] = [];
  for (const name of names.filter(isLoad)) {
    sections.push(await measure(name, subjects, settings, Number(options.repeats)));
  }
  const result: Result = {
    machine: `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.versions.node}`,
    subjects: subjects.map((subject) => ({
      id: subject.id,
      title: subject.title,
      version: versions.get(subject) ?? '',
    })),
    sections,
    notes,
  };
  console.log(tables(result, options.time === 'user' ? 'user' : 'wall'));
  mkdirSync(join(options.json, '..'), { recursive: true });
  const plain = sections.map((section) => ({
    ...section,
    rows: section.rows.map(({ name, times }) => ({ name, milliseconds: Object.fromEntries(times) })),
  }));
  const arguments_ = process.argv.slice(2);
  writeFileSync(options.json, `${JSON.stringify({ ...result, arguments: arguments_, sections: plain }, null, 2)}\n`);
}

await main();
