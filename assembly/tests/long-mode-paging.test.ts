import { beforeEach, describe, expect, it } from 'vitest';
import { CR0_WP, CR4_SMAP, CR4_SMEP, FLAG_AC } from '../shared/register-bits.ts';
import * as F from '../shared/features.ts';
import * as S from '../shared/state.ts';
import { CODE, HIGH, LongMachine, STACK, TSS } from './long-machine.ts';
import { DATA } from './machine.ts';

const PML4 = 0x30000;
const PDPT = 0x31000;
const PD = 0x32000;
const P = 1n;
const RW = 2n;
const US = 4n;
const PS = 0x80n;
const NX = 1n << 63n;

let m: LongMachine;
beforeEach(() => {
  m = new LongMachine().longMode();
});

/** Error code of the page fault at the instruction, or -1; CR2 must be `address`. */
function fault(source: string, address = BigInt(DATA)): number {
  m.rip = BigInt(CODE);
  m.rsp = BigInt(STACK);
  m.execute(source);
  if (m.vector === -1) return -1;
  expect([m.vector, m.get(S.STATE_CR2)]).toEqual([14, address]);
  return Number(m.frame(1)[0]);
}

const READ = `mov eax, [${DATA}]`;
const WRITE = `mov [${DATA}], eax`;
const FETCH = `jmp rbx`;

interface Setting {
  readonly user: boolean;
  readonly rw: boolean;
  readonly us: boolean;
  readonly nx: boolean;
  readonly wp: boolean;
  readonly smep: boolean;
  readonly smap: boolean;
  readonly ac: boolean;
}

/** SDM vol. 3A 4.6.1 and 4.7, written down from the page's side: error code or -1. */
function expected(s: Setting, kind: 'read' | 'write' | 'fetch'): number {
  const base = 1 | (s.user ? 4 : 0) | (kind === 'write' ? 2 : 0) | (kind === 'fetch' ? 16 : 0);
  const guarded = s.us && !s.user;
  const refused =
    (s.user && !s.us) ||
    (kind === 'fetch' && (s.nx || (guarded && s.smep))) ||
    (kind !== 'fetch' && guarded && s.smap && !s.ac) ||
    (kind === 'write' && !s.rw && (s.user || s.wp));
  return refused ? base : -1;
}

describe('rights of a page (SDM vol. 3A 4.6)', () => {
  it('every combination of U/S, R/W, NX, WP, SMEP, SMAP, AC, ring and kind of access, first by the walk, then by the TLB', () => {
    for (let n = 0; n < 256; n++) {
      const [user, rw, us, nx, wp, smep, smap, ac] = Array.from({ length: 8 }, (_, bit) => ((n >> bit) & 1) === 1);
      const s = { user, rw, us, nx, wp, smep, smap, ac } as Setting;
      for (const [kind, source] of [
        ['read', READ],
        ['write', WRITE],
        ['fetch', FETCH],
      ] as const) {
        m.longMode(s.user ? 3 : 0);
        // Code, tables and stacks are the supervisor's own where ring 0 runs.
        for (const at of [CODE, 0x9000, 0xa000, 0xb000, 0xc000, TSS, 0x1000, 0x3000])
          m.pte(at, P | RW | (s.user && (at === CODE || at === 0xa000) ? US : 0n));
        m.enable(S.STATE_CR4, (s.smep ? CR4_SMEP : 0) | (s.smap ? CR4_SMAP : 0));
        m.enable(S.STATE_CR0, s.wp ? CR0_WP : 0);
        m.pte(DATA, P | (s.rw ? RW : 0n) | (s.us ? US : 0n) | (s.nx ? NX : 0n));
        m.flags = 2 | (s.ac ? FLAG_AC : 0);
        m.set(S.RBX, BigInt(DATA));
        m.write8(DATA, 0xf4);
        const run = () => {
          m.rip = BigInt(CODE);
          m.rsp = BigInt(STACK);
          m.program(source).step(kind === 'fetch' ? 2 : 1);
          const halted = m.get(S.STATE_RIP) === BigInt(DATA + 1) || (m.vector === 13 && kind === 'fetch' && s.user);
          return m.vector === 14 ? Number(m.frame(1)[0]) : m.vector === -1 || halted ? -1 : `vector ${m.vector}`;
        };
        expect([run(), kind, s]).toEqual([expected(s, kind), kind, s]);
        if (m.vector !== -1 || kind === 'fetch') continue;
        expect([run(), kind, s]).toEqual([-1, kind, s]);
      }
    }
  });

  it('SMAP: STAC and CLAC take effect at once, and what AC let in is not let in without it', () => {
    for (const at of [0x1000, 0x3000, CODE, 0x9000, 0xb000, 0xa000]) m.pte(at, P | RW);
    m.enable(S.STATE_CR4, CR4_SMAP);
    m.pte(DATA, P | RW | US);
    m.program(`stac\n${READ}\n${WRITE}\n${READ}\nclac\n${READ}`).step(5);
    expect([m.vector, m.flags & FLAG_AC]).toEqual([-1, 0]);
    m.step();
    expect([m.vector, Number(m.frame(1)[0])]).toEqual([14, 1]);
  });

  it('SMAP: implicit supervisor accesses ignore AC', () => {
    for (const at of [0x1000, 0x3000, CODE, 0x9000, 0xb000, 0xa000, TSS]) m.pte(at, P | RW);
    m.enable(S.STATE_CR4, CR4_SMAP);
    m.flags = 2 | FLAG_AC;
    m.write64(DATA + 0x60, m.read64(0x1010));
    m.pte(DATA, P | RW | US);
    // The program itself may read the descriptor, the processor may not.
    m.set(S.STATE_GDTR_BASE, BigInt(DATA - 0x20));
    m.program(`mov eax, [${DATA + 0x60}]\nmov ebx, 0x80\nmov ds, bx`).step(2);
    expect(m.vector).toBe(-1);
    m.gate64(14, { ist: 1 });
    m.step();
    // The handler's code segment would come from the same table: double fault, and shutdown.
    expect([m.isShutDown, m.get(S.STATE_CR2)]).toEqual([true, BigInt(DATA - 0x20 + 0x68)]);
  });
});

describe('the walk (SDM vol. 3A 4.5)', () => {
  it('2 MB and 1 GB pages; PS in a PDPTE is reserved without PDPE1GB', () => {
    m.write32(DATA + 0x20, 0x77);
    m.write64(PD + 8, P | RW | PS);
    m.write64(PDPT + 8, P | RW | PS);
    expect(fault(`mov eax, [${0x200000 + DATA + 0x20}]`)).toBe(-1);
    expect(m.get(S.RAX)).toBe(0x77n);
    expect(fault(`mov ecx, [${0x40000000 + DATA + 0x20}]`)).toBe(-1);
    expect(m.get(S.RCX)).toBe(0x77n);
    expect(m.read64(PDPT + 8) & 0x60n).toBe(0x20n);
    const word = F.FEATURE_PDPE1GB >> 5;
    m.core.setFeatures(m.cpu, word, m.get32(S.STATE_CPUID_FEATURES + word * 4) & ~(1 << (F.FEATURE_PDPE1GB & 31)));
    m.core.remapped(m.cpu);
    expect(fault(`mov ecx, [${0x40000000 + DATA}]`, 0x40000000n + BigInt(DATA))).toBe(9);
  });

  it('reserved bits at every level: 9, with W and U as the access has them', () => {
    const beyond = 1n << 40n;
    const cases: [string, () => void][] = [
      ['PML4E', () => m.write64(PML4, BigInt(PDPT) | 7n | beyond)],
      ['PML4E.PS', () => m.write64(PML4, BigInt(PDPT) | 7n | PS)],
      ['PDPTE', () => m.write64(PDPT, BigInt(PD) | 7n | beyond)],
      ['PDE', () => m.write64(PD + 8, 7n | beyond)],
      ['2 MB page, bit 13', () => m.write64(PD + 8, 7n | PS | 0x2000n)],
      ['1 GB page, bit 21', () => m.write64(PDPT + 8, 7n | PS | 0x200000n)],
    ];
    for (const [name, prepare] of cases) {
      m.longMode();
      // What the fault's delivery needs is reached by the upper half.
      m.write64(PML4 + 256 * 8, BigInt(0x38000 | 7));
      m.write64(0x38000, BigInt(0x39000 | 7));
      m.write64(0x39000, m.read64(PD));
      m.set(S.STATE_IDTR_BASE, HIGH + 0x3000n);
      m.set(S.STATE_GDTR_BASE, HIGH + 0x1000n);
      m.gate64(14, { offset: HIGH + 0x900en, ist: 1 });
      m.core.setSegment(m.cpu, S.TR, 0x28, HIGH + BigInt(TSS), 0x67, 0x8b);
      m.write64(TSS + 0x24, HIGH + 0xd000n);
      m.program(`mov [rbx], eax`);
      m.rip = HIGH + BigInt(CODE);
      const address = name.startsWith('1 GB') ? 0x40000000n : /^(PDE|2 MB)/.test(name) ? 0x200000n : BigInt(DATA);
      m.set(S.RBX, address);
      prepare();
      m.core.remapped(m.cpu);
      m.step();
      expect([name, m.rip, Number(m.frame(1)[0]), m.get(S.STATE_CR2)]).toEqual([name, HIGH + 0x900en, 11, address]);
    }
  });

  it('INVLPG drops all pieces of a 1 GB page, and only CR3 or INVLPG does', () => {
    const low = 0x40000000;
    m.write64(PDPT + 8, P | RW | PS);
    m.write32(DATA, 0x11);
    expect(fault(`mov eax, [${low + DATA}]`)).toBe(-1);
    m.write64(PDPT + 8, 0n);
    m.program(`invlpg [${low + 0x3fe00000}]`).step();
    expect(fault(`mov eax, [${low + DATA}]`, BigInt(low + DATA))).toBe(0);
  });
});

describe('the debugger’s page walk', () => {
  const WRITE_ACCESS = 2;
  const USER_ACCESS = 4;
  const FETCH_ACCESS = 16;
  const walk = (linear: bigint, access = 0) => m.core.translate(m.cpu, linear, access);

  it('takes all 64 bits of a linear address', () => {
    m.write64(PML4 + 256 * 8, BigInt(PDPT) | P | RW);
    m.core.remapped(m.cpu);
    expect(walk(BigInt(DATA) + 0x123n)).toBe(DATA + 0x123);
    expect(walk(HIGH + BigInt(DATA) + 0x123n)).toBe(DATA + 0x123);
    // Bits 63-48 are not those of bit 47.
    expect(walk(0x0000800000000000n + BigInt(DATA))).toBe(-1);
    expect(walk(0x1000000000000000n + BigInt(DATA))).toBe(-1);
    // What lies beyond 2^53 is not rounded to its neighbour.
    m.write64(PML4 + 511 * 8, BigInt(PDPT) | P | RW);
    m.write64(PDPT + 511 * 8, BigInt(PD) | P | RW);
    m.write64(PD + 511 * 8, m.read64(PD));
    m.core.remapped(m.cpu);
    expect(walk(0xffffffffffe00000n + BigInt(DATA) + 1n)).toBe(DATA + 1);
  });

  it('refuses what the access would, and leaves no trace', () => {
    m.pte(DATA, P | NX);
    m.enable(S.STATE_CR0, CR0_WP);
    const before = m.read64(0x33000 + (DATA >>> 12) * 8);
    expect(walk(BigInt(DATA))).toBe(DATA);
    for (const access of [WRITE_ACCESS, USER_ACCESS, FETCH_ACCESS]) expect(walk(BigInt(DATA), access)).toBe(-1);
    m.pte(DATA, 0n);
    expect(walk(BigInt(DATA))).toBe(-1);
    m.pte(DATA, P | NX);
    expect(m.read64(0x33000 + (DATA >>> 12) * 8)).toBe(before);
    expect([m.vector, m.get(S.STATE_CR2)]).toEqual([-1, 0n]);
  });
});
