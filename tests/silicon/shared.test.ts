import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SHARED, readShared } from './case-sources.ts';
import { failureLines, replay, total } from './harness.ts';
import { unexpected } from './waiting.ts';

describe.each([
  ['silicon-32', 7460],
  ['silicon-64', 7180],
] as const)('../shared/vectors/%s.jsonl.gz, replayed by the core', (name, count) => {
  it('is equal in every defined bit', () => {
    const source = readShared(join(SHARED, `${name}.jsonl.gz`));
    expect(source.cases.length).toBe(count);
    const result = replay(source);
    expect(failureLines(result)).toEqual([]);
    expect(total(result)).toBe(count);
    expect(unexpected(result)).toEqual([]);
  });
});
