/** The test machine around a random program: handlers that go on where the program says, pages that fault. */
import { CR0_AM, CR0_WP } from '../../assembly/shared/register-bits.ts';
import * as S from '../../assembly/shared/state.ts';
import { MEMORY_RAM_BASE } from '../../assembly/shared/memory-map.ts';
import { LongMachine } from '../../assembly/tests/long-machine.ts';
import { assemble } from '../../devices/asm/assemble.ts';
import type { Random } from '../../recorder/random.ts';
import { readRows } from '../../scripts/generate/read-rows.ts';
import { accelerate, type Accelerator } from '../silicon/acceleration.ts';
import { COUNTS, DATA, END, FUEL, HANDLERS_AT, HOLE, PROGRAM, READ_ONLY, RESUME, STACK_TOP } from './program-layout.ts';

const rows = readRows();
const RAM_BYTES = 0x100000;
const SHOWN = 12;
const FUEL_FULL = 300;
const WITH_ERROR_CODE = new Set([8, 10, 11, 12, 13, 14, 17]);
/** Exceptions that the program survives: all but double faults, machine checks and #DB. */
const HANDLED = [0, 3, 4, 5, 6, 7, 10, 11, 12, 13, 14, 16, 17, 19];
const CR4_VECTORS = 0x40600; // OSFXSR, OSXMMEXCPT, OSXSAVE
const X87_SSE_AVX = 7;

export interface Setting extends AssembledProgram {
  readonly ring: 0 | 3;
  readonly cr0: number;
  readonly fsLimit: number;
  readonly data: Uint8Array;
  readonly slices: readonly number[];
  /** How often code is reached before it is compiled: regions that come later are larger. */
  readonly arrivals: number;
}

const HANDLER_SIZE = 64;

function handlerCode(bits: 32 | 64): Uint8Array {
  const word = bits / 8;
  const [a, sp] = bits === 64 ? ['rax', 'rsp'] : ['eax', 'esp'];
  const lines = HANDLED.flatMap((vector, n) => [
    `times ${n * HANDLER_SIZE} - ($-$$) nop`,
    ...(WITH_ERROR_CODE.has(vector) ? [`add ${sp}, ${word}`] : []),
    `inc dword [${COUNTS + vector * 4}]`,
    `push ${a}`,
    `mov eax, [${RESUME}]`,
    `mov [${sp} + ${word}], ${a}`,
    `pop ${a}`,
    bits === 64 ? 'iretq' : 'iretd',
  ]);
  return assemble(`bits ${bits}\norg ${HANDLERS_AT}\n${lines.join('\n')}`, { rows }).bytes;
}
const HANDLER_CODE = { 32: handlerCode(32), 64: handlerCode(64) };

export interface AssembledProgram {
  readonly bits: 32 | 64;
  readonly bytes: Uint8Array;
  readonly start: number;
}

export function assembleProgram(source: string, bits: 32 | 64): AssembledProgram {
  const { bytes, symbols } = assemble(`bits ${bits}\norg ${PROGRAM}\n${source}`, { rows });
  return { bits, bytes, start: symbols.get('start') ?? PROGRAM };
}

export function randomSetting(random: Random, program: AssembledProgram): Setting {
  return {
    ...program,
    ring: random.pick([0, 3]),
    cr0: random.pick([0, CR0_WP, CR0_WP | CR0_AM]),
    fsLimit: random.pick([0xffffffff, 0xfff]),
    data: random.bytes(0x3000),
    arrivals: random.pick([0, 2, 8]),
    slices: Array.from({ length: 12 }, () => random.pick([1, random.between(1, 50), random.between(50, 4000)])),
  };
}

export class ProgramMachine extends LongMachine {
  readonly #accelerator: Accelerator;

  constructor(accelerator: Accelerator) {
    super(accelerator);
    this.#accelerator = accelerator;
  }

  get ram(): Uint8Array {
    return new Uint8Array(this.view.buffer, MEMORY_RAM_BASE, RAM_BYTES);
  }

  /** Runs the program; what it left is in RAM and in the state block. */
  run(setting: Setting): string[] {
    this.#prepare(setting);
    return setting.slices.map((budget) => {
      const exit = this.core.run(this.cpu, budget);
      return `${exit} at ${this.rip.toString(16)}`;
    });
  }

  #prepare({ bits, ring, cr0, fsLimit, bytes, start, data, arrivals }: Setting): void {
    this.ram.fill(0);
    accelerate(this.core, this.cpu, this.#accelerator, arrivals);
    this.core.reset(this.cpu);
    this.set32(S.STATE_INTR, 0);
    this.set64(S.STATE_COUNT, 0);
    if (bits === 64) this.longMode(ring);
    else this.protectedMode(ring).paging();
    this.ram.set(HANDLER_CODE[bits], HANDLERS_AT);
    this.ram.set(bytes, PROGRAM);
    this.ram.set(data, DATA);
    HANDLED.forEach((vector, n) => this.#gate(bits, vector, HANDLERS_AT + n * HANDLER_SIZE));
    this.ram[0x9000 + END] = 0xf4;
    this.#gate(bits, END, 0x9000 + END);
    this.write32(FUEL, FUEL_FULL);
    this.write32(RESUME, start);
    this.#pages(bits);
    this.core.setSegment(this.cpu, S.FS, this.selector(S.FS), BigInt(DATA), fsLimit, this.attributes(S.FS));
    this.set(S.STATE_CR0, this.get(S.STATE_CR0) | BigInt(cr0));
    this.set(S.STATE_CR4, this.get(S.STATE_CR4) | BigInt(CR4_VECTORS));
    this.set64(S.STATE_XCR0, X87_SSE_AVX);
    this.core.modeChanged(this.cpu);
    this.core.remapped(this.cpu);
    this.set(S.STATE_RIP, BigInt(start));
    this.set(S.RSP, BigInt(STACK_TOP - 256));
  }
  #gate(bits: 32 | 64, vector: number, at: number): void {
    const access = vector === END || vector === 3 || vector === 4 ? 0xee : 0x8e;
    if (bits === 64) this.gate64(vector, { access, offset: BigInt(at) });
    else this.idt(vector, access, undefined, at);
  }
  #pages(bits: 32 | 64): void {
    for (const [at, rights] of [
      [HOLE, 6],
      [READ_ONLY, 5],
      [HANDLERS_AT, 3],
    ] as const) {
      if (bits === 64) this.pte(at, BigInt(rights));
      else this.page(at, rights);
    }
  }

  /** Architectural state. */
  get state(): Uint8Array {
    const at = this.core.architecturalState(this.cpu);
    return new Uint8Array(this.view.buffer, at, S.STATE_SIZE).slice();
  }

  /** Where state or RAM differ from another machine's, the first places. */
  differences(other: ProgramMachine): string[] {
    return [
      ...differences('state block', this.state, other.state),
      ...differences('physical address', this.ram, other.ram),
    ];
  }
}

function differences(what: string, a: Uint8Array, b: Uint8Array): string[] {
  if (Buffer.compare(a, b) === 0) return [];
  const places = Array.from(a.keys()).filter((at) => a[at] !== b[at]);
  return places.slice(0, SHOWN).map((at) => `${what} ${at.toString(16)}: ${a[at]} and ${b[at]}`);
}
