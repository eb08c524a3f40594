// The lockstep checker finds compiled code that is wrong: each test changes the code of a region before it is compiled.
import { describe, expect, it } from 'vitest';
import { CODE, DATA, Machine } from '../../assembly/tests/machine.ts';

// WebAssembly's opcodes (core specification 2.0, chapter 5.4).
const I32_STORE16 = 0x3b;
const I32_STORE8 = 0x3a;
const I32_OR = 0x72;
const I32_XOR = 0x73;
const LOCAL_TEE = 0x22;
const CODE_SECTION = 10;

const PROGRAM = `
  mov ecx, 0x1400
  mov ebx, ${DATA}
.again:
  mov eax, [ebx]
  xor eax, ecx
  mov [ebx], eax
  mov [ebx + 4], cx
  dec ecx
  jnz .again
  hlt
`;
/** The loop begins behind two instructions of 5 bytes. */
const LOOP = CODE + 10;

/** Where the functions of a module begin. */
function codeOf(module: Uint8Array): number {
  let at = 8;
  while (module[at] !== CODE_SECTION) {
    let size = 0;
    for (let shift = 0, more = true; more; shift += 7) {
      const byte = module[++at] ?? 0;
      size |= (byte & 0x7f) << shift;
      more = byte > 0x7f;
    }
    at += 1 + size;
  }
  return at;
}

/** Runs the program with the bytes `from` of its modules' code replaced. */
function run(from: readonly number[], to: readonly number[]): Machine {
  const machine = new Machine('checked').protectedMode();
  machine.beforeInstall = (module) => {
    for (let at = codeOf(module); at < module.length; at++)
      if (from.every((byte, n) => module[at + n] === byte)) module.set(to, at);
  };
  return machine.program(PROGRAM).step(20_000);
}

describe('the lockstep checker', () => {
  it('lets code pass that does what the interpreter does, and counts it', () => {
    const machine = run([], []);
    expect(machine.core.compiledCount(machine.cpu)).toBeGreaterThan(19_000);
    expect(machine.core.lockstepCount()).toBeGreaterThan(19_000);
  });

  it('says where the region is, and which registers, flags and bytes differ', () => {
    expect(() => run([I32_XOR, LOCAL_TEE], [I32_OR, LOCAL_TEE])).toThrow(
      expect.objectContaining({
        message: expect.stringMatching(
          new RegExp(
            [
              `^The region at ${LOOP.toString(16)} did other than the interpreter in [0-9]+ instructions.`,
              'Its page goes on from there with 8b 03 31 c8 89 03 .*',
              'RAX: compiled [0-9a-f]{16}, interpreted [0-9a-f]{16}, before [0-9a-f]{16}',
              '(.*\n)*physical address e000: compiled [0-9a-f]{2}, interpreted [0-9a-f]{2}, before 00',
            ].join('\n'),
            'u',
          ),
        ),
      }),
    );
  });

  it('finds a byte that was not written', () => {
    expect(() => run([I32_STORE16, 0], [I32_STORE8, 0])).toThrow(
      /^physical address e005: compiled 14, interpreted [0-9a-f]{2}, before 14$/mu,
    );
  });
});
