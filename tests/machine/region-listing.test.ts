// `-d blocks` on code of our own: the listing has the guest's instructions as they were written, and the WebAssembly between them.
import { expect, it } from 'vitest';
import { kernel, runToEnd, type TestHost } from './test-machine.ts';

/** As the listing writes them; the addresses are those of the kernel's start, 0x200026 and on. */
const LOOP = [
  'ADD EAX, EBX',
  'MOV ECX, dword [DS:ESI+EAX*4+0x10]',
  'MOV byte [SS:EBP-8], AH',
  'LEA EDX, [DS:EDX+EAX+7]',
  'MOVZX EBX, word [DS:0x280000]',
  'IMUL EBX, EBX, -0x12',
  'PADDD XMM1, XMM2',
  'LOCK ADD dword [DS:ESI], EAX',
  'STOSD',
  'MOV EDI, 0x280040',
  'DEC dword [DS:0x280200]',
];

const KERNEL = kernel(`
  mov esi, 0x280000
  mov ebp, 0x280100
  mov eax, cr4
  or eax, 0x200
  mov cr4, eax
  mov edi, 0x280040
  mov dword [0x280200], 200000
again:
  and eax, 0xff
${LOOP.map((line) => line.replaceAll(/[DS]S:/g, '')).join('\n')}
  jnz again
  mov al, 1
  out 0xf4, al
  hlt
`);

async function listing(...flags: string[]): Promise<string> {
  const { host, exit }: { host: TestHost; exit: { code: number } } = await runToEnd('-kernel', KERNEL, flags);
  expect(exit.code).toBe(3);
  return host.log.join('\n');
}

it('shows each region: instructions, micro-ops, WebAssembly', async () => {
  const text = await listing('-d', 'blocks');
  expect(text).toMatch(/^blocks: region at 002000[0-9a-f]{2}, 32-bit: \d+ blocks?, \d+ instructions, \d+ bytes/);
  const loop = text.split('\nblocks: ').find((region) => region.includes('a loop')) ?? '';
  const instructions = [...loop.matchAll(/^;; 00200[0-9a-f]{3} {2}(?:[0-9a-f]{2} )+ +(.*)$/gm)].map(([, line]) => line);
  expect(instructions.slice(0, LOOP.length + 1)).toEqual(['AND EAX, 0xff', ...LOOP]);
  expect(instructions[LOOP.length + 1]).toMatch(/^JNZ 0x2000[0-9a-f]{2}$/);
  expect(loop).toContain('  01 d8                    ADD EAX, EBX\n');
  // A local that the instruction before sets last is on the stack already.
  expect(loop).toMatch(/;; {11}op [0-9a-fx]+ = ADD Ev,Gv \(32 bits\), reg 0x18, rm 0,.*\n +local\.get \$e[ab]x\n/);
  expect(loop).toMatch(
    /i32\.const 0x[0-9a-f]+ {2};; before 00200[0-9a-f]{3}, \d+ not run\n +local\.set \$exit\n +br \d/,
  );
  expect(loop).toContain('STATE_JIT_BUDGET');
  expect(loop).not.toMatch(/^ +0x[0-9a-f]{2}$/m);
});

it('shows what lies in the filter, and nothing of the interpreter', async () => {
  expect(await listing('-d', 'blocks', '-dfilter', '0x200000+0x1000')).toContain('PADDD XMM1, XMM2');
  expect(await listing('-d', 'blocks', '-dfilter', '0x1000..0x1fffff')).toBe('');
  expect(await listing('-d', 'blocks', '-accel', 'interp')).toBe('');
});
