import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SHARED, readShared } from './case-sources.ts';
import { failureLines, replay } from './harness.ts';

describe('../shared/vectors/silicon-32.jsonl.gz, replayed by the core', () => {
  it('is equal in every defined bit', () => {
    const source = readShared(join(SHARED, 'silicon-32.jsonl.gz'));
    expect(source.cases.length).toBe(7460);
    const result = replay(source);
    expect(failureLines(result)).toEqual([]);
    const skipped = [...result.skipped.values()].reduce((sum, n) => sum + n, 0);
    expect(result.replayed + skipped).toBe(source.cases.length);
    expect(result.replayed).toBeGreaterThan(5000);
  });
});
