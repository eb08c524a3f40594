import { describe, expect, it } from 'vitest';
import type { CaseRecord } from './case-file.ts';
import { Random } from './random.ts';
import { select } from './select.ts';

const base = { n: 'Add_rm32_r32', b: '01c8', i: '1 2 3 4 5 6 7 8 20000400 202 2b 23 2b 2b 0 0' };
const completed = (eflags: string): CaseRecord => ({ ...base, o: { eip: '20000402', eflags } });
const fault = (v: string, e: string): CaseRecord => ({ ...base, v, e, o: {} });

describe('select', () => {
  it('takes a case for every outcome, and few that show the same', () => {
    const all = [
      ...Array.from({ length: 50 }, () => completed('206')),
      fault('e', '4'),
      fault('e', '6'),
      fault('d', '0'),
    ];
    const chosen = select(new Random(1), all, 1000);
    for (const rare of all.slice(50)) expect(chosen).toContain(rare);
    expect(chosen.length).toBeLessThan(15);
  });

  it('takes both states of a flag', () => {
    const set = completed('203');
    const chosen = select(new Random(1), [...Array.from({ length: 50 }, () => completed('206')), set], 1000);
    expect(chosen).toContain(set);
  });

  it('keeps to the limit and to the order', () => {
    const all = Array.from({ length: 20 }, (_, n) => ({ ...fault('e', '4'), n: `form ${n}` }));
    const chosen = select(new Random(1), all, 7);
    expect(chosen.length).toBe(7);
    expect(all.filter((c) => chosen.includes(c))).toEqual(chosen);
  });

  it('leaves out fetch faults of undefined opcodes', () => {
    expect(select(new Random(1), [{ ...fault('e', '14'), n: '#UD 0f 04 /0' }], 10)).toEqual([]);
  });
});
