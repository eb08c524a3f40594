import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readCases286 } from './case-286.ts';
import { SHARED } from './case-sources.ts';
import { failureLines286, replay286 } from './real-mode-report.ts';

describe('../shared/vectors/80286-real-mode.jsonl.gz, replayed by the core', () => {
  it('is equal, apart from the documented differences of later CPUs', () => {
    const cases = readCases286(join(SHARED, '80286-real-mode.jsonl.gz'));
    expect(cases.length).toBe(7800);
    const result = replay286(cases);
    expect(failureLines286(result)).toEqual([]);
    const untestable = [...result.untestable.values()].reduce((sum, n) => sum + n, 0);
    expect(result.replayed + untestable).toBe(cases.length);
    expect(untestable).toBeLessThan(30);
  });
});
