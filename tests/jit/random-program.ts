/**
 * A random program: blocks with branches, counted loops, calls, jumps through tables, code that changes itself and others,
 * and instructions that fault. A handler goes on at the place that the block named, so a program runs on for as long as it
 * is let.
 */
import type { Random } from '../../recorder/random.ts';
import { DATA, END, FUEL, RESUME, STACK_TOP, WRITTEN } from './program-layout.ts';
import { VectorInstructions } from './random-vectors.ts';

const BLOCKS = 14;
const FUNCTIONS = 4;
/** Opcodes of 5 bytes that may stand for one another, ending in 32 bits of anything. */
const EXCHANGEABLE = [0xb8, 0xb9, 0xba, 0x05, 0x2d, 0x35, 0x3d, 0x0d, 0x15, 0xa9];

class Program {
  readonly #random: Random;
  readonly #make: VectorInstructions;
  readonly #bits: 32 | 64;
  /** How many of the instructions are of the FPU and the vector units. */
  readonly #vectors: number;

  constructor(random: Random, bits: 32 | 64) {
    this.#random = random;
    this.#bits = bits;
    this.#make = new VectorInstructions(random, bits);
    this.#vectors = random.pick([0, 0.1, 0.4]);
  }

  #register(n: number): string {
    return this.#make.name(n, this.#bits);
  }

  #body(most: number): string[] {
    const random = this.#random;
    return Array.from({ length: random.between(1, most) }, () =>
      random.chance(this.#vectors) ? this.#make.vector() : this.#make.integer(),
    ).flat();
  }

  /** Pointers and the stack come back to where they belong. */
  #start(n: number): string[] {
    const random = this.#random;
    const lines = [`L${n}:`];
    if (random.chance(0.8)) lines.push(`mov dword [${RESUME}], L${n + 1}`);
    if (random.chance(0.5)) lines.push(`mov ${this.#register(4)}, ${STACK_TOP - random.below(64) * 8}`);
    for (const pointer of [3, 6, 7])
      if (random.chance(0.5)) lines.push(`mov ${this.#register(pointer)}, ${this.#make.address()}`);
    if (random.chance(0.3)) lines.push(`mov ecx, ${random.below(64)}`);
    return lines;
  }

  /** An instruction that others change, or a change of one. */
  #change(n: number): string[] {
    const random = this.#random;
    const site = `S${random.below(BLOCKS)}`;
    const slot = WRITTEN + random.below(8) * 16 + (random.chance(0.2) ? 0xff8 : 0);
    return random.pick([
      () => [`S${n}b: mov eax, ${random.u32()}`, `mov byte [S${n}b + 1], ${random.below(256)}`],
      () => [`mov byte [${site} + ${random.between(1, 4)}], ${random.below(256)}`],
      () => [`mov byte [${site}], ${random.pick(EXCHANGEABLE)}`],
      () => [`add dword [${site} + 1], eax`],
      () => [`movzx eax, byte [${site} + 2]`],
      // ADD EAX, imm8; RET in another page.
      () => [`mov dword [${slot}], 0xc3${random.between(16, 127).toString(16)}c083`, `call ${slot}`],
    ])();
  }

  /** Branches back cost fuel, so that no loop goes on for ever. */
  #end(n: number): string[] {
    const random = this.#random;
    const back = `L${random.below(n + 1)}`;
    const on = `L${random.between(n + 1, Math.min(n + 4, BLOCKS))}`;
    const function_ = `F${random.below(FUNCTIONS)}`;
    const counter = this.#register(5);
    const condition = this.#make.condition();
    return random.weighted<() => string[]>([
      [20, () => [`j${condition} ${on}`]],
      [20, () => [`dec dword [${FUEL}]`, 'js near finish', `j${condition} near ${back}`]],
      [15, () => [`mov ebp, ${random.between(2, 30)}`, `N${n}:`, ...this.#body(4), `dec ${counter}`, `jnz near N${n}`]],
      [
        6,
        () => [
          `mov ecx, ${random.between(1, 12)}`,
          `N${n}: add eax, ecx`,
          `${random.pick(['loop', 'loope', 'loopne'])} N${n}`,
        ],
      ],
      [15, () => [`call ${function_}`]],
      [4, () => [`mov eax, ${function_}`, `call ${this.#register(0)}`]],
      [6, () => this.#table(n)],
      [4, () => [`push ${on}`, 'ret']],
      [3, () => [`jmp ${on}`]],
      [3, () => [`mov ecx, ${random.below(2)}`, `jecxz J${n}`, ...this.#body(2), `J${n}:`]],
    ])();
  }
  #table(n: number): string[] {
    const size = this.#bits / 8;
    const targets = Array.from({ length: 4 }, () => `L${this.#random.between(n + 1, BLOCKS)}`);
    return [
      'and ecx, 3',
      `jmp ${size === 8 ? 'qword' : 'dword'} [T${n} + ${this.#register(1)} * ${size}]`,
      ...(this.#random.chance(0.5) ? ['align 16'] : []),
      `T${n}: ${size === 8 ? 'dq' : 'dd'} ${targets.join(', ')}`,
    ];
  }

  #function(n: number): string[] {
    const random = this.#random;
    const word = this.#bits / 8;
    const again = [
      `dec dword [${DATA + 0x2ff0}]`,
      `test dword [${DATA + 0x2ff0}], 3`,
      `jz near E${n}`,
      `call F${random.below(FUNCTIONS)}`,
    ];
    const frame = random.chance(0.4);
    return [
      `F${n}:`,
      ...(frame
        ? [
            `push ${this.#register(5)}`,
            `mov ${this.#register(5)}, ${this.#register(4)}`,
            `sub ${this.#register(4)}, 32`,
          ]
        : []),
      ...this.#body(4),
      ...(random.chance(0.4) ? again : []),
      `E${n}:`,
      ...(frame ? ['leave'] : []),
      random.chance(0.1) ? `ret ${word}` : 'ret',
    ];
  }

  source(): string {
    const random = this.#random;
    // Somewhere on the way the code goes over the end of a page.
    const lines = [`resb ${random.below(0x1000)}`, 'start:', 'cld'];
    lines.push(...(random.chance(0.5) ? ['jmp near L0', `resb ${random.below(0x800)}`] : []));
    for (let n = 0; n < BLOCKS; n++) {
      lines.push(...this.#start(n), ...this.#body(8), `S${n}: mov eax, ${random.u32()}`);
      if (random.chance(0.25)) lines.push(...this.#change(n));
      lines.push(...this.#end(n));
      if (random.chance(0.08)) lines.push(`jmp near L${n + 1}`, `resb ${random.below(0x1000)}`);
    }
    lines.push(`L${BLOCKS}:`, `dec dword [${FUEL}]`, 'jns near L0', 'finish:', `int ${END}`);
    for (let n = 0; n < FUNCTIONS; n++) lines.push(...this.#function(n));
    return lines.join('\n');
  }
}

export function randomProgram(random: Random, bits: 32 | 64): string {
  return new Program(random, bits).source();
}
