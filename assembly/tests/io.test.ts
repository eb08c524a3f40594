import { beforeEach, describe, expect, it } from 'vitest';
import { FLAG_DF, FLAG_IF, FLAG_IOPL } from '../shared/register-bits.ts';
import * as S from '../shared/state.ts';
import { CODE, DATA, DATA0, Machine, STACK0, TSS, TSS_SELECTOR } from './machine.ts';

// SDM vol. 1 chapter 18, vol. 2 IN, OUT, INS, OUTS.
describe('I/O', () => {
  let m: Machine;
  beforeEach(() => {
    m = new Machine().protectedMode(0);
  });

  it('IN and OUT in every width', () => {
    m.portValue = 0x12345678;
    m.set64(S.RAX, 0xffffffff);
    m.set64(S.RDX, 0x1234);
    m.program('in al, 0x60\nin ax, dx\nin eax, dx\nout dx, al\nout 0x70, ax\nout dx, eax').step();
    expect(m.get32(S.RAX)).toBe(0xffffff78);
    m.step();
    expect(m.get32(S.RAX)).toBe(0xffff5678);
    m.step(4);
    expect(m.get32(S.RAX)).toBe(0x12345678);
    expect(m.ports).toEqual([
      { port: 0x60, width: 1 },
      { port: 0x1234, width: 2 },
      { port: 0x1234, width: 4 },
      { port: 0x1234, width: 1, value: expect.anything() as number },
      { port: 0x70, width: 2, value: expect.anything() as number },
      { port: 0x1234, width: 4, value: 0x12345678 },
    ]);
    expect(m.ports[3]!.value! & 0xff).toBe(0x78);
  });

  it('ring 3 needs IOPL 3 or a clear bit for every byte', () => {
    m.protectedMode(3);
    m.core.setSegment(m.cpu, S.TR, TSS_SELECTOR, BigInt(TSS), 0x68 + 0x20, 0x8b);
    m.write8(TSS + 0x68 + (0x60 >> 3), 0b1000);
    const cases: [string, boolean][] = [
      ['in al, 0x62', true],
      ['in al, 0x63', false],
      ['in ax, 0x62', false],
      ['in ax, 0x60', true],
      ['in eax, 0x60', false],
      ['in eax, 0x64', true],
    ];
    for (const [source, allowed] of cases) {
      m.ring(3);
      m.eip = CODE;
      m.esp = 0xb000;
      m.execute(source);
      expect([source, m.vector]).toEqual([source, allowed ? -1 : 13]);
      if (!allowed) expect(m.stack(2)).toEqual([0, CODE]);
    }
    m.ring(3);
    m.eip = CODE;
    m.flags = 2 | FLAG_IOPL;
    m.execute('in al, 0x63');
    expect(m.vector).toBe(-1);
  });

  it('a bit map that ends before the port is #GP(0)', () => {
    m.protectedMode(3);
    m.core.setSegment(m.cpu, S.TR, TSS_SELECTOR, BigInt(TSS), 0x68 + 1, 0x8b);
    m.execute('in al, 7');
    expect(m.vector).toBe(-1);
    m.execute('in al, 8');
    expect(m.vector).toBe(13);
  });

  it('a 16-bit TSS has none', () => {
    m.protectedMode(3);
    m.core.setSegment(m.cpu, S.TR, TSS_SELECTOR, BigInt(TSS), 0xfff, 0x83);
    m.write32(TSS + 2, STACK0 | (DATA0 << 16));
    m.execute('in al, 7');
    expect(m.vector).toBe(13);
  });

  it('REP INS and OUTS move a count, in both directions', () => {
    m.portValue = 0xa5;
    m.set64(S.RDX, 0x1f0);
    m.set64(S.RDI, DATA);
    m.set64(S.RCX, 4);
    m.program('rep insb').step(4);
    expect(m.read32(DATA)).toBe(0xa5a5a5a5);
    expect([m.get32(S.RCX), m.get32(S.RDI), m.eip]).toEqual([0, DATA + 4, CODE + 2]);
    m.flags = 2 | FLAG_DF;
    m.write32(DATA, 0x44332211);
    m.set64(S.RSI, DATA + 3);
    m.set64(S.RCX, 2);
    m.ports.length = 0;
    m.program('rep outsb').step(2);
    expect(m.ports.map((p) => p.value! & 0xff)).toEqual([0x44, 0x33]);
    expect(m.get32(S.RSI)).toBe(DATA + 1);
  });

  it('an interrupt between iterations returns to the instruction', () => {
    m.flags = 2 | FLAG_IF;
    m.set64(S.RDX, 0x1f0);
    m.set64(S.RDI, DATA);
    m.set64(S.RCX, 4);
    m.program('rep insb').step(2);
    m.core.setIntr(m.cpu, 1);
    m.step();
    expect([m.vector, m.stack(1)[0]]).toEqual([0x20, CODE]);
    expect(m.get32(S.RCX)).toBeGreaterThan(0);
  });

  it('INS reads nothing from the port if its memory cannot be written', () => {
    m.paging();
    m.page(0x50000, 0);
    m.set64(S.RDX, 0x1f0);
    m.set64(S.RDI, 0x50000);
    m.execute('insb');
    expect([m.vector, m.cr2, m.ports]).toEqual([14, 0x50000, []]);
    expect(m.get32(S.RDI)).toBe(0x50000);
  });

  it('a count of 0 does nothing', () => {
    m.execute('rep insd');
    expect([m.ports, m.eip]).toEqual([[], CODE + 2]);
  });

  it('but the port is checked all the same', () => {
    m.protectedMode(3);
    m.set64(S.RDX, 0x1f0);
    m.execute('rep outsb');
    expect([m.vector, ...m.stack(2)]).toEqual([13, 0, CODE]);
  });
});
