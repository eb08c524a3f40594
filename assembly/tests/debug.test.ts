import { beforeEach, describe, expect, it } from 'vitest';
import { CR4_DE, DR6_BD, DR6_BS, DR7_GD, FLAG_RF, FLAG_TF } from '../shared/register-bits.ts';
import * as S from '../shared/state.ts';
import { CODE, DATA, DATA0, Machine } from './machine.ts';

/** DR7 for breakpoint n: enabled, condition (0 execute, 1 write, 2 I/O, 3 access), bytes. */
const control = (n: number, on: number, bytes: 1 | 2 | 4 = 1) =>
  0x400 | (2 << (n * 2)) | (on << (16 + n * 4)) | ((bytes - 1) << (18 + n * 4));

describe('breakpoints (SDM vol. 3B 17.2 and 17.3)', () => {
  let m: Machine;
  beforeEach(() => {
    m = new Machine().protectedMode(0);
  });

  it('an instruction breakpoint is a fault before the instruction, with RF clear in the image', () => {
    m.program('nop\nnop\nnop');
    m.setDr(1, CODE + 1);
    m.setDr(7, control(1, 0));
    m.step(2);
    expect([m.vector, m.stack(1)[0]]).toEqual([1, CODE + 1]);
    expect(m.stack(3)[2]).toBe(2);
    expect(m.dr(6)).toBe(0xffff0ff2);
  });

  it('IRET with RF set in the image steps over it, once', () => {
    m.program('inc eax\nnop');
    m.setDr(0, CODE);
    m.setDr(7, control(0, 0));
    m.step();
    expect(m.vector).toBe(1);
    m.write32(m.esp + 8, 2 | FLAG_RF);
    m.write8(m.eip, 0xcf);
    m.core.invalidate(m.cpu, m.eip, 1);
    m.step(2);
    expect([m.eip, m.get32(S.RAX)]).toEqual([CODE + 1, 1]);
    expect(m.flags & FLAG_RF).toBe(0);
    m.eip = CODE;
    m.step();
    expect(m.vector).toBe(1);
  });

  it('RF holds for all iterations of a repeated instruction', () => {
    m.program('rep stosb\nnop');
    m.setDr(0, CODE);
    m.setDr(7, control(0, 0));
    m.set64(S.RDI, DATA);
    m.set64(S.RCX, 3);
    m.flags = 2 | FLAG_RF;
    m.step(3);
    expect([m.eip, m.get32(S.RCX)]).toEqual([CODE + 2, 0]);
    expect(m.flags).toBe(2);
  });

  it('a data write is a trap after the instruction', () => {
    m.setDr(2, DATA);
    m.setDr(7, control(2, 1, 4));
    m.execute(`mov [${DATA + 3}], al`);
    expect([m.vector, m.stack(1)[0]]).toEqual([1, CODE + 5]);
    expect(m.dr(6)).toBe(0xffff0ff4);
  });

  it('reads hit only where asked, and accesses beside the area never', () => {
    const cases: [number, string, boolean][] = [
      [1, `mov eax, [${DATA}]`, false],
      [3, `mov eax, [${DATA}]`, true],
      [3, `mov eax, [${DATA - 3}]`, true],
      [3, `mov eax, [${DATA - 4}]`, false],
      [3, `mov al, [${DATA + 4}]`, false],
      [1, `add [${DATA}], al`, true],
      [1, `push eax`, false],
    ];
    for (const [on, source, hits] of cases) {
      m.protectedMode(0);
      m.setDr(0, DATA);
      m.setDr(7, control(0, on, 4));
      m.execute(source);
      expect([source, m.vector]).toEqual([source, hits ? 1 : -1]);
    }
  });

  it('a string instruction stops after the iteration that hits', () => {
    m.setDr(0, DATA + 8);
    m.setDr(7, control(0, 1, 4));
    m.set64(S.RDI, DATA);
    m.set64(S.RCX, 8);
    m.execute('rep stosd');
    expect([m.vector, m.get32(S.RCX), m.get32(S.RDI)]).toEqual([1, 5, DATA + 12]);
    // RF is set in the image between iterations, after the last one it is not.
    expect(m.stack(3)).toEqual([CODE, 8, 2 | FLAG_RF]);
    m.protectedMode(0);
    m.setDr(0, DATA + 4);
    m.set64(S.RDI, DATA);
    m.set64(S.RCX, 2);
    m.execute('rep stosd');
    expect(m.stack(3)).toEqual([CODE + 2, 8, 2]);
  });

  it('I/O breakpoints need CR4.DE', () => {
    m.setDr(3, 0x60);
    m.setDr(7, control(3, 2, 2));
    m.execute('in al, 0x61');
    expect(m.vector).toBe(-1);
    m.protectedMode(0);
    m.set64(S.STATE_CR4, CR4_DE);
    m.execute('in al, 0x61');
    expect([m.vector, m.stack(1)[0]]).toEqual([1, CODE + 2]);
    expect(m.dr(6)).toBe(0xffff0ff8);
  });

  it('a disabled breakpoint does nothing', () => {
    m.setDr(0, DATA);
    m.setDr(7, control(0, 1, 4) & ~0xff);
    m.execute(`mov [${DATA}], eax`);
    expect(m.vector).toBe(-1);
  });

  it('MOV SS holds its own data breakpoint and the single step until the next instruction is done', () => {
    m.write16(DATA, DATA0);
    m.setDr(0, DATA);
    m.setDr(7, control(0, 3, 2));
    m.program(`mov ss, word [${DATA}]\nmov esp, 0xa000\nnop`).step();
    expect(m.vector).toBe(-1);
    m.step();
    expect([m.vector, m.esp]).toEqual([1, 0xa000 - 12]);
  });
});

describe('single step (17.3.1.4)', () => {
  let m: Machine;
  beforeEach(() => {
    m = new Machine().protectedMode(0);
  });

  it('sets BS, pushes TF in the image, clears it in the handler', () => {
    m.flags = 2 | FLAG_TF;
    m.execute('nop');
    expect([m.vector, ...m.stack(3)]).toEqual([1, CODE + 1, 8, 2 | FLAG_TF]);
    expect(m.dr(6) & DR6_BS).toBe(DR6_BS);
    expect(m.flags & FLAG_TF).toBe(0);
  });

  it('POPF that sets TF does not trap itself; one that clears it does', () => {
    m.push(2 | FLAG_TF);
    m.program('popf\nnop').step();
    expect(m.vector).toBe(-1);
    m.step();
    expect([m.vector, m.stack(1)[0]]).toEqual([1, CODE + 2]);
    m.protectedMode(0);
    m.flags = 2 | FLAG_TF;
    m.push(2);
    m.execute('popf');
    expect([m.vector, ...m.stack(3)]).toEqual([1, CODE + 1, 8, 2]);
  });

  it('each iteration of a repeated instruction traps', () => {
    m.flags = 2 | FLAG_TF;
    m.set64(S.RDI, DATA);
    m.set64(S.RCX, 3);
    m.execute('rep stosb');
    expect([m.vector, m.get32(S.RCX), m.stack(1)[0]]).toEqual([1, 2, CODE]);
  });

  it('a fault of the instruction comes instead of the trap', () => {
    m.flags = 2 | FLAG_TF;
    m.execute('ud2');
    expect([m.vector, m.stack(1)[0]]).toEqual([6, CODE]);
    expect(m.dr(6) & DR6_BS).toBe(0);
  });
});

describe('debug registers (vol. 2B MOV to debug registers)', () => {
  let m: Machine;
  beforeEach(() => {
    m = new Machine().protectedMode(0);
  });

  it('fixed bits of DR6 and DR7', () => {
    m.set64(S.RAX, 0xffffffff);
    m.execute('mov dr6, eax');
    m.set64(S.RAX, 0xffffffff & ~DR7_GD);
    m.execute('mov dr7, eax');
    expect([m.dr(6), m.dr(7)]).toEqual([0xffffefff, 0xffff07ff]);
    m.set64(S.RAX, 0);
    m.execute('mov dr7, eax');
    m.execute('mov dr6, eax');
    expect([m.dr(6), m.dr(7)]).toEqual([0xffff0ff0, 0x400]);
  });

  it('DR4 and DR5 are DR6 and DR7, or undefined with CR4.DE', () => {
    m.execute('mov eax, dr4');
    expect(m.get32(S.RAX)).toBe(0xffff0ff0);
    m.execute('mov eax, dr5');
    expect(m.get32(S.RAX)).toBe(0x400);
    m.set64(S.STATE_CR4, CR4_DE);
    m.execute('mov eax, dr5');
    expect(m.vector).toBe(6);
  });

  it('GD guards them: #DB before the access, BD set, GD cleared', () => {
    m.setDr(7, 0x400 | DR7_GD);
    m.execute('mov eax, dr0');
    expect([m.vector, m.stack(1)[0]]).toEqual([1, CODE]);
    expect([m.dr(6) & DR6_BD, m.dr(7)]).toEqual([DR6_BD, 0x400]);
    // A fault, so RF is set in the image.
    expect(m.stack(3)[2]).toBe(2 | FLAG_RF);
  });
});
