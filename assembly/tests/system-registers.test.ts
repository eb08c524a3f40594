import { beforeEach, describe, expect, it } from 'vitest';
import {
  CR0_AM,
  CR0_CD,
  CR0_ET,
  CR0_NW,
  CR0_PE,
  CR0_PG,
  CR0_TS,
  CR4_PAE,
  CR4_PGE,
  CR4_TSD,
  EFER_NXE,
  FLAG_AC,
  FLAG_IF,
  FLAG_RF,
} from '../shared/register-bits.ts';
import * as S from '../shared/state.ts';
import { CODE, CODE0, CODE3, DATA, Machine } from './machine.ts';

describe('control registers (SDM vol. 2B MOV to control registers, vol. 3A 2.5)', () => {
  let m: Machine;
  beforeEach(() => {
    m = new Machine().protectedMode(0);
  });
  const writes = (register: string, v: number) => {
    m.set64(S.RAX, v);
    m.eip = CODE;
    m.execute(`mov ${register}, eax`);
    return m.vector === -1;
  };

  it('CR0: PG needs PE, NW needs CD, reserved bits are ignored, ET stays', () => {
    expect(writes('cr0', CR0_PG)).toBe(false);
    expect(m.stack(2)).toEqual([0, CODE]);
    expect(writes('cr0', CR0_PE | CR0_NW)).toBe(false);
    expect(writes('cr0', CR0_PE | CR0_NW | CR0_CD | 0x1ff00000)).toBe(true);
    expect(m.cr0).toBe((CR0_PE | CR0_NW | CR0_CD | CR0_ET) >>> 0);
  });

  it('CR4: what CPUID does not report is reserved', () => {
    expect(writes('cr4', 0x16bf)).toBe(false);
    expect(writes('cr4', 0x6bf)).toBe(true);
    expect(writes('cr4', 0x2000)).toBe(false);
    expect(m.get32(S.STATE_CR4)).toBe(0x6bf);
  });

  it('PAE paging loads the PDPTEs with CR3 and checks their reserved bits (4.4.1)', () => {
    m.write32(0x30000, 0x31001);
    m.write32(0x30008, 0);
    for (let n = 0; n < 0x100; n++) m.write32(0x32000 + n * 8, (n << 12) | 3);
    m.write32(0x31000, 0x32003);
    m.set64(S.STATE_CR3, 0x30000);
    expect(writes('cr4', CR4_PAE)).toBe(true);
    expect(writes('cr0', CR0_PE | CR0_PG)).toBe(true);
    expect(m.get32(S.STATE_PDPTE)).toBe(0x31001);
    m.write32(0x30008, 0x31007);
    expect(writes('cr3', 0x30000)).toBe(false);
    m.write32(0x30008, 0x31006);
    expect(writes('cr3', 0x30000)).toBe(true);
  });

  it('a change of CR3 keeps global translations, one of CR4.PGE none', () => {
    m.paging();
    m.page(DATA, 0x107);
    expect(writes('cr4', CR4_PGE)).toBe(true);
    m.execute(`mov eax, [${DATA}]`);
    m.write32(0x21000 + (DATA >> 12) * 4, 0);
    expect(writes('cr3', 0x20000)).toBe(true);
    m.execute(`mov ebx, [${DATA}]`);
    expect(m.vector).toBe(-1);
    expect(writes('cr4', 0)).toBe(true);
    m.execute(`mov ebx, [${DATA}]`);
    expect(m.vector).toBe(14);
  });

  it('INVLPG drops one translation', () => {
    m.paging();
    m.execute(`mov eax, [${DATA}]`);
    m.write32(0x21000 + (DATA >> 12) * 4, 0);
    m.execute(`mov eax, [${DATA}]`);
    expect(m.vector).toBe(-1);
    m.execute(`invlpg [${DATA}]`);
    m.execute(`mov eax, [${DATA}]`);
    expect(m.vector).toBe(14);
  });

  it('LMSW sets PE but does not clear it; CLTS clears TS; SMSW reads in any ring', () => {
    m.set64(S.RAX, 0x8);
    m.execute('lmsw ax');
    expect(m.cr0).toBe(CR0_PE | CR0_ET | CR0_TS);
    m.execute('clts');
    expect(m.cr0).toBe(CR0_PE | CR0_ET);
    m.ring(3);
    m.execute('smsw eax');
    expect(m.get32(S.RAX)).toBe(CR0_PE | CR0_ET);
  });

  it('MOV ignores ModR/M.mod', () => {
    m.program('nop');
    [0x0f, 0x20, 0x00, 0x90].forEach((byte, n) => m.write8(CODE + n, byte));
    m.core.invalidate(m.cpu, CODE, 4);
    m.step();
    expect([m.eip, m.get32(S.RAX)]).toEqual([CODE + 3, CR0_PE | CR0_ET]);
  });

  it('CR1 and CR5 are undefined', () => {
    for (const modrm of [0xc8, 0xe8, 0xf8]) {
      m.eip = CODE;
      [0x0f, 0x20, modrm].forEach((byte, n) => m.write8(CODE + n, byte));
      m.core.invalidate(m.cpu, CODE, 4);
      m.step();
      expect(m.vector).toBe(6);
    }
  });

  it('leaving protected mode: ring 0, CS writable, limits kept', () => {
    expect(writes('cr0', CR0_ET)).toBe(true);
    expect(m.cpl).toBe(0);
    m.execute('mov [cs:0x7000], al');
    expect([m.vector, m.eip, m.limit(S.CS)]).toEqual([-1, CODE + 9, 0xffffffff]);
  });

  it('privileged instructions in ring 3 are #GP(0)', () => {
    const sources = 'mov eax, cr0;mov cr3, eax;mov dr0, eax;mov eax, dr7;lgdt [0];lidt [0];lldt ax;ltr ax;lmsw ax;clts'
      .concat(';invd;wbinvd;invlpg [0];hlt;rdmsr;wrmsr;cli;sti;in al, 0x10;out dx, eax')
      .split(';');
    for (const source of sources) {
      m.protectedMode(3).execute(source);
      expect([source, m.vector, ...m.stack(2)]).toEqual([source, 13, 0, CODE]);
    }
  });

  it('LGDT and SGDT: 24 bits of base with a 16-bit operand size', () => {
    m.write16(DATA, 0x1234);
    m.write32(DATA + 2, 0xaabbccdd);
    m.execute(`lidt [${DATA}]`);
    expect([m.get32(S.STATE_IDTR_LIMIT), m.get32(S.STATE_IDTR_BASE)]).toEqual([0x1234, 0xaabbccdd]);
    m.execute(`o16 lidt [${DATA}]`);
    expect(m.get32(S.STATE_IDTR_BASE)).toBe(0xbbccdd);
    m.execute(`sidt [${DATA + 8}]`);
    expect([m.read16(DATA + 8), m.read32(DATA + 10)]).toEqual([0x1234, 0xbbccdd]);
  });
});

describe('alignment checks (SDM vol. 3A 6.15, #AC)', () => {
  it('only in ring 3 with CR0.AM and EFLAGS.AC', () => {
    const m = new Machine();
    for (const [ring, cr0, flags, vector] of [
      [3, CR0_AM, FLAG_AC, 17],
      [0, CR0_AM, FLAG_AC, -1],
      [3, 0, FLAG_AC, -1],
      [3, CR0_AM, 0, -1],
    ] as const) {
      m.protectedMode(ring);
      m.set64(S.STATE_CR0, m.cr0 | cr0);
      m.flags = 2 | flags;
      m.core.modeChanged(m.cpu);
      m.execute(`mov eax, [${DATA + 1}]`);
      expect(m.vector).toBe(vector);
      if (vector === 17) expect(m.stack(2)).toEqual([0, CODE]);
    }
  });

  it('POPF switches them on', () => {
    const m = new Machine().protectedMode(3);
    m.set64(S.STATE_CR0, m.cr0 | CR0_AM);
    m.push(2 | FLAG_AC);
    m.program(`popf\nmov ax, [${DATA + 1}]`).step(2);
    expect(m.vector).toBe(17);
  });
});

describe('SYSENTER and SYSEXIT (SDM vol. 2B)', () => {
  let m: Machine;
  beforeEach(() => {
    m = new Machine().protectedMode(3);
    m.set64(S.STATE_SYSENTER_CS, 0x88);
    m.set64(S.STATE_SYSENTER_ESP, 0xc000);
    m.set64(S.STATE_SYSENTER_EIP, CODE + 0x100);
  });

  it('enter ring 0 with flat segments, whatever the GDT says', () => {
    m.flags = 2 | FLAG_IF;
    m.execute('sysenter');
    expect([m.eip, m.esp, m.cpl]).toEqual([CODE + 0x100, 0xc000, 0]);
    expect([m.selector(S.CS), m.selector(S.SS)]).toEqual([0x88, 0x90]);
    expect([m.base(S.CS), m.limit(S.CS), m.attributes(S.CS), m.attributes(S.SS)]).toEqual([
      0, 0xffffffff, 0xc09b, 0xc093,
    ]);
    expect(m.flags).toBe(2);
  });

  it('leave to ring 3', () => {
    m.ring(0);
    m.set64(S.RCX, 0x1000);
    m.set64(S.RDX, CODE + 0x200);
    m.execute('sysexit');
    expect([m.eip, m.esp, m.cpl]).toEqual([CODE + 0x200, 0x1000, 3]);
    expect([m.selector(S.CS), m.selector(S.SS), m.attributes(S.CS), m.attributes(S.SS)]).toEqual([
      0x9b, 0xa3, 0xc0fb, 0xc0f3,
    ]);
  });

  it('#GP(0) with a null SYSENTER_CS, and for SYSEXIT in ring 3', () => {
    m.execute('sysexit');
    expect(m.vector).toBe(13);
    m.protectedMode(3);
    m.set64(S.STATE_SYSENTER_CS, 3);
    m.execute('sysenter');
    expect([m.vector, m.stack(1)[0]]).toEqual([13, 0]);
  });
});

describe('MSRs, RDTSC and CPUID', () => {
  let m: Machine;
  beforeEach(() => {
    m = new Machine().protectedMode(0);
  });
  const write = (index: number, low: number, high = 0) => m.writeMsr(index, low, high);
  const read = (index: number) => m.readMsr(index);
  const cpuid = (leaf: number, subleaf = 0) => {
    m.set64(S.RAX, leaf);
    m.set64(S.RCX, subleaf);
    m.eip = CODE;
    m.execute('cpuid');
    return [S.RAX, S.RBX, S.RCX, S.RDX].map((r) => m.get32(r));
  };

  it('keep what is written', () => {
    for (const index of [0x174, 0x175, 0x176, 0x277, 0x200, 0x201, 0x20f, 0x250, 0x26f]) {
      const v = index === 0x201 || index === 0x20f ? 0x800 : 0x06060606;
      const w = index === 0x200 ? 0x06 : v;
      expect([index, write(index, w)]).toEqual([index, true]);
      expect(read(index)).toEqual([w, 0]);
    }
  });

  it('refuse reserved bits and memory types', () => {
    expect(write(0x277, 2)).toBe(false);
    expect(write(0x277, 7)).toBe(true);
    expect(write(0x250, 7)).toBe(false);
    expect(write(0x2ff, 0xc06)).toBe(true);
    expect(write(0x2ff, 0x1000)).toBe(false);
    expect(write(0x200, 0x106)).toBe(false);
    expect(write(0x200, 6, 0x100)).toBe(false);
    expect(write(0xc0000080, 2)).toBe(false);
    expect(write(0x1b, 0xfee00500)).toBe(false);
  });

  it('unknown ones are #GP(0) and reported', () => {
    expect(read(0x12345)).toBe(null);
    expect(m.stack(2)).toEqual([0, CODE]);
    expect(write(0x12346, 0)).toBe(false);
    expect(m.unknownMsrs).toEqual([0x12345, 0x12346]);
  });

  it('EFER.NXE needs the feature, which MISC_ENABLE can hide', () => {
    expect(write(0xc0000080, EFER_NXE)).toBe(true);
    expect(cpuid(0x80000001)[3]! & (1 << 20)).toBe(1 << 20);
    expect(write(0xc0000080, 0)).toBe(true);
    expect(write(0x1a0, 1, 4)).toBe(true);
    expect(cpuid(0x80000001)[3]! & (1 << 20)).toBe(0);
    expect(write(0xc0000080, EFER_NXE)).toBe(false);
  });

  it('the TSC counts virtual nanoseconds and can be written', () => {
    m.core.setTime(m.cpu, 1_000_000);
    m.execute('rdtsc');
    const first = m.get32(S.RAX);
    expect(first).toBeGreaterThanOrEqual(1_000_000);
    m.core.setTime(m.cpu, 2_000_000);
    m.execute('rdtsc');
    expect(m.get32(S.RAX) - first).toBeGreaterThanOrEqual(999_000);
    expect(write(0x10, 5, 1)).toBe(true);
    expect(read(0x10)?.[1]).toBe(1);
  });

  it('CR4.TSD keeps RDTSC to ring 0', () => {
    m.set64(S.STATE_CR4, CR4_TSD);
    m.execute('rdtsc');
    expect(m.vector).toBe(-1);
    m.protectedMode(3);
    m.execute('rdtsc');
    expect([m.vector, ...m.stack(2)]).toEqual([13, 0, CODE]);
  });

  it('CPUID: vendor, signature, features, brand, cache', () => {
    const [max, b, c, d] = cpuid(0) as [number, number, number, number];
    const text = [b, d, c].map((v) => String.fromCharCode(v & 255, (v >> 8) & 255, (v >> 16) & 255, v >>> 24)).join('');
    expect([max, text]).toEqual([0x16, 'GenuineIntel']);
    const one = cpuid(1);
    expect(one[0]).toBe(0x106c2);
    expect(one[3]).toBe(m.get32(S.STATE_CPUID_FEATURES));
    expect(cpuid(0x80000000)[0]).toBe(0x80000008);
    expect(cpuid(0x80000008)[0]).toBe(40 | (48 << 8));
    const brand = [2, 3, 4].flatMap((n) => cpuid(0x80000000 + n));
    const name = brand.flatMap((v) => [v & 255, (v >> 8) & 255, (v >> 16) & 255, v >>> 24]);
    expect(String.fromCharCode(...name).replace(/\0+$/, '')).toBe('Vitrine virtual CPU');
    const [a, geometry, sets] = cpuid(4, 2) as [number, number, number];
    expect([a & 31, (a >> 5) & 7]).toEqual([3, 2]);
    expect(((geometry >>> 22) + 1) * ((geometry & 0xfff) + 1) * (sets + 1)).toBe(512 * 1024);
    expect(cpuid(4, 3)[0]).toBe(0);
    // Beyond the last leaf: the last one. TSC = ratio x crystal.
    const clock = cpuid(0x15) as [number, number, number];
    expect((clock[2] * clock[1]) / clock[0]).toBe(1e9);
    expect(cpuid(0x7fff)).toEqual(cpuid(0x16));
  });

  it('MISC_ENABLE can limit CPUID to leaf 3', () => {
    expect(write(0x1a0, 0x400001)).toBe(true);
    expect(cpuid(0)[0]).toBe(3);
  });

  it('the APIC bit of CPUID follows IA32_APIC_BASE', () => {
    expect(cpuid(1)[3]! & 0x200).toBe(0x200);
    expect(write(0x1b, 0xfee00000)).toBe(true);
    expect(cpuid(1)[3]! & 0x200).toBe(0);
  });

  it('an instruction whose feature bit is off is undefined', () => {
    m.set32(S.STATE_CPUID_FEATURES, m.get32(S.STATE_CPUID_FEATURES) & ~(1 << 4));
    m.core.remapped(m.cpu);
    m.execute('rdtsc');
    expect([m.vector, m.stack(1)[0]]).toEqual([6, CODE]);
  });
});

describe('the state after RESET (SDM vol. 3A table 9-1)', () => {
  it('is what the table says', () => {
    const m = new Machine();
    expect([m.eip, m.selector(S.CS), m.base(S.CS), m.limit(S.CS)]).toEqual([0xfff0, 0xf000, 0xffff0000, 0xffff]);
    expect([m.cr0, m.flags, m.get32(S.RDX)]).toEqual([0x60000010, 2, 0x106c2]);
    expect([m.dr(6), m.dr(7)]).toEqual([0xffff0ff0, 0x400]);
    expect([m.get32(S.STATE_IDTR_LIMIT), m.get32(S.STATE_GDTR_LIMIT)]).toEqual([0xffff, 0xffff]);
    expect([m.view.getUint16(m.cpu + S.STATE_FCW, true), m.get32(S.STATE_MXCSR)]).toEqual([0x40, 0x1f80]);
    expect(m.lapicBase()).toBe(0xfee00900);
    for (const n of [S.DS, S.ES, S.SS, S.FS, S.GS])
      expect([m.base(n), m.limit(n), m.attributes(n)]).toEqual([0, 0xffff, 0x93]);
  });
});

describe('#PF of instruction and data (SDM vol. 3A 4.7)', () => {
  it('pushes the error code, with CR2 the address, and restarts at the instruction', () => {
    const m = new Machine();
    const cases: [0 | 3, number, string, number][] = [
      [0, 0, 'mov eax, [0x50010]', 0],
      [0, 0, 'mov [0x50010], eax', 2],
      [3, 0, 'mov eax, [0x50010]', 4],
      [3, 1, 'mov eax, [0x50010]', 5],
      [3, 5, 'mov [0x50010], eax', 7],
    ];
    for (const [ring, bits, source, error] of cases) {
      m.protectedMode(ring).paging();
      m.page(0x50000, bits);
      m.execute(source);
      expect([source, m.vector, ...m.stack(3)]).toEqual([source, 14, error, CODE, ring === 3 ? CODE3 : CODE0]);
      expect(m.cr2).toBe(0x50010);
      expect(m.read32(m.esp + 12) & FLAG_RF).toBe(FLAG_RF);
    }
  });
});
