import { beforeEach, describe, expect, it } from 'vitest';
import { CR4_OSFXSR, CR4_OSXSAVE } from '../shared/register-bits.ts';
import * as F from '../shared/features.ts';
import * as S from '../shared/state.ts';
import { CODE, LongMachine } from './long-machine.ts';

const AREA = 0x10000;
const REX_W = 'db 0x48\n';

let m: LongMachine;
const execute = (source: string) => {
  m.rip = BigInt(CODE);
  m.program(source).step(1);
  return m.vector === -1;
};

describe('FXSAVE and the XSAVE family in 64-bit mode (SDM vol. 1 table 10-2, 13.7)', () => {
  beforeEach(() => {
    m = new LongMachine().longMode();
    m.core.setFeatures(m.cpu, 1, m.get32(S.STATE_CPUID_FEATURES + 4) | (1 << (F.FEATURE_AVX - 32)));
    m.enable(S.STATE_CR4, CR4_OSFXSR | CR4_OSXSAVE);
    for (let n = 0; n < 0x400; n += 8) m.write64(AREA + n, 0n);
    m.set64(S.STATE_XCR0, 7);
    m.set(S.STATE_FIP, 0x1122334455667788n);
    m.set(S.STATE_FDP, 0x99aabbccddeeff00n);
    m.set64(S.RAX, 7);
    m.set64(S.RDX, 0);
    m.set64(S.RBX, AREA);
  });

  it('FXSAVE has FIP and FDP in 32 bits with selectors, FXSAVE64 in 64; both have XMM8-15', () => {
    m.set(S.STATE_XMM + 15 * 16, 0x1515n);
    expect(execute('fxsave [rbx]')).toBe(true);
    expect([m.read64(AREA + 8), m.read64(AREA + 16)]).toEqual([0x55667788n, 0xddeeff00n]);
    expect(m.read64(AREA + 160 + 15 * 16)).toBe(0x1515n);
    expect(execute(`${REX_W}fxsave [rbx]`)).toBe(true);
    expect([m.read64(AREA + 8), m.read64(AREA + 16)]).toEqual([0x1122334455667788n, 0x99aabbccddeeff00n]);
    m.set(S.STATE_FIP, 0n);
    m.set(S.STATE_XMM + 15 * 16, 0n);
    expect(execute(`${REX_W}fxrstor [rbx]`)).toBe(true);
    expect([m.get(S.STATE_FIP), m.get(S.STATE_XMM + 15 * 16)]).toEqual([0x1122334455667788n, 0x1515n]);
    expect(execute('fxrstor [rbx]')).toBe(true);
    expect(m.get(S.STATE_FIP)).toBe(0x55667788n);
  });

  it('XSAVE64 and XRSTOR64 have 64-bit pointers, XMM8-15 and the upper halves of YMM8-15', () => {
    m.set(S.STATE_XMM + 9 * 16, 9n);
    m.set(S.STATE_YMM_HIGH + 15 * 16 + 8, 15n);
    expect(execute(`${REX_W}xsave [rbx]`)).toBe(true);
    expect([m.read64(AREA + 8), m.read64(AREA + 160 + 9 * 16), m.read64(AREA + 576 + 15 * 16 + 8)]).toEqual([
      0x1122334455667788n,
      9n,
      15n,
    ]);
    m.set(S.STATE_FIP, 0n);
    m.set(S.STATE_XMM + 9 * 16, 1n);
    m.set(S.STATE_YMM_HIGH + 15 * 16 + 8, 1n);
    expect(execute(`${REX_W}xrstor [rbx]`)).toBe(true);
    expect([m.get(S.STATE_FIP), m.get(S.STATE_XMM + 9 * 16), m.get(S.STATE_YMM_HIGH + 15 * 16 + 8)]).toEqual([
      0x1122334455667788n,
      9n,
      15n,
    ]);
  });

  it('initialises all sixteen registers', () => {
    for (let n = 0; n < 16; n++) m.set(S.STATE_XMM + n * 16, 5n);
    m.write64(AREA + 24, 0x1f80n);
    expect(execute('xrstor [rbx]')).toBe(true);
    expect(Array.from({ length: 16 }, (_, n) => m.get(S.STATE_XMM + n * 16))).toEqual(
      Array.from({ length: 16 }, () => 0n),
    );
  });

  it('RDRAND fills 64 bits; RDPID and RDTSCP clear bits 63-32', () => {
    m.core.setSeed(m.cpu, 0, 0);
    expect(execute('rdrand rax')).toBe(true);
    expect(m.get(S.RAX)).toBe(0xe220a8397b1dcdafn);
    m.set64(S.STATE_TSC_AUX, 7);
    m.set(S.RCX, -1n);
    m.set(S.RAX, -1n);
    expect(execute('rdtscp')).toBe(true);
    expect(m.get(S.RCX)).toBe(7n);
    m.set(S.RAX, -1n);
    // RDPID RAX
    expect(execute('db 0xf3, 0x0f, 0xc7, 0xf8')).toBe(true);
    expect(m.get(S.RAX)).toBe(7n);
  });

  it('SYSCALL is reported in 64-bit mode only', () => {
    const bit = (leaf: number) => {
      m.set64(S.RAX, leaf);
      m.rip = BigInt(CODE);
      m.program('cpuid').step(1);
      return (m.get32(S.RDX) >>> 11) & 1;
    };
    expect(bit(0x80000001)).toBe(1);
    m.longMode(0, 0x08);
    expect(bit(0x80000001)).toBe(0);
  });
});
