import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readRecorded, recordedFiles } from './case-sources.ts';
import { failureLines, replay, total } from './harness.ts';
import { unexpected } from './waiting.ts';

/** Compiled code is compared with what the CPU did, and with the interpreter in all that the case leaves undefined, too. */
const ACCELERATORS = ['interp', 'checked'] as const;
const FILES = recordedFiles().map((path) => [basename(path, '.jsonl.gz'), path] as const);

/** What CPUID does not advertise is not replayed; every other case is. */
describe('cases recorded on silicon, replayed by the core', () => {
  it('finds the recordings', () => {
    const sets = ['avx-32', 'avx-64', 'integer-16', 'integer-32', 'integer-64'];
    const more = ['sse-16', 'sse-32', 'sse-64', 'x87-16', 'x87-32', 'x87-64'];
    expect(FILES.map(([name]) => name)).toEqual([...sets, ...more]);
  });

  it.each(FILES.flatMap(([name, path]) => ACCELERATORS.map((accelerator) => [name, accelerator, path] as const)))(
    '%s, %s',
    (_, accelerator, path) => {
      const recorded = readRecorded(path);
      const source = { ...recorded, tables: { ...recorded.tables, accelerator } };
      const result = replay(source);
      // Nothing is compiled for 16-bit code.
      if (accelerator === 'checked' && !path.endsWith('-16.jsonl.gz'))
        expect(Math.min(result.compiled, result.checked)).toBeGreaterThan(source.cases.length / 10);
      expect(failureLines(result)).toEqual([]);
      expect(total(result)).toBe(source.cases.length);
      expect(unexpected(result)).toEqual([]);
    },
  );
});

/** A quarter of them: what is the same in both modes is covered above. */
describe('32- and 16-bit cases in compatibility mode', () => {
  it.each(FILES.filter(([name]) => /^(integer|x87)-(16|32)$/.test(name)))('%s', (_, path) => {
    const source = readRecorded(path);
    const cases = source.cases.filter((_c, n) => n % 4 === 0);
    const result = replay({ ...source, cases, tables: { ...source.tables, long: true } });
    expect(failureLines(result)).toEqual([]);
    expect(total(result)).toBe(cases.length);
  });
});
