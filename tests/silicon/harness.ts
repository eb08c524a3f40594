/** Replays the cases of a source on the core and groups what differs. */
import { compare } from './compare.ts';
import { hasFeature } from './core.ts';
import { createMachine } from './machines.ts';
import { featuresOf, type Mismatch, type ReplayCase } from './replay-case.ts';
import type { CaseSource } from './case-sources.ts';
import type { Outcome } from './case-machine.ts';
import { vendorDifference } from './vendor-differences.ts';

export interface Failure {
  readonly case: ReplayCase;
  readonly mismatches: readonly Mismatch[];
  readonly outcome: Outcome;
}

export interface ReplayResult {
  readonly name: string;
  readonly replayed: number;
  /** Instructions that compiled code has run. */
  readonly compiled: number;
  /** And of these, instructions that the interpreter did again. */
  readonly checked: number;
  readonly failures: readonly Failure[];
  /** Cases left out, by the feature that CPUID does not advertise. */
  readonly waiting: ReadonlyMap<string, number>;
  /** Cases left out, by the vendor's difference. */
  readonly different: ReadonlyMap<string, number>;
}

export interface ReplayOptions {
  readonly accept?: (c: ReplayCase) => boolean;
  /** Stop after so many. */
  readonly limit?: number;
}

export function replay(source: CaseSource, options: ReplayOptions = {}): ReplayResult {
  let machine = createMachine(source.tables);
  const failures: Failure[] = [];
  const waiting = new Map<string, number>();
  const different = new Map<string, number>();
  let replayed = 0;
  let compiled = 0;
  let checked = 0;
  for (const c of source.cases) {
    if (options.accept && !options.accept(c)) continue;
    const missing = featuresOf(c).find((f) => !hasFeature(machine.core, f));
    const difference = vendorDifference(c)?.id;
    const [list, key] = missing === undefined ? [different, difference] : [waiting, missing];
    if (key !== undefined) {
      list.set(key, (list.get(key) ?? 0) + 1);
      continue;
    }
    if (replayed >= (options.limit ?? Infinity)) break;
    replayed++;
    const outcome = machine.run(c.before, c.memory);
    const mismatches = compare(c, outcome, machine.space);
    if (mismatches.length > 0) failures.push({ case: c, mismatches, outcome });
    if (outcome.vector >= 0) continue;
    // It is somewhere, but not in a handler.
    compiled += machine.core.exports.compiledCount(machine.core.cpu);
    checked += machine.core.exports.lockstepCount();
    machine = createMachine(source.tables);
  }
  compiled += machine.core.exports.compiledCount(machine.core.cpu);
  checked += machine.core.exports.lockstepCount();
  return { name: source.name, replayed, compiled, checked, failures, waiting, different };
}

/** Cases of a file, replayed or not. */
export function total(result: ReplayResult): number {
  const left = [...result.waiting.values(), ...result.different.values()];
  return left.reduce((sum, n) => sum + n, result.replayed);
}

/** Two lines for each form and set of differing fields, most frequent first, the second its first case in full. */
export function failureLines(result: ReplayResult, groups = 40): string[] {
  const byGroup = new Map<string, Failure[]>();
  for (const f of result.failures) {
    const key = `${f.case.form} | ${f.mismatches.map((m) => describe(m)).join(', ')}`;
    const list = byGroup.get(key);
    if (list) list.push(f);
    else byGroup.set(key, [f]);
  }
  const sorted = [...byGroup].sort((a, b) => b[1].length - a[1].length);
  const lines = sorted.slice(0, groups).flatMap(([key, list]) => {
    const first = list[0] as Failure;
    const bytes = Buffer.from(first.case.bytes).toString('hex');
    return [`${list.length} x ${key}`, `    ${first.case.label} [${bytes}] ${details(first.mismatches)}`];
  });
  return sorted.length > groups ? [...lines, `and ${sorted.length - groups} more groups`] : lines;
}

export function report(result: ReplayResult, groups = 40): string {
  const counts = (map: ReadonlyMap<string, number>): string => [...map].map(([k, n]) => `${k} ${n}`).join(', ');
  const parts = [`${result.name}: ${result.replayed} replayed, ${result.failures.length} differ`];
  if (result.waiting.size > 0) parts.push(`waits for: ${counts(result.waiting)}`);
  if (result.different.size > 0) parts.push(`other vendor: ${counts(result.different)}`);
  return [parts.join('; '), ...failureLines(result, groups)].join('\n  ');
}

/** What a group has in common: the field; for outcomes and flags the values too. */
function describe(m: Mismatch): string {
  if (m.field === 'eflags' || m.field === 'rflags') return `${m.field} ${m.expected} not ${m.got}`;
  if (m.field !== 'outcome') return m.field;
  return `${m.expected.replace(/ at .*/, '')} not ${m.got.replace(/ at .*/, '')}`;
}

function details(mismatches: readonly Mismatch[]): string {
  return mismatches.map((m) => `${m.field} expected ${m.expected}, got ${m.got}`).join('; ');
}
