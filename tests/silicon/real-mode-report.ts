/** Replays the 80286 recordings and groups what differs, as harness.ts does for protected mode. */
import type { Case286 } from './case-286.ts';
import { RealModeMachine, type Failure286 } from './real-mode.ts';

export interface Result286 {
  readonly replayed: number;
  readonly failures: readonly Failure286[];
  /** Cases that say nothing about a later CPU, by difference. */
  readonly untestable: ReadonlyMap<string, number>;
}

export function replay286(cases: readonly Case286[]): Result286 {
  const machine = new RealModeMachine();
  const failures: Failure286[] = [];
  const untestable = new Map<string, number>();
  let replayed = 0;
  for (const c of cases) {
    const result = machine.replay(c);
    if (!Array.isArray(result)) {
      untestable.set(result.id, (untestable.get(result.id) ?? 0) + 1);
      continue;
    }
    replayed++;
    if (result.length > 0) failures.push({ case: c, mismatches: result });
  }
  return { replayed, failures, untestable };
}

export function failureLines286(result: Result286, groups = 40, verbose = false): string[] {
  const byGroup = new Map<string, Failure286[]>();
  for (const f of result.failures) {
    const key = `${f.case.form} | ${f.mismatches.map((m) => m.field).join(', ')}`;
    byGroup.set(key, [...(byGroup.get(key) ?? []), f]);
  }
  const sorted = [...byGroup].sort((a, b) => b[1].length - a[1].length);
  return sorted
    .slice(0, groups)
    .flatMap(([key, list]) => [
      `${list.length} x ${key}`,
      ...(verbose ? list : list.slice(0, 1)).map((f) => `    ${oneLine(f)}`),
    ]);
}

function oneLine(f: Failure286): string {
  const details = f.mismatches.map((m) => `${m.field} expected ${m.expected}, got ${m.got}`).join('; ');
  const bytes = Buffer.from(f.case.bytes).toString('hex');
  return `${f.case.label} ${f.case.name} [${bytes}] vector ${f.case.vector ?? 'none'}: ${details}`;
}

export function report286(result: Result286, groups: number, verbose: boolean): string {
  const untestable = JSON.stringify(Object.fromEntries(result.untestable));
  const head = `80286: ${result.replayed} replayed, ${result.failures.length} differ; not testable: ${untestable}`;
  return [head, ...failureLines286(result, groups, verbose)].join('\n  ');
}
