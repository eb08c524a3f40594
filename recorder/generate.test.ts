import { beforeAll, describe, expect, it } from 'vitest';
import { enumerateForms, mayTouchHost, type Form } from './forms.ts';
import { generate, type GeneratedCase } from './generate.ts';
import { USER_CODE_64, codeAddress, regionsOf, segmentOf, type Bits } from './layout.ts';
import { Random } from './random.ts';

function cases(forms: readonly Form[], bits: Bits, seed: number): GeneratedCase[] {
  const r = new Random(seed);
  return forms.flatMap((form) => generate(r, bits, form) ?? []);
}

describe.each([16, 32, 64] as const)('generated %i-bit cases', (bits) => {
  let forms: Form[] = [];
  beforeAll(() => {
    forms = enumerateForms(bits);
  });

  it('cover the maps, the groups and the coprocessor', () => {
    const keys = new Set(forms.map((f) => f.key));
    const some = ['Add_rm8_r8 m', 'Fsubr_sti_st0', 'Fbstp_m80bcd m', 'Cmpxchg8b_m64 m', 'Bswap_r32'];
    const own = {
      16: ['Aam_imm8', 'Salc', 'Pushw_FS'],
      32: ['Aam_imm8', 'Salc', 'Pushd_FS', 'VEX_Vaddpd_ymm_ymm_ymmm256 m', 'VEX_Andn_r32_r32_rm32'],
      64: ['Movsxd_r64_rm32', 'Pushq_FS', 'VEX_Vpgatherqq_ymm_vm64y_ymm m', 'Cmpxchg16b_m128 m', 'Rdfsbase_r64'],
    }[bits];
    const string = ['Movsb_m8_m8 rep', 'Scasb_AL_m8 repne'];
    for (const key of [...some, ...own, ...string, 'Pshufb_xmm_xmmm128 m', '#UD 0f 04 /0']) expect(keys).toContain(key);
    expect(forms.length).toBeGreaterThan(3000);
  });

  it('are a function of the seed', () => {
    const some = forms.filter((_, n) => n % 10 === 0);
    expect(cases(some, bits, 3)).toEqual(cases(some, bits, 3));
    expect(cases(some, bits, 3)).not.toEqual(cases(some, bits, 4));
  });

  it('never enter the host kernel, start at a mapped byte within CS and patch mapped memory only', () => {
    for (const c of cases(forms, bits, 5)) {
      expect(mayTouchHost(c.bytes, bits)).toBe(false);
      const selector = c.state.segments[1] as number;
      const cs = segmentOf(selector);
      if (bits === 64) expect(selector).toBe(USER_CODE_64);
      else expect(cs?.code).toBe(true);
      if (bits !== 64) expect(Number(c.state.ip)).toBeLessThanOrEqual(cs?.last ?? 0);
      const start = codeAddress(c.state, bits);
      for (const [address, size] of [
        [start, 1] as const,
        ...c.patches.map((p) => [p.address, p.bytes.length] as const),
      ])
        expect(regionsOf(bits).some((r) => address >= r.address && address + size <= r.address + r.size)).toBe(true);
    }
  });
});
