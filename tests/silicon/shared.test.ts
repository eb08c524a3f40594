import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SHARED, readShared } from './case-sources.ts';
import { failureLines, replay, total } from './harness.ts';
import { unexpected } from './waiting.ts';

describe.each([
  ['silicon-32', 7460],
  ['silicon-64', 7180],
] as const)('../shared/vectors/%s.jsonl.gz, replayed by the core', (name, count) => {
  it.each(['interp', 'checked'] as const)('is equal in every defined bit, %s', (accelerator) => {
    const shared = readShared(join(SHARED, `${name}.jsonl.gz`));
    const source = { ...shared, tables: { ...shared.tables, accelerator } };
    expect(source.cases.length).toBe(count);
    const result = replay(source);
    expect(failureLines(result)).toEqual([]);
    if (accelerator === 'checked') expect(Math.min(result.compiled, result.checked)).toBeGreaterThan(count / 2);
    expect(total(result)).toBe(count);
    expect(unexpected(result)).toEqual([]);
  });
});
