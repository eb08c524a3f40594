import { describe, expect, it } from 'vitest';
import { timeBetweenLetters, timeBetweenLines, timeUntil, DidNotFinish, type Span } from './measure.ts';
import { geometricMean, medianTime, tables } from './report.ts';

describe('the tables', () => {
  const subjects = [
    { id: 'vitrine-interp', title: 'V', version: 'V 1' },
    { id: 'qemu', title: 'Q', version: 'Q 2' },
  ];
  const row = (name: string, ...walls: readonly number[]) => {
    const ids = ['vitrine-interp', 'qemu'];
    return { name, times: new Map(walls.map((wall, index) => [ids[index] ?? '', { wall, user: 2 * wall }])) };
  };
  const rows = [row('x', 2000, 1000), row('memcpy', 1000, 8000), row('y', 12_345)];
  const result = {
    machine: 'M',
    subjects,
    sections: [{ title: 's', rows, hasMeans: true }],
    notes: ['Q: gone.'],
  };

  it('show times, ratios, means with and without what TCG is weak in, and a dash for what is missing', () => {
    expect(tables(result, 'wall').split('\n').slice(3)).toEqual([
      '| s | V | Q | V / Q |',
      '| --- | ---: | ---: | ---: |',
      '| x | 2.000 | 1.000 | 2.00 |',
      '| memcpy | 1.000 | 8.000 | 0.13 |',
      '| y | 12.3 | - | - |',
      '| geometric mean |  |  | 0.50 |',
      '| without memcpy and chase |  |  | 2.00 |',
      '',
      'Q: gone.',
    ]);
  });

  it('show processor time if it is wanted', () => {
    expect(tables(result, 'user')).toContain('| x | 4.000 | 2.000 | 2.00 |');
  });

  it('take means and medians', () => {
    expect(geometricMean([2, undefined, 8])).toBeCloseTo(4);
    expect(geometricMean([undefined])).toBeUndefined();
    expect(
      medianTime([
        { wall: 5, user: 1 },
        { wall: 1, user: 9 },
        { wall: 3, user: 3 },
      ]),
    ).toEqual({ wall: 3, user: 3 });
    expect(medianTime([{ wall: 5, user: 1 }, { wall: 1 }])).toEqual({ wall: 3 });
  });
});

describe('measuring', () => {
  const script = (code: string): [string, string, string] => [process.execPath, '-e', code];

  it('takes the time between two letters', async () => {
    const times = await timeBetweenLetters(
      script("process.stdout.write('AAB'); setTimeout(() => process.stdout.write('BZ'), 60)"),
      60_000,
    );
    expect([...times.keys()]).toEqual(['A', 'B']);
    expect(times.get('A')?.wall).toBe(0);
    expect(times.get('B')?.wall).toBeGreaterThan(0);
  });

  it('waits for text that comes in pieces, and fails when the machine stops before', async () => {
    const pieces = script(
      "process.stdout.write('pro'); setTimeout(() => process.stdout.write('mpt'), 20); setInterval(() => {}, 1000)",
    );
    await expect(timeUntil(pieces, 'prompt', 60_000)).resolves.toHaveProperty('wall');
    await expect(timeUntil(script("process.stdout.write('pro')"), 'prompt', 60_000)).rejects.toThrow(DidNotFinish);
  });

  it('takes the time between lines that come in pieces, with what is printed between them', async () => {
    const spans = new Map<string, Span>();
    const pieces = [
      'boot\\r\\nbench: beg',
      'in a b\\r\\nsum\\r\\n',
      'bench: done a b\\r\\nbench: begin c\\nbench: end\\n',
    ];
    const code = pieces
      .map((piece, index) => `setTimeout(() => process.stdout.write('${piece}'), ${index * 30});`)
      .join('');
    await timeBetweenLines(script(`${code} setInterval(() => {}, 1000)`), 'bench: end', 60_000, (name, span) =>
      spans.set(name, span),
    );
    expect([...spans.keys()]).toEqual(['a b']);
    expect(spans.get('a b')?.output).toBe('sum\n');
    expect(spans.get('a b')?.time.wall).toBeGreaterThan(0);
  });
});
