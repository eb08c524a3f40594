import { beforeEach, describe, expect, it } from 'vitest';
import {
  CR4_FSGSBASE,
  CR4_PAE,
  CR4_PCIDE,
  CR4_UMIP,
  EFER_LMA,
  EFER_LME,
  FLAG_IF,
  FLAG_NT,
  FLAG_RF,
  FLAG_TF,
} from '../shared/register-bits.ts';
import * as S from '../shared/state.ts';
import {
  CODE,
  CODE0,
  CODE3,
  CODE64,
  CODE64_3,
  DATA0,
  DATA3,
  HANDLERS,
  HIGH,
  IST1,
  LongMachine,
  STACK,
  STACK0,
  TSS,
} from './long-machine.ts';
import { CODE0_16, DATA, FREE, GDT, TSS_SELECTOR } from './machine.ts';

const NON_CANONICAL = 0x0000800000000000n;
const R11 = 11 * S.GPR_SIZE;
const STATE = { lstar: S.STATE_LSTAR, star: S.STATE_STAR, mask: S.STATE_FMASK };

let m: LongMachine;
beforeEach(() => {
  m = new LongMachine().longMode();
});

const mode = () => m.get32(S.STATE_MODE);

/** Writes an MSR by WRMSR; true if it went through. */
function writeMsr(index: number, v: bigint): boolean {
  m.rip = BigInt(CODE);
  m.set(S.RCX, BigInt(index >>> 0));
  m.set(S.RAX, v & 0xffffffffn);
  m.set(S.RDX, BigInt.asUintN(64, v) >> 32n);
  m.execute('wrmsr');
  return m.vector === -1;
}

describe('activation of IA-32e mode (SDM vol. 3A 9.8.5)', () => {
  function protectedMachine(): void {
    m = new LongMachine();
    m.longMode(0, CODE0);
    m.set(S.STATE_CR0, m.get(S.STATE_CR0) & ~0x80000000n);
    m.set(S.STATE_EFER, 0n);
    m.core.modeChanged(m.cpu);
    m.core.remapped(m.cpu);
  }
  beforeEach(protectedMachine);
  const turnOn = 'mov eax, cr0\nor eax, 0x80000000\nmov cr0, eax';

  it('LME, then PG: LMA, compatibility mode; a far jump to 64-bit code; back by clearing PG', () => {
    expect(writeMsr(0xc0000080, BigInt(EFER_LME))).toBe(true);
    m.eip = CODE;
    m.program(`${turnOn}\njmp ${CODE64}:${CODE + 0x100}`).step(3);
    expect(m.get(S.STATE_EFER)).toBe(BigInt(EFER_LME | EFER_LMA));
    expect(mode()).toBe(S.MODE_32);
    m.step();
    expect([mode(), m.rip]).toEqual([S.MODE_64, BigInt(CODE + 0x100)]);
    // In 64-bit mode paging cannot be switched off.
    m.program('mov rax, cr0\nbtr rax, 31\nmov cr0, rax').step(3);
    expect(m.vector).toBe(13);
    m.longMode(0, CODE0).program('mov eax, cr0\nbtr eax, 31\nmov cr0, eax').step(3);
    expect([m.vector, mode(), Number(m.get(S.STATE_EFER)) & EFER_LMA]).toEqual([-1, S.MODE_32, 0]);
  });

  it('needs PAE, 32-bit code and a TSS of 32 or 64 bits', () => {
    const refused = (prepare: () => void) => {
      protectedMachine();
      m.set(S.STATE_EFER, BigInt(EFER_LME));
      prepare();
      m.program(turnOn).step(3);
      return (Number(m.get(S.STATE_CR0)) & 0x80000000) === 0;
    };
    const taskRegister = (attributes: number) =>
      m.core.setSegment(m.cpu, S.TR, TSS_SELECTOR, BigInt(TSS), 0x67, attributes);
    expect(refused(() => m.set(S.STATE_CR4, 0n))).toBe(true);
    expect(refused(() => m.set(S.STATE_CR4, BigInt(CR4_PAE)))).toBe(false);
    expect(refused(() => taskRegister(0x83))).toBe(true);
    expect(refused(() => taskRegister(0x8b))).toBe(false);
    expect(refused(() => m.core.setSegment(m.cpu, S.CS, CODE0, 0n, 0xffffffff, 0xe09b))).toBe(true);
  });

  it('EFER: LMA is read-only, LME is fixed while paging is on, unknown bits are refused', () => {
    m.longMode();
    expect(writeMsr(0xc0000080, 0x900n)).toBe(true);
    expect(m.get(S.STATE_EFER)).toBe(0xd00n);
    expect(writeMsr(0xc0000080, 0x800n)).toBe(false);
    m.longMode();
    expect(writeMsr(0xc0000080, 0x1d00n)).toBe(false);
  });
});

describe('segments', () => {
  it('64-bit mode uses no base of ES CS SS DS and no limit; compatibility mode uses them again', () => {
    m.gdt(FREE, { base: 0x1000, limit: 0xfff, access: 0x92, flags: 4 });
    m.write32(DATA, 0x11);
    m.write32(DATA + 0x1000, 0x22);
    m.program(`mov ax, ${FREE}\nmov ds, ax\nmov eax, [${DATA}]`).step(3);
    expect(m.get(S.RAX)).toBe(0x11n);
    expect(m.get(S.STATE_SEGMENTS + S.DS * S.SEGMENT_SIZE + S.SEGMENT_CACHED_BASE)).toBe(0x1000n);
    m.push64(CODE + 0x200, CODE0, 2, STACK, DATA0);
    m.program('iretq').step();
    expect(mode()).toBe(S.MODE_32);
    m.write32(0x1000 + 0x10, 0x33);
    m.program('mov eax, [0x10]\nmov eax, [0x1000]').step();
    expect(m.get(S.RAX)).toBe(0x33n);
    m.step();
    expect(m.vector).toBe(13);
  });

  it('FS and GS add their bases, which MSRs, SWAPGS and WRFSBASE set whole', () => {
    m.write32(DATA + 0x10, 0x1234);
    expect(writeMsr(0xc0000100, HIGH + BigInt(DATA))).toBe(true);
    expect(writeMsr(0xc0000102, HIGH + 5n)).toBe(true);
    m.execute('mov eax, [fs:0x10]');
    expect(m.get(S.RAX)).toBe(0x1234n);
    m.execute('swapgs');
    expect(m.get(S.STATE_SEGMENTS + S.GS * S.SEGMENT_SIZE + S.SEGMENT_BASE)).toBe(HIGH + 5n);
    expect(m.get(S.STATE_KERNEL_GS_BASE)).toBe(0n);
    m.execute('rdgsbase rax');
    expect(m.vector).toBe(6);
    m.longMode().enable(S.STATE_CR4, CR4_FSGSBASE);
    m.set(S.RAX, HIGH + 0x123456789n);
    m.program('wrgsbase rax\nrdgsbase ecx\nwrfsbase eax\nrdfsbase rdx').step(4);
    expect(m.get(S.RCX)).toBe(0x23456789n);
    expect(m.get(S.RDX)).toBe(0x23456789n);
    m.set(S.RAX, NON_CANONICAL);
    m.execute('wrgsbase rax');
    expect([m.vector, m.frame(1)]).toEqual([13, [0n]]);
  });

  it('a null selector in FS clears its base; null SS loads below ring 3 with RPL = CPL', () => {
    writeMsr(0xc0000100, HIGH);
    m.program('xor eax, eax\nmov fs, ax\nmov ss, ax\npush rax').step(4);
    expect(m.vector).toBe(-1);
    expect(m.get(S.STATE_SEGMENTS + S.FS * S.SEGMENT_SIZE + S.SEGMENT_BASE)).toBe(0n);
    expect(m.selector(S.SS)).toBe(0);
    m.longMode(3).program('mov eax, 3\nmov ss, ax').step(2);
    expect(m.vector).toBe(13);
    m.longMode(0).program('mov eax, 3\nmov ss, ax').step(2);
    expect(m.vector).toBe(13);
  });

  it('MSRs with addresses take canonical values only', () => {
    for (const index of [0xc0000082, 0xc0000083, 0xc0000100, 0xc0000101, 0xc0000102, 0x175, 0x176]) {
      m.longMode();
      expect(writeMsr(index, NON_CANONICAL)).toBe(false);
      m.longMode();
      expect(writeMsr(index, HIGH)).toBe(true);
    }
  });
});

describe('interrupts (SDM vol. 3A 6.14)', () => {
  it('same ring: SS:RSP are pushed too, on an aligned stack', () => {
    m.rsp = BigInt(STACK - 3);
    m.flags = 2 | FLAG_IF | FLAG_NT | FLAG_TF;
    m.execute('int 0x40');
    expect(m.vector).toBe(0x40);
    expect(m.rsp).toBe(BigInt(STACK - 16 - 40));
    expect(m.frame(5)).toEqual([CODE + 2, CODE64, 2 | FLAG_IF | FLAG_NT | FLAG_TF, STACK - 3, DATA0].map(BigInt));
    expect(m.flags).toBe(2);
    expect(m.selector(S.SS)).toBe(DATA0);
  });

  it('inner ring: RSP0 of the TSS, SS null', () => {
    m.longMode(3).gate64(0x40, { access: 0xee });
    m.execute('int 0x40');
    expect([m.vector, m.cpl, m.selector(S.SS), m.selector(S.CS)]).toEqual([0x40, 0, 0, CODE64]);
    expect(m.rsp).toBe(BigInt(STACK0 - 40));
    expect(m.frame(5)).toEqual([CODE + 2, CODE64_3, 2, STACK, DATA3].map(BigInt));
  });

  it('the interrupt stack table is used in any ring; an error code is a quadword', () => {
    m.gate64(13, { ist: 1 });
    m.set(S.RAX, NON_CANONICAL);
    m.execute('mov al, [rax]');
    expect(m.rsp).toBe(IST1 - 48n);
    expect(m.frame(6)).toEqual([0, CODE, CODE64, 2 | FLAG_RF, STACK, DATA0].map(BigInt));
    expect(m.selector(S.SS)).toBe(DATA0);
  });

  it('from compatibility mode into a handler above 4 GB, with a stack there', () => {
    m.longMode(3, CODE3).gate64(0x40, { access: 0xee, offset: HIGH + BigInt(HANDLERS + 0x40) });
    m.write64(TSS + 4, HIGH + BigInt(STACK0));
    m.execute('int 0x40');
    expect(m.rip).toBe(HIGH + BigInt(HANDLERS + 0x40));
    expect(mode()).toBe(S.MODE_64);
    expect(m.rsp).toBe(HIGH + BigInt(STACK0 - 40));
    expect(m.frame(5)).toEqual([CODE + 2, CODE3, 2, STACK, DATA3].map(BigInt));
    m.step();
    expect(m.isHalted).toBe(true);
  });

  it('checks: limit, type, presence, DPL, code of 64 bits, canonical target and stack', () => {
    const outcome = (prepare: () => void) => {
      m.longMode();
      prepare();
      m.execute('int 0x40');
      return [m.vector, Number(m.frame(1)[0])];
    };
    expect(outcome(() => m.set32(S.STATE_IDTR_LIMIT, 0x40 * 16 + 14))).toEqual([13, 0x202]);
    expect(outcome(() => m.gate64(0x40, { access: 0x86 }))).toEqual([13, 0x202]);
    expect(outcome(() => m.gate64(0x40, { access: 0x85 }))).toEqual([13, 0x202]);
    expect(outcome(() => m.gate64(0x40, { access: 0x0e }))).toEqual([11, 0x202]);
    expect(outcome(() => m.gate64(0x40, { selector: CODE0 }))).toEqual([13, CODE0]);
    expect(outcome(() => m.gate64(0x40, { selector: 0 }))).toEqual([13, 0]);
    expect(outcome(() => m.gate64(0x40, { offset: NON_CANONICAL }))).toEqual([13, 0]);
    const badStack = () => {
      m.gate64(0x40, { ist: 2 });
      m.write64(TSS + 0x2c, NON_CANONICAL + 0x1000n);
    };
    expect(outcome(badStack)).toEqual([12, 0]);
    const noStack = () => {
      m.gate64(0x40, { ist: 1 });
      m.core.setSegment(m.cpu, S.TR, TSS_SELECTOR, BigInt(TSS), 0x2a, 0x8b);
    };
    expect(outcome(noStack)).toEqual([10, TSS_SELECTOR]);
  });

  it('a page fault while #PF is delivered is a double fault; one more shuts down', () => {
    m.gate64(14, { ist: 2 });
    m.write64(TSS + 0x2c, 0x10000000n);
    m.execute('mov eax, [0x200000]');
    expect([m.vector, m.frame(1)]).toEqual([8, [0n]]);
    m.longMode().gate64(14, { ist: 2 });
    m.gate64(8, { ist: 2 });
    m.execute('mov eax, [0x200000]');
    expect(m.isShutDown).toBe(true);
  });
});

describe('IRET', () => {
  it('IRETQ pops five quadwords whatever the ring; a null SS only to 64-bit code below ring 3', () => {
    const back = (cs: number, ss: number, rip: bigint | number = CODE + 0x80) => {
      m.longMode().push64(rip, cs, 2, STACK - 0x100, ss);
      m.execute('iretq');
      return m.vector;
    };
    expect(back(CODE64, 0)).toBe(-1);
    expect([m.rsp, m.selector(S.SS), mode()]).toEqual([BigInt(STACK - 0x100), 0, S.MODE_64]);
    expect(back(CODE64, 1)).toBe(13);
    expect(back(CODE64_3, 3)).toBe(13);
    expect(back(CODE0, 0)).toBe(13);
    expect(back(CODE64_3, DATA3)).toBe(-1);
    expect(m.cpl).toBe(3);
    expect(back(CODE3, DATA3)).toBe(-1);
    expect([m.cpl, mode()]).toEqual([3, S.MODE_32]);
    expect(back(CODE64, DATA0, NON_CANONICAL)).toBe(13);
    expect(back(CODE0, DATA0, 0x100000000n)).toBe(13);
  });

  it('IRET with 32-bit operands pops doublewords; NT is #GP(0)', () => {
    m.rsp -= 20n;
    [CODE + 0x80, CODE64, 2, STACK - 0x200, DATA0].forEach((v, n) => m.write32(Number(m.rsp) + n * 4, v));
    m.execute('iretd');
    expect([m.rip, m.rsp]).toEqual([BigInt(CODE + 0x80), BigInt(STACK - 0x200)]);
    m.longMode().flags = 2 | FLAG_NT;
    m.execute('iretq');
    expect([m.vector, m.frame(1)]).toEqual([13, [0n]]);
  });
});

describe('SYSCALL and SYSRET', () => {
  beforeEach(() => {
    m.longMode(3);
    m.set(STATE.star, (BigInt(CODE3 - 3) << 48n) | (BigInt(CODE0) << 32n));
    m.set(STATE.lstar, HIGH + BigInt(CODE + 0x100));
    m.set(STATE.mask, BigInt(FLAG_IF));
  });

  it('SYSCALL keeps RIP and RFLAGS in RCX and R11 and masks RFLAGS', () => {
    m.flags = 2 | FLAG_IF | 1;
    m.execute('syscall');
    expect([m.rip, m.get(S.RCX), m.get(R11)]).toEqual([HIGH + BigInt(CODE + 0x100), BigInt(CODE + 2), 0x203n]);
    expect([m.flags, m.cpl, m.selector(S.CS), m.selector(S.SS), mode()]).toEqual([3, 0, CODE0, DATA0, S.MODE_64]);
    expect(m.rsp).toBe(BigInt(STACK));
  });

  it('SYSCALL is #UD in compatibility mode and without EFER.SCE', () => {
    m.longMode(3, CODE3).execute('db 0x0f, 5');
    expect(m.vector).toBe(6);
    m.longMode(3);
    m.set(S.STATE_EFER, 0xd00n);
    m.execute('syscall');
    expect(m.vector).toBe(6);
  });

  it('SYSRET returns to 32-bit or 64-bit code; RCX must be canonical before it leaves ring 0', () => {
    const back = (source: string, rcx: bigint) => {
      m.longMode(0);
      m.set(S.RCX, rcx);
      m.set(R11, 0xffffffffn);
      m.execute(source);
      return m.vector;
    };
    expect(back('sysretq', 0x7fffffff0000n)).toBe(-1);
    expect([m.rip, m.cpl, mode(), m.flags]).toEqual([0x7fffffff0000n, 3, S.MODE_64, 0x3c7fd7]);
    expect([m.selector(S.CS), m.selector(S.SS)]).toEqual([(CODE3 & ~3) + 16 + 3, DATA3]);
    expect(back('sysretd', 0x1_00008000n)).toBe(-1);
    expect([m.rip, mode(), m.selector(S.CS)]).toEqual([0x8000n, S.MODE_32, CODE3]);
    expect(back('sysretq', NON_CANONICAL)).toBe(13);
    expect([m.cpl, m.frame(2)]).toEqual([0, [0n, BigInt(CODE)]]);
    m.longMode(3).execute('sysretq');
    expect(m.vector).toBe(13);
  });

  it('SYSENTER and SYSEXIT with 64-bit pointers', () => {
    m.set(S.STATE_SYSENTER_CS, BigInt(CODE0));
    m.set(S.STATE_SYSENTER_ESP, HIGH + BigInt(STACK));
    m.set(S.STATE_SYSENTER_EIP, HIGH + BigInt(CODE));
    m.longMode(3, CODE3).execute('sysenter');
    expect([m.rip, m.rsp, mode(), m.cpl]).toEqual([HIGH + BigInt(CODE), HIGH + BigInt(STACK), S.MODE_64, 0]);
    m.longMode();
    m.set(S.RDX, 0x7000_0000_0000n);
    m.set(S.RCX, 0x6000_0000_0000n);
    m.execute('sysexitq');
    expect([m.rip, m.rsp, m.selector(S.CS), m.cpl]).toEqual([0x7000_0000_0000n, 0x6000_0000_0000n, CODE0 + 32 + 3, 3]);
    m.longMode();
    m.set(S.RDX, NON_CANONICAL);
    m.execute('sysexitq');
    expect(m.vector).toBe(13);
  });
});

describe('far transfers', () => {
  const gateAt = FREE;
  function callGate(offset: bigint, selector: number, access = 0xec): void {
    m.write64(
      GDT + gateAt,
      (offset & 0xffffn) | (BigInt(selector) << 16n) | (BigInt(access) << 40n) | (((offset >> 16n) & 0xffffn) << 48n),
    );
    m.write64(GDT + gateAt + 8, offset >> 32n);
  }
  function far(selector: number, offset = 0n): void {
    m.write64(DATA, offset);
    m.write16(DATA + 8, selector);
  }

  it('m16:64 CALL and RETF', () => {
    far(CODE64, HIGH + BigInt(CODE + 0x100));
    m.execute(`o64 call far [${DATA}]`);
    expect([m.rip, m.rsp]).toEqual([HIGH + BigInt(CODE + 0x100), BigInt(STACK - 16)]);
    expect(m.frame(2)).toEqual([BigInt(CODE + 8), BigInt(CODE64)]);
  });

  it('a 64-bit call gate to ring 0 pushes SS:RSP and nothing else; compatibility code may use it', () => {
    for (const code of [CODE64_3, CODE3]) {
      m.longMode(3, code);
      callGate(HIGH + BigInt(CODE + 0x100), CODE64);
      m.execute(code === CODE3 ? `call ${gateAt}:0` : `mov rax, rax`);
      if (code === CODE64_3) {
        m.write32(DATA, 0);
        m.write16(DATA + 4, gateAt);
        m.execute(`call far dword [${DATA}]`);
      }
      expect([m.rip, m.cpl, m.selector(S.SS), m.rsp]).toEqual([HIGH + BigInt(CODE + 0x100), 0, 0, BigInt(STACK0 - 32)]);
      expect(m.frame(4).slice(1)).toEqual([BigInt(code), BigInt(STACK), BigInt(DATA3)]);
    }
  });

  it('refuses gates to 32-bit code, TSS and task gates, segments with L and D', () => {
    const outcome = (prepare: () => void, selector: number = gateAt) => {
      m.longMode();
      prepare();
      far(selector);
      m.execute(`o64 jmp far [${DATA}]`);
      return [m.vector, Number(m.frame(1)[0])];
    };
    expect(outcome(() => callGate(0n, CODE0))).toEqual([13, CODE0]);
    expect(outcome(() => callGate(0n, CODE64, 0xe4))).toEqual([13, gateAt]);
    expect(outcome(() => m.gdt(gateAt, { access: 0x89, limit: 0x67, flags: 0 }))).toEqual([13, gateAt]);
    expect(outcome(() => m.gdt(gateAt, { access: 0x9a, flags: 0xe }))).toEqual([13, gateAt]);
    expect(outcome(() => callGate(NON_CANONICAL, CODE64))).toEqual([13, 0]);
    const badUpper = () => {
      callGate(0n, CODE64);
      m.write64(GDT + gateAt + 8, 0x100n << 32n);
    };
    expect(outcome(badUpper)).toEqual([13, gateAt]);
    expect(outcome(() => undefined, CODE0_16)).toEqual([-1, 0]);
    expect(mode()).toBe(S.MODE_16);
  });
});

describe('system registers', () => {
  it('LTR and LLDT read 16-byte descriptors', () => {
    m.gdt(FREE, { base: 0x5000, limit: 0x67, access: 0x89, flags: 0 });
    m.write64(GDT + FREE + 8, HIGH >> 32n);
    m.program(`mov eax, ${FREE}\nltr ax`).step(2);
    expect(m.get(S.STATE_SEGMENTS + S.TR * S.SEGMENT_SIZE + S.SEGMENT_BASE)).toBe(HIGH + 0x5000n);
    m.longMode().gdt(FREE, { base: 0x5000, limit: 0x67, access: 0x82, flags: 0 });
    m.write64(GDT + FREE + 8, 0x80n << 32n);
    m.program(`mov eax, ${FREE}\nlldt ax`).step(2);
    expect(m.vector).toBe(-1);
    m.longMode().gdt(FREE, { base: 0x5000, limit: 0x67, access: 0x82, flags: 0 });
    m.write64(GDT + FREE + 8, 0x8000n);
    m.program(`mov eax, ${FREE}\nlldt ax`).step(2);
    expect([m.vector, Number(m.frame(1)[0])]).toEqual([13, FREE]);
  });

  it('LGDT and SGDT have ten bytes; the base must be canonical', () => {
    m.write16(DATA, 0xff);
    m.write64(DATA + 2, HIGH + BigInt(GDT));
    m.program(`lgdt [${DATA}]\nsgdt [${DATA + 0x20}]\nlidt [${DATA}]`).step(2);
    expect(m.get(S.STATE_GDTR_BASE)).toBe(HIGH + BigInt(GDT));
    expect([m.read16(DATA + 0x20), m.read64(DATA + 0x22)]).toEqual([0xff, HIGH + BigInt(GDT)]);
    m.write64(DATA + 2, NON_CANONICAL);
    m.step();
    expect(m.vector).toBe(13);
  });

  it('control registers move whole; reserved bits are refused', () => {
    const write = (register: string, v: bigint) => {
      m.longMode();
      m.set(S.RAX, v);
      m.execute(`mov ${register}, rax`);
      return m.vector === -1;
    };
    expect(write('cr2', HIGH + 1n)).toBe(true);
    expect(m.get(S.STATE_CR2)).toBe(HIGH + 1n);
    expect(write('cr0', 0x180000011n)).toBe(false);
    expect(write('cr3', 0x30000n | (1n << 40n))).toBe(false);
    expect(write('cr3', 0x30000n | (1n << 63n))).toBe(false);
    expect(write('cr4', 0n)).toBe(false);
    expect(write('cr4', 0x20n | (1n << 12n))).toBe(false);
    expect(write('cr8', 9n)).toBe(true);
    m.execute('mov rcx, cr8');
    expect(m.get(S.RCX)).toBe(9n);
    expect(write('cr8', 16n)).toBe(false);
    expect(write('dr0', NON_CANONICAL)).toBe(true);
    expect(m.get(S.STATE_DR)).toBe(NON_CANONICAL);
    expect(write('dr7', 0x100000400n)).toBe(false);
  });

  it('CR4.PCIDE needs IA-32e mode and PCID 0; with it CR3 has bit 63', () => {
    m.set(S.RAX, BigInt(CR4_PAE | CR4_PCIDE));
    m.execute('mov cr4, rax');
    expect(m.vector).toBe(-1);
    m.set(S.RAX, 0x30005n | (1n << 63n));
    m.execute('mov cr3, rax');
    expect([m.vector, m.get(S.STATE_CR3)]).toEqual([-1, 0x30005n]);
    m.longMode();
    m.set(S.STATE_CR3, 0x30001n);
    m.set(S.RAX, BigInt(CR4_PAE | CR4_PCIDE));
    m.execute('mov cr4, rax');
    expect(m.vector).toBe(13);
  });

  it('INVPCID: type, reserved bits, canonical address, PCIDE', () => {
    const run = (type: number, low: bigint, high: bigint) => {
      m.longMode();
      m.write64(DATA, low);
      m.write64(DATA + 8, high);
      m.set(S.RAX, BigInt(type));
      m.execute(`invpcid rax, [${DATA}]`);
      return m.vector;
    };
    expect([0, 1, 2, 3].map((type) => run(type, 0n, HIGH))).toEqual([-1, -1, -1, -1]);
    expect(
      [4, 0, 0, 1, 3].map((type, n) => run(type, [0n, 0n, 1n, 1n, 0x1000n][n] ?? 0n, n === 1 ? NON_CANONICAL : 0n)),
    ).toEqual([13, 13, 13, 13, 13]);
  });

  it('UMIP keeps SGDT SIDT SLDT STR SMSW to ring 0', () => {
    for (const source of [`sgdt [${DATA}]`, `sidt [${DATA}]`, 'sldt ax', 'str ax', 'smsw ax', `smsw [${DATA}]`]) {
      expect([m.longMode(3).execute(source).vector, source]).toEqual([-1, source]);
      expect([m.longMode(3).enable(S.STATE_CR4, CR4_UMIP).execute(source).vector, source]).toEqual([13, source]);
      expect(m.longMode().enable(S.STATE_CR4, CR4_UMIP).execute(source).vector).toBe(-1);
    }
  });

  it('LAR and LSL know the descriptor types of IA-32e mode', () => {
    const accepts = (mnemonic: string, type: number) => {
      m.longMode().gdt(FREE, { access: 0x80 | type, limit: 0x67, flags: 0 });
      m.program(`mov eax, ${FREE}\n${mnemonic} ecx, ax`).step(2);
      return (m.flags & 0x40) !== 0;
    };
    const types = Array.from({ length: 16 }, (_, n) => n);
    expect(types.filter((type) => accepts('lar', type))).toEqual([2, 9, 11, 12]);
    expect(types.filter((type) => accepts('lsl', type))).toEqual([2, 9, 11]);
  });

  it('MONITOR and MWAIT wait for an interrupt or a device write to the line', () => {
    m.set(S.RAX, BigInt(DATA + 4));
    m.program('monitor\nmwait\nnop').step(2);
    expect(m.isHalted).toBe(true);
    m.core.invalidate(m.cpu, DATA + 0x40, 4);
    expect(m.isHalted).toBe(true);
    m.core.invalidate(m.cpu, DATA + 0x3c, 4);
    expect(m.isHalted).toBe(false);
    m.rip = BigInt(CODE);
    m.program('mwait\nnop').step(2);
    expect(m.isHalted).toBe(false);
    m.longMode(3).execute('monitor');
    expect(m.vector).toBe(6);
  });
});

describe('canonical addresses', () => {
  it('#GP(0) for data, #SS(0) for the stack, also where an access crosses into the hole', () => {
    const fault = (source: string, register: number, v: bigint) => {
      m.longMode().gate64(12, { ist: 1 });
      m.set(register, v);
      m.execute(source);
      return [m.vector, Number(m.frame(1)[0])];
    };
    expect(fault('mov eax, [rbx]', S.RBX, NON_CANONICAL)).toEqual([13, 0]);
    expect(fault('mov [rbx], eax', S.RBX, NON_CANONICAL - 2n)).toEqual([13, 0]);
    expect(fault('mov eax, [rbp]', S.RBP, NON_CANONICAL)).toEqual([12, 0]);
    expect(fault('push rax', S.RSP, NON_CANONICAL + 8n)).toEqual([12, 0]);
    expect(fault('add [rbx], eax', S.RBX, HIGH - 1n)).toEqual([13, 0]);
  });

  it('near branches fault at the branch; running into the hole faults at the hole', () => {
    m.set(S.RAX, NON_CANONICAL);
    m.execute('jmp rax');
    expect([m.vector, m.frame(2)[1]]).toEqual([13, BigInt(CODE)]);
    m.longMode();
    m.push64(NON_CANONICAL);
    m.execute('ret');
    expect([m.vector, m.frame(2)[1]]).toEqual([13, BigInt(CODE)]);
  });

  it('INVLPG of a non-canonical address does nothing', () => {
    m.set(S.RAX, NON_CANONICAL);
    m.execute('invlpg [rax]');
    expect(m.vector).toBe(-1);
  });
});

describe('breakpoints', () => {
  it('eight bytes long, at a 64-bit address', () => {
    m.set(S.STATE_DR, HIGH + BigInt(DATA));
    m.set(S.STATE_DR + 7 * 8, 0x400n | 2n | (0b1001n << 16n));
    m.core.modeChanged(m.cpu);
    m.set(S.RBX, HIGH + BigInt(DATA));
    m.program('mov [rbx+8], al\nmov [rbx+7], al').step();
    expect(m.vector).toBe(-1);
    m.step();
    expect([m.vector, m.dr(6) & 15]).toEqual([1, 1]);
  });
});
