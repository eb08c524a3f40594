// Instructions across the end of a page: compiled like all others, and looked at anew when what lies behind the end changes.
import { describe, expect, it } from 'vitest';
import * as S from '../../assembly/shared/state.ts';
import { LongMachine, STACK } from '../../assembly/tests/long-machine.ts';

/** Where the first page ends; data; a page that takes the second one's place. */
const BOUNDARY = 0x51000;
const START = BOUNDARY - 0x80;
const DATA = 0x60000;
const OTHER = 0x62000;
/** Of the long machine. */
const PAGE_TABLE = 0x33000;
const TURNS = 2000;
const MANY_TURNS = 1_000_000;
const SLICE = 997;

interface Loop {
  readonly instruction: string;
  readonly length: number;
  readonly before?: string;
  readonly behind?: string;
  /** What must come out. */
  readonly read: (m: LongMachine) => number;
  readonly expected: number;
}

const LOOPS: readonly Loop[] = [
  { instruction: 'add eax, 0x00010001', length: 5, read: (m) => m.get32(S.RAX), expected: 1 + TURNS * 0x10001 },
  { instruction: `add dword [${DATA}], 3`, length: 7, read: (m) => m.read32(DATA), expected: 3 * TURNS },
  { instruction: 'call called', length: 5, read: (m) => m.get32(S.RBX), expected: TURNS },
  { instruction: 'jmp near next', length: 5, read: (m) => m.get32(S.RDX), expected: 0 },
  { instruction: 'jnz near next', length: 6, before: 'or edx, edx', read: (m) => m.get32(S.RDX), expected: 0 },
  { instruction: 'jz near body', length: 6, before: 'or edx, edx', read: (m) => m.get32(S.RDX), expected: 0 },
  { instruction: 'ret 8', length: 3, before: 'push 0\n push 0\n push next', read: (m) => m.get32(S.RDX), expected: 0 },
  // By its handler: one bit goes round through EAX and CF, 33 places.
  { instruction: 'rcl eax, 1', length: 2, before: 'inc ebx', read: (m) => m.get32(S.RAX), expected: 1 << (TURNS % 33) },
  {
    instruction: 'rep stosd',
    length: 2,
    before: `mov ecx, 3\n mov edi, ${DATA}\n inc eax`,
    read: (m) => m.read32(DATA + 8),
    expected: TURNS + 1,
  },
  // Leaves the loop of the interpreter.
  {
    instruction: 'cpuid',
    length: 2,
    before: 'mov eax, 0\n push edx',
    behind: 'pop edx',
    read: (m) => m.get32(S.RDX),
    expected: 0,
  },
];
const LOOPS_64: readonly Loop[] = [
  ...LOOPS.filter(({ instruction }) => !['ret 8', 'cpuid'].includes(instruction)),
  { instruction: 'add r8, 0x00010001', length: 7, read: (m) => m.get32(S.STATE_GPR + 64), expected: TURNS * 0x10001 },
  {
    instruction: `add [rel ${DATA}], edx`,
    length: 6,
    read: (m) => m.read32(DATA),
    expected: (TURNS * (TURNS + 1)) / 2,
  },
];

/** TURNS times around `instruction`, of which `front` bytes lie in the first page. */
function source({ instruction, before = '', behind = '' }: Partial<Loop>, front: number): string {
  return `
    jmp body
  called:
    inc ebx
    ret
  body:
    jmp inside
    times ${BOUNDARY - START - front - 0x20} - ($-$$) nop
  inside:
    ${before}
    jmp near across
    times ${BOUNDARY - START - front} - ($-$$) nop
  across:
    ${instruction}
  next:
    ${behind}
    dec edx
    jnz inside
    hlt`;
}

function machineFor(accelerator: 'interp' | 'jit' | 'checked', bits: 32 | 64): LongMachine {
  const m = new LongMachine(accelerator);
  if (bits === 64) m.longMode();
  else m.protectedMode().paging();
  for (const [register, value] of [
    [S.RAX, 1],
    [S.RBX, 0],
    [S.RDX, TURNS],
  ] as const)
    m.set64(register, value);
  m.eip = START;
  return m;
}

function runToHalt(m: LongMachine): void {
  for (let n = 0; n < 100 && !m.isHalted; n++) m.step(SLICE);
  expect(m.isHalted).toBe(true);
}

describe.each(['interp', 'jit', 'checked'] as const)('%s', (accelerator) => {
  describe.each([32, 64] as const)('%i bits', (bits) => {
    it.each(bits === 64 ? LOOPS_64 : LOOPS)('$instruction', (loop) => {
      for (let front = 1; front < loop.length; front++) {
        const m = machineFor(accelerator, bits);
        runToHalt(m.program(source(loop, front), bits));
        expect(loop.read(m)).toBe(loop.expected);
      }
    });
  });
});

/** An ADD of which only the opcode and the lowest byte of the immediate lie in the first page. */
const ADD = { instruction: 'add eax, 0x00010001' };
const FRONT = 2;
const IMMEDIATE_BEHIND = BOUNDARY + 1;

describe.each(['interp', 'jit', 'checked'] as const)('what lies behind the end changes, %s', (accelerator) => {
  it('by a store of the loop itself', () => {
    const patch = `cmp edx, ${TURNS / 2}\n jne next2\n mov byte [${IMMEDIATE_BEHIND}], 2\nnext2:`;
    const m = machineFor(accelerator, 32).program(source({ ...ADD, behind: patch }, FRONT));
    runToHalt(m);
    // The turn that stores was still one with the old immediate.
    const before = TURNS / 2 + 1;
    expect(m.get32(S.RAX) - 1).toBe(before * 0x10001 + (TURNS - before) * 0x20001);
  });

  it('by another page in its place', () => {
    const m = machineFor(accelerator, 64).program(source(ADD, FRONT), 64);
    for (let n = 0; n < 0x100; n++) m.write8(OTHER + n, m.read8(BOUNDARY + n));
    m.write8(OTHER + 1, 2);
    // Between DEC and JNZ of a turn.
    m.step(TURNS);
    while (m.eip !== BOUNDARY + 5) m.step();
    const [turns, before] = [m.get32(S.RDX), m.get32(S.RAX)];
    m.write64(PAGE_TABLE + (BOUNDARY >> 12) * 8, BigInt(OTHER | 7));
    m.core.remapped(m.cpu);
    runToHalt(m);
    expect(m.get32(S.RAX) - before).toBe(turns * 0x20001);
  });

  it('by being taken away: #PF at the instruction, with the address of the second page', () => {
    const m = machineFor(accelerator, 64).program(source(ADD, FRONT), 64);
    m.step(TURNS);
    while (m.rip !== BigInt(BOUNDARY - FRONT)) m.step();
    m.pte(BOUNDARY, 6n);
    m.step();
    expect([m.vector, m.cr2]).toEqual([14, BOUNDARY]);
    // A fetch, of a page that is not there.
    expect(m.frame(2)).toEqual([0x10n, BigInt(BOUNDARY - FRONT)]);
    m.pte(BOUNDARY, 7n);
    m.rip = BigInt(BOUNDARY - FRONT);
    m.rsp = BigInt(STACK);
    runToHalt(m);
    expect(m.get32(S.RAX) - 1).toBe(TURNS * 0x10001);
  });
});

it('a loop through such an instruction runs as compiled code', () => {
  const m = machineFor('interp', 64).program(source(ADD, FRONT), 64);
  m.core.setAccelerator(m.cpu, 1);
  m.set64(S.RDX, MANY_TURNS);
  while (!m.isHalted) m.step(5000);
  // ADD, DEC, JNZ and JMP; what is hot waits for others before it is compiled.
  expect(m.core.compiledCount(m.cpu)).toBeGreaterThan(0.8 * MANY_TURNS * 4);
});
