/**
 * npx tsx tests/silicon/on-silicon.ts [--file F] [--template T] [-v]: the recorded cases once more, on the CPU underneath.
 *
 * Cases recorded on this very model must come out equal, or the recording is not a function of the case. On another
 * CPU, what differs beyond the masks is what CPU designs disagree about, and no emulator can get right for both.
 */
import { parseArgs } from 'node:util';
import { compileRecorder, runOnSilicon } from '../../recorder/silicon.ts';
import type { Patch, WireOutput } from '../../recorder/wire.ts';
import type { MappedRegion } from './address-space.ts';
import { sources, type CaseSource } from './case-sources.ts';
import { compare, type MemoryView } from './compare.ts';
import { report, type Failure } from './harness.ts';
import { explain } from './explain.ts';
import type { ReplayCase } from './replay-case.ts';

const BATCH = 4000;

function memoryAfter(source: CaseSource, patches: readonly Patch[]): MemoryView {
  return {
    regions: source.tables.regions,
    contents: (region: MappedRegion) => {
      const bytes = region.bytes.slice();
      for (const p of patches) {
        const start = Math.max(p.address, region.address);
        const end = Math.min(p.address + p.bytes.length, region.address + region.size);
        if (start < end) bytes.set(p.bytes.subarray(start - p.address, end - p.address), start - region.address);
      }
      return bytes;
    },
  };
}

/** A patch cut to the mapped pages. */
function clip(source: CaseSource, p: Patch): Patch[] {
  const region = source.tables.regions.find((r) => p.address >= r.address && p.address < r.address + r.size);
  if (!region) return [];
  const room = region.address + region.size - p.address;
  const next: Patch = { address: p.address + room, bytes: p.bytes.subarray(room) };
  return p.bytes.length <= room ? [p] : [{ ...p, bytes: p.bytes.subarray(0, room) }, ...clip(source, next)];
}

function check(source: CaseSource, program: string, accept: (c: ReplayCase) => boolean): void {
  const cases = source.cases.filter(accept);
  const failures: Failure[] = [];
  for (let at = 0; at < cases.length; at += BATCH) {
    const batch = cases.slice(at, at + BATCH);
    const inputs = batch.map((c) => ({
      long: c.bits === 64,
      state: c.before,
      patches: c.memory.flatMap((p) => clip(source, p)),
    }));
    const outputs = runOnSilicon(program, source.tables, inputs);
    batch.forEach((c, n) => {
      const out = outputs[n] as WireOutput;
      const outcome = { ...out, exit: 'exception' };
      const mismatches = compare(c, outcome, memoryAfter(source, [...c.memory, ...out.changes]));
      if (mismatches.length > 0) failures.push({ case: c, mismatches, outcome });
    });
  }
  console.log(
    report({
      name: source.name,
      replayed: cases.length,
      compiled: 0,
      checked: 0,
      failures,
      waiting: new Map(),
      different: new Map(),
    }),
  );
  if (verbose) for (const f of failures.slice(0, 20)) console.log(`\n${explain(f)}`);
}

const { values } = parseArgs({
  options: { file: { type: 'string' }, template: { type: 'string' }, verbose: { type: 'boolean', short: 'v' } },
});
const verbose = values.verbose ?? false;
const template = new RegExp(values.template ?? '');
const program = compileRecorder();
for (const source of sources(values.file)) check(source, program, (c) => template.test(c.form));
