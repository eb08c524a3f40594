import { describe, expect, it } from 'vitest';
import { timeBetweenLetters, timeUntil, DidNotFinish } from './measure.ts';
import { table } from './report.ts';

describe('the table', () => {
  const subjects = [
    { id: 'a', title: 'A', version: 'A 1' },
    { id: 'b', title: 'B', version: 'B 2' },
  ];

  it('shows times, ratios to the first machine, and a dash for what is missing', () => {
    const rows = [
      {
        name: 'x',
        times: new Map([
          ['a', 2000],
          ['b', 5000],
        ]),
      },
      { name: 'y', times: new Map([['a', 12_345]]) },
    ];
    expect(table({ machine: 'M', scale: 1, subjects, rows, notes: ['B: gone.'] })).toBe(
      [
        'M; A 1; B 2.',
        'Times in seconds.',
        '',
        '|  | A | B | B / A |',
        '| --- | ---: | ---: | ---: |',
        '| x | 2.000 | 5.000 | 2.50 |',
        '| y | 12.3 | - | - |',
        '',
        'B: gone.',
      ].join('\n'),
    );
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
    expect(times.get('A')).toBe(0);
    expect(times.get('B')).toBeGreaterThan(0);
  });

  it('waits for text that comes in pieces, and fails when the machine stops before', async () => {
    const pieces = script(
      "process.stdout.write('pro'); setTimeout(() => process.stdout.write('mpt'), 20); setInterval(() => {}, 1000)",
    );
    await expect(timeUntil(pieces, 'prompt', 60_000)).resolves.toBeGreaterThan(0);
    await expect(timeUntil(script("process.stdout.write('pro')"), 'prompt', 60_000)).rejects.toThrow(DidNotFinish);
  });
});
