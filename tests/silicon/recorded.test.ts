import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readRecorded, recordedFiles } from './case-sources.ts';
import { failureLines, replay } from './harness.ts';

/** What CPUID does not advertise is not replayed; every other case is. */
describe('cases recorded on silicon, replayed by the core', () => {
  it('finds the recordings', () => {
    const names = recordedFiles().map((path) => basename(path));
    expect(names).toEqual(
      ['integer-16', 'integer-32', 'sse-16', 'sse-32', 'x87-16', 'x87-32'].map((name) => `${name}.jsonl.gz`),
    );
  });

  it.each(recordedFiles().map((path) => [basename(path, '.jsonl.gz'), path] as const))('%s', (name, path) => {
    const source = readRecorded(path);
    const result = replay(source);
    expect(failureLines(result)).toEqual([]);
    const skipped = [...result.skipped.values()].reduce((sum, n) => sum + n, 0);
    expect(result.replayed + skipped).toBe(source.cases.length);
    // the bulk of the integer and x87 cases needs no optional feature
    if (!name.startsWith('sse')) expect(result.replayed).toBeGreaterThan(source.cases.length * 0.9);
  });
});
