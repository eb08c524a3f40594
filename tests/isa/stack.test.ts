import { describe, expect, it } from 'vitest';
import { CS } from '../../assembly/shared/state.ts';
import { CODE, IsaMachine } from './isa-machine.ts';

const m = new IsaMachine();
const HOLE = 0x20000;

function flat(source: string, esp = 0x8000): void {
  m.enter('ring 0');
  m.load(source, 32);
  m.set({ esp });
}

describe('PUSH and POP', () => {
  it('PUSH ESP pushes the old value', () => {
    flat('push esp');
    m.run();
    expect([m.get('esp'), m.get32(0x7ffc)]).toEqual([0x7ffc, 0x8000]);
  });

  it('POP ESP leaves the popped value', () => {
    flat('pop esp');
    m.set32(0x8000, 0x1234);
    m.run();
    expect(m.get('esp')).toBe(0x1234);
  });

  it('an address relative to ESP is that before PUSH and after POP', () => {
    flat('push dword [esp+4]\npop dword [esp+8]');
    m.set32(0x8004, 0xcafe);
    m.run();
    expect(m.get32(0x7ffc)).toBe(0xcafe);
    m.run();
    expect([m.get('esp'), m.get32(0x8008)]).toEqual([0x8000, 0xcafe]);
  });

  it('a fault of POP to memory or of PUSH leaves ESP', () => {
    for (const source of [`pop dword [${HOLE}]`, 'push eax', 'push 5', `push dword [${HOLE}]`, 'pusha', 'pushf']) {
      flat(source, source.startsWith('pop') ? 0x8000 : HOLE + 0x1000);
      m.unmap(HOLE);
      expect(m.run()).toEqual({ vector: 14, errorCode: source.includes('push dword') ? 0 : 2 });
      expect(m.get('esp')).toBe(source.startsWith('pop') ? 0x8000 : HOLE + 0x1000);
    }
  });

  it('PUSH imm8 is sign-extended', () => {
    flat('db 6ah, 80h');
    m.run();
    expect(m.get32(0x7ffc)).toBe(0xffffff80);
  });

  it('a 16-bit stack wraps and keeps the upper half of ESP', () => {
    m.enter('real');
    m.load('push ax\npop bx', 16);
    m.set({ esp: 0x12340000, eax: 0xbeef });
    m.run();
    expect([m.get('esp'), m.get16(0xfffe)]).toEqual([0x1234fffe, 0xbeef]);
    m.run();
    expect([m.get('esp'), m.get('ebx')]).toEqual([0x12340000, 0xbeef]);
  });

  it('a push across the end of a 16-bit stack is #SS(0)', () => {
    m.enter('real');
    m.load('push ax', 16);
    m.set({ esp: 1 });
    expect(m.run()).toEqual({ vector: 12, errorCode: 0 });
    expect(m.get('esp')).toBe(1);
  });
});

describe('PUSHA and POPA', () => {
  const values = { eax: 1, ecx: 2, edx: 3, ebx: 4, ebp: 6, esi: 7, edi: 8 };

  it('are inverse but for ESP', () => {
    flat('pusha\npopa');
    m.set(values);
    m.run();
    expect([...Array(8).keys()].map((n) => m.get32(0x8000 - 32 + n * 4))).toEqual([8, 7, 6, 0x8000, 4, 3, 2, 1]);
    m.set32(0x8000 - 20, 0xdead);
    m.set({ eax: 0, ecx: 0, edx: 0, ebx: 0, ebp: 0, esi: 0, edi: 0 });
    m.run();
    expect(m.get('esp')).toBe(0x8000);
    for (const [name, value] of Object.entries(values)) expect(m.get(name as keyof typeof values)).toBe(value);
  });

  it('POPA that faults changes no register', () => {
    flat('popa', HOLE - 8);
    m.unmap(HOLE);
    m.set(values);
    expect(m.run()).toEqual({ vector: 14, errorCode: 0 });
    for (const [name, value] of Object.entries(values)) expect(m.get(name as keyof typeof values)).toBe(value);
  });
});

describe('ENTER and LEAVE', () => {
  it('copies the frame pointers of the enclosing levels', () => {
    flat('enter 16, 3');
    m.set({ ebp: 0x9000 });
    m.set32(0x8ffc, 0xaaaa);
    m.set32(0x8ff8, 0xbbbb);
    m.run();
    expect([0x7ffc, 0x7ff8, 0x7ff4, 0x7ff0].map((at) => m.get32(at))).toEqual([0x9000, 0xaaaa, 0xbbbb, 0x7ffc]);
    expect([m.get('ebp'), m.get('esp')]).toEqual([0x7ffc, 0x7ff0 - 16]);
  });

  it('takes the level modulo 32', () => {
    flat('enter 0, 32');
    m.run();
    expect([m.get('ebp'), m.get('esp')]).toEqual([0x7ffc, 0x7ffc]);
  });

  it('needs the new top of the stack to be writable', () => {
    flat('enter 1000h, 0', HOLE + 0x1008);
    m.unmap(HOLE);
    m.set({ ebp: 5 });
    expect(m.run()).toEqual({ vector: 14, errorCode: 2 });
    expect([m.get('ebp'), m.get('esp')]).toEqual([5, HOLE + 0x1008]);
  });

  it('in 16 bits changes BP and SP alone', () => {
    m.enter('real');
    m.load('enter 4, 1\nleave', 16);
    m.set({ esp: 0x70008000, ebp: 0x60001234 });
    m.run();
    expect([m.get('ebp'), m.get('esp')]).toEqual([0x60007ffe, 0x70007ff8]);
    expect([m.get16(0x7ffe), m.get16(0x7ffc)]).toEqual([0x1234, 0x7ffe]);
    m.run();
    expect([m.get('ebp'), m.get('esp')]).toEqual([0x60001234, 0x70008000]);
  });

  it('LEAVE that faults changes nothing', () => {
    flat('leave');
    m.unmap(HOLE);
    m.set({ ebp: HOLE });
    expect(m.run()).toEqual({ vector: 14, errorCode: 0 });
    expect([m.get('ebp'), m.get('esp')]).toEqual([HOLE, 0x8000]);
  });
});

describe('near transfers', () => {
  it('CALL and RET with arguments', () => {
    flat(`call target\nnop\ntarget: ret 8`);
    m.run();
    expect([m.get('esp'), m.get32(0x7ffc)]).toEqual([0x7ffc, CODE + 5]);
    m.run();
    expect([m.get('esp'), m.eip]).toEqual([0x8008, CODE + 5]);
  });

  it('CALL [ESP] reads its operand before the push', () => {
    flat('call dword [esp]');
    m.set32(0x8000, 0x4000);
    m.run();
    expect([m.get('esp'), m.eip]).toEqual([0x7ffc, 0x4000]);
  });

  it('a target beyond CS is #GP(0) and changes nothing', () => {
    const far = '100000h';
    for (const source of [`call ${far}`, `jmp ${far}`, 'call eax', 'jmp eax', 'ret', 'ret 4', `jz near ${far}`]) {
      flat(source);
      m.segment(CS, 0xffff);
      m.set({ eax: 0x100000 });
      m.set32(0x8000, 0x100000);
      m.load(`cmp edx, edx\n${source}`, 32);
      m.run();
      const eip = m.eip;
      expect(m.run()).toEqual({ vector: 13, errorCode: 0 });
      expect([m.get('esp'), m.get32(0x7ffc), m.eip]).toEqual([0x8000, 0, eip]);
    }
  });

  it('LOOP to beyond CS leaves ECX', () => {
    flat('');
    m.segment(CS, CODE + 0x10);
    m.load('loop $+20h', 32);
    m.set({ ecx: 2 });
    expect(m.run()).toEqual({ vector: 13, errorCode: 0 });
    expect(m.get('ecx')).toBe(2);
    m.set({ ecx: 1 });
    expect(m.run().vector).toBeNull();
    expect([m.get('ecx'), m.eip]).toEqual([0, CODE + 2]);
  });

  it('a 16-bit operand size cuts the target', () => {
    m.enter('real');
    m.load('jmp $-1100h', 16);
    m.run();
    expect(m.eip).toBe(0xff00);
    flat('db 66h, 0ffh, 0e0h'); // JMP AX
    m.set({ eax: 0x12344000 });
    m.run();
    expect(m.eip).toBe(0x4000);
  });

  it('JCXZ and LOOP count in CX or ECX by the address size', () => {
    flat('db 67h, 0e3h, 10h'); // JCXZ
    m.set({ ecx: 0x10000 });
    m.run();
    expect(m.eip).toBe(CODE + 0x13);
    flat('db 67h, 0e2h, 10h'); // LOOP with CX
    m.set({ ecx: 0x10001 });
    m.run();
    expect([m.eip, m.get('ecx')]).toEqual([CODE + 3, 0x10000]);
  });
});
