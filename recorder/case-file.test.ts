import { describe, expect, it } from 'vitest';
import { applyFpuFields, fpuDifference, memoryList, parseCase, parseMemoryList, registerValues } from './case-file.ts';
import { FX, defaultXsave, randomSse, randomX87, randomYmm } from './fpu-state.ts';
import { Random } from './random.ts';

describe('case files', () => {
  it('keeps every x87, SSE and AVX field through its text', () => {
    const r = new Random(1);
    for (let n = 0; n < 200; n++) {
      const image = defaultXsave();
      randomX87(r, image, []);
      randomSse(r, image, [0, 1, 2, 3, 4, 5, 6, 7, 15]);
      randomYmm(r, image, [2, 9]);
      const again = applyFpuFields(defaultXsave(), fpuDifference(defaultXsave(), image));
      expect(Buffer.from(again).equals(Buffer.from(image))).toBe(true);
    }
  });

  it('writes only what differs', () => {
    const image = defaultXsave();
    expect(fpuDifference(image, image)).toBeUndefined();
    const changed = image.slice();
    changed[FX.ST + 9] = 0x3f;
    expect(fpuDifference(image, changed)).toEqual({ st0: '3f000000000000000000' });
  });

  it('keeps memory', () => {
    const patches = [{ address: 0x21000ffe, bytes: Uint8Array.of(1, 0, 255) }];
    expect(parseMemoryList(memoryList(patches))).toEqual(patches);
    expect(memoryList([])).toBeUndefined();
  });

  it('rebuilds both states from the first and the changes', () => {
    const c = parseCase(
      {
        n: 'Add_rm8_imm8',
        b: '04ff',
        i: '1 2 3 4 5 6 7 8 20000400 202 2b 23 2b 2b 0 0',
        o: { eax: '100', eip: '20000402', eflags: '217' },
        v: 'e',
        e: '14',
        c: '20002000',
      },
      32,
    );
    const before = [1, 2, 3, 4, 5, 6, 7, 8, 0x20000400, 0x202, 0x2b, 0x23, 0x2b, 0x2b, 0, 0];
    expect(registerValues(c.before, 32)).toEqual(before.map(BigInt));
    expect(registerValues(c.after, 32).slice(8, 10)).toEqual([0x20000402n, 0x217n]);
    expect(c.after.general[0]).toBe(0x100n);
    expect([c.vector, c.errorCode, c.cr2]).toEqual([14, 0x14, 0x20002000n]);
  });

  it('keeps 64-bit registers and the bases of FS and GS', () => {
    const i =
      'ffffffffffffffff 2 3 4 5 6 7 8 9 a b c d e f 8000000000000000 123420000400 202 0 33 2b 0 0 0 7fffffffffff 10';
    const c = parseCase({ n: 'x', b: '90', i, o: { r15: '1', gsbase: '0' } }, 64);
    expect(
      registerValues(c.before, 64)
        .map((v) => v.toString(16))
        .join(' '),
    ).toBe(i);
    expect([c.after.general[15], c.after.bases[0], c.after.bases[1]]).toEqual([1n, 0x7fffffffffffn, 0n]);
  });
});
