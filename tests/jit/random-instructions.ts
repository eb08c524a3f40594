/**
 * Instructions for random programs, as lines for our assembler: all kinds that compiled code meets, with operands that mostly
 * work and sometimes fault.
 */
import type { Random } from '../../recorder/random.ts';
import { CELLS, DATA, HOLE, READ_ONLY } from './program-layout.ts';

export type Width = 8 | 16 | 32 | 64;

const NAMES: Readonly<Record<Width, readonly string[]>> = {
  8: ['al', 'cl', 'dl', 'bl', 'ah', 'ch', 'dh', 'bh'],
  16: ['ax', 'cx', 'dx', 'bx', 'sp', 'bp', 'si', 'di'],
  32: ['eax', 'ecx', 'edx', 'ebx', 'esp', 'ebp', 'esi', 'edi'],
  64: ['rax', 'rcx', 'rdx', 'rbx', 'rsp', 'rbp', 'rsi', 'rdi'],
};
const SIZES: Readonly<Record<Width, string>> = { 8: 'byte', 16: 'word', 32: 'dword', 64: 'qword' };
const CONDITIONS = 'o no b nb z nz be nbe s ns p np l nl le nle'.split(' ');
/** RBX, RSI and RDI point to data most of the time. */
const POINTERS = [3, 6, 7] as const;
const FREE = [0, 1, 2, 5] as const;

export class Instructions {
  readonly random: Random;
  readonly bits: 32 | 64;

  constructor(random: Random, bits: 32 | 64) {
    this.random = random;
    this.bits = bits;
  }

  // ── Operands ─────────────────────────────────────────────────────────────────────────────────────────────────
  width(): Width {
    return this.random.pick<Width>(this.bits === 64 ? [8, 16, 32, 32, 64, 64] : [8, 16, 32, 32, 32]);
  }
  wide(): Width {
    return this.random.pick<Width>(this.bits === 64 ? [16, 32, 64] : [16, 32, 32]);
  }
  get word(): 32 | 64 {
    return this.bits;
  }
  condition(): string {
    return this.random.pick(CONDITIONS);
  }
  name(n: number, width: Width): string {
    return NAMES[width][n] as string;
  }
  /** A register to write to. */
  register(width: Width): string {
    const { random } = this;
    if (this.bits === 64 && random.chance(0.25)) {
      const suffix = { 8: 'b', 16: 'w', 32: 'd', 64: '' }[width];
      return `r${random.between(8, 15)}${suffix}`;
    }
    if (width === 8)
      return random.pick(this.bits === 64 ? ['al', 'cl', 'dl', 'bpl'] : ['al', 'cl', 'dl', 'ah', 'ch', 'dh']);
    return this.name(random.pick(FREE), width);
  }
  source(width: Width): string {
    if (width !== 8 && this.random.chance(0.2)) return this.name(this.random.below(8), width);
    return this.register(width);
  }
  immediate(width: Width): string {
    const { random } = this;
    const small = random.pick([0, 1, 2, 3, 7, 8, 31, 32, 0x7f, 0x80, 0xff]);
    if (width === 8) return String(small & 0xff);
    if (width === 16) return String(random.pick([small, random.below(0x10000)]));
    return String(random.pick([small, small, random.below(0x8000_0000)]));
  }
  /** An address in the data pages; near a page's end or beyond what is mapped now and then. */
  address(): number {
    const { random } = this;
    return random.weighted([
      [80, DATA + random.below(0x2f00)],
      [10, DATA + 0x1000 - random.between(1, 15)],
      [2, HOLE - random.between(1, 15)],
      [1, HOLE + random.below(0x1000)],
      [2, READ_ONLY + random.below(0x1000)],
      [5, DATA + random.below(0x2f00) * 4],
    ]);
  }
  /** `[...]` */
  memory(): string {
    const { random } = this;
    const name = (n: number): string => this.name(n, this.word);
    const base = name(random.pick(POINTERS));
    const displacement = random.between(-64, 64);
    const signed = displacement < 0 ? `- ${-displacement}` : `+ ${displacement}`;
    return random.weighted([
      [40, `[${base} ${signed}]`],
      [20, `[${this.address()}]`],
      [15, `[${name(4)} + ${random.below(8) * 4}]`],
      [4, `[${base} + ${name(random.pick(FREE))} * ${random.pick([1, 2, 4, 8])}]`],
      [3, `[fs:${name(7)} ${signed}]`],
      [3, `[fs:${random.below(0x2000)}]`],
      [2, `[${name(random.below(8))} ${signed}]`],
      ...(this.bits === 64 ? ([[6, `[rel ${this.address()}]`]] as const) : []),
    ]);
  }
  sized(width: Width): string {
    return `${SIZES[width]} ${this.memory()}`;
  }
  place(width: Width): string {
    return this.random.chance(0.35) ? this.sized(width) : this.register(width);
  }

  // ── Integers ─────────────────────────────────────────────────────────────────────────────────────────────────
  arithmetic(): string[] {
    const { random } = this;
    const width = this.width();
    const name = random.pick(['add', 'or', 'adc', 'sbb', 'and', 'sub', 'xor', 'cmp', 'mov', 'test']);
    const to = this.place(width);
    if (random.chance(0.35)) return [`${name} ${to}, ${this.immediate(width)}`];
    if (to.includes('[') || name === 'test') return [`${name} ${to}, ${this.register(width)}`];
    return [`${name} ${to}, ${random.chance(0.4) ? this.sized(width) : this.source(width)}`];
  }
  unary(): string[] {
    return [`${this.random.pick(['inc', 'dec', 'inc', 'dec', 'neg', 'not'])} ${this.place(this.width())}`];
  }
  shift(): string[] {
    const { random } = this;
    const count = random.pick(['cl', '1', String(random.below(40))]);
    if (random.chance(0.2)) {
      const width = this.wide();
      return [`${random.pick(['shld', 'shrd'])} ${this.place(width)}, ${this.register(width)}, ${count}`];
    }
    return [`${random.pick(['shl', 'shr', 'sar', 'rol', 'ror', 'rcl', 'rcr'])} ${this.place(this.width())}, ${count}`];
  }
  multiply(): string[] {
    const { random } = this;
    const width = this.wide();
    return random.pick([
      () => [`${random.pick(['mul', 'imul'])} ${this.place(this.width())}`],
      () => [`imul ${this.register(width)}, ${this.place(width)}`],
      () => [`imul ${this.register(width)}, ${this.place(width)}, ${this.immediate(8)}`],
    ])();
  }
  /** #DE more often than not if nothing is done about the upper half. */
  divide(): string[] {
    const { random } = this;
    const before = random.pick([['xor edx, edx'], ['cdq'], ['mov dl, 0', 'mov ah, 0'], []]);
    return [...before, `${random.pick(['div', 'idiv'])} ${this.place(this.width())}`];
  }
  bits_(): string[] {
    const { random } = this;
    const width = this.wide();
    const test = random.pick(['bt', 'bts', 'btr', 'btc']);
    return random.pick([
      () => [`${test} ${this.place(width)}, ${random.below(64)}`],
      () => [`${test} ${this.register(width)}, ${this.register(width)}`],
      () => [`${random.pick(['bsf', 'bsr'])} ${this.register(width)}, ${this.place(width)}`],
      () => [`${random.pick(['popcnt', 'tzcnt', 'lzcnt'])} ${this.register(32)}, ${this.place(32)}`],
      () => [`bswap ${this.register(this.word)}`],
      () => [this.bitFields()],
    ])();
  }
  /** ANDN, BZHI, SHLX, SARX, PDEP, PEXT: registers only. */
  private bitFields(): string {
    const [opcode, pp] = this.random.pick([
      [0xf2, 0],
      [0xf5, 0],
      [0xf7, 1],
      [0xf7, 2],
      [0xf5, 3],
      [0xf5, 2],
    ] as const);
    return this.vex({ map: 2, pp, opcode, wide: this.bits === 64 });
  }
  /** Our assembler has no VEX: registers 0, 1, 2 and 5 in all three places, or memory at a fixed address. */
  vex({ map = 1, pp = 0, opcode = 0, wide = false, long = false, address = -1 }): string {
    const { random } = this;
    const [reg, vvvv, rm] = [random.pick(FREE), random.pick(FREE), random.pick(FREE)];
    const bytes = [0xc4, 0xe0 | map, (wide ? 0x80 : 0) | ((~vvvv & 15) << 3) | (long ? 4 : 0) | pp, opcode];
    if (address < 0) return `db ${[...bytes, 0xc0 | (reg << 3) | rm].join(', ')}`;
    const disp = [0, 8, 16, 24].map((shift) => (address >>> shift) & 0xff);
    return `db ${[...bytes.slice(0, 2), (bytes[2] ?? 0) | 0x78, opcode, (reg << 3) | 4, 0x25, ...disp].join(', ')}`;
  }
  /** What reads the flags. */
  flags(): string[] {
    const { random } = this;
    const width = this.wide();
    return random.weighted([
      [6, () => [`set${this.condition()} ${this.place(8)}`]],
      [6, () => [`cmov${this.condition()} ${this.register(width)}, ${this.place(width)}`]],
      [3, () => [`${random.pick(['adc', 'sbb'])} ${this.place(width)}, ${this.immediate(8)}`]],
      [3, () => [random.pick(['lahf', 'sahf', 'cmc', 'stc', 'clc', 'cld'])]],
      [2, () => [this.bits === 64 ? 'pushfq' : 'pushfd', `pop ${this.name(random.pick(FREE), this.word)}`]],
      [
        2,
        () => [`push ${random.pick([0x2, 0x8d7, 0x43, 0x893, 0x402, 0x40002])}`, this.bits === 64 ? 'popfq' : 'popfd'],
      ],
    ])();
  }
  data(): string[] {
    const { random } = this;
    const width = this.width();
    const wide = this.wide();
    return random.pick([
      () => [`mov ${this.register(width)}, ${this.sized(width)}`],
      () => [`mov ${this.sized(width)}, ${this.register(width)}`],
      () => [`${random.pick(['movzx', 'movsx'])} ${this.register(wide)}, ${this.place(8)}`],
      () => [`${random.pick(['movzx', 'movsx'])} ${this.register(this.word)}, ${this.place(16)}`],
      () => [`${random.pick(['xchg', 'cmpxchg', 'xadd'])} ${this.place(width)}, ${this.register(width)}`],
      () => [`lock ${random.pick(['add', 'xadd', 'cmpxchg', 'or'])} ${this.sized(width)}, ${this.register(width)}`],
      () => [`lea ${this.register(this.word)}, ${this.memory()}`],
      () => [random.pick(['cbw', 'cwde', 'cwd', 'cdq', 'nop', 'pause', 'rdtsc', 'xlatb'])],
      () => [`cmpxchg8b ${this.memory()}`],
      () => [
        this.bits === 64 ? `movsxd rax, ${this.sized(32)}` : random.pick(['daa', 'das', 'aaa', 'aas', 'aam', 'aad']),
      ],
    ])();
  }
  stack(): string[] {
    const { random } = this;
    const width = random.chance(0.9) ? this.word : 16;
    return random.pick([
      () => [`push ${this.source(width)}`, `pop ${this.place(width)}`],
      () => [`push ${this.immediate(32)}`, `pop ${this.register(this.word)}`],
      () => [`push ${this.sized(width)}`],
      () => [`pop ${this.register(width)}`],
      () => [`enter ${random.below(64)}, ${random.pick([0, 0, 0, 1, 2])}`, ...this.data(), 'leave'],
      () => (this.bits === 64 ? [`push ${this.source(64)}`] : ['pushad', ...this.arithmetic(), 'popad']),
    ])();
  }
  string(): string[] {
    const { random } = this;
    const name = random.pick(['movs', 'stos', 'lods', 'scas', 'cmps']);
    const size = random.pick(['b', 'w', 'd', ...(this.bits === 64 ? ['q'] : [])]);
    if (random.chance(0.4)) return [`${name}${size}`];
    const repeat = name === 'scas' || name === 'cmps' ? random.pick(['repe', 'repne']) : 'rep';
    const down = random.chance(0.15);
    return [
      ...(down ? ['std'] : []),
      `mov ecx, ${random.below(60)}`,
      `${repeat} ${name}${size}`,
      ...(down ? ['cld'] : []),
    ];
  }
  /** What must leave compiled code, and come back. */
  system(): string[] {
    return this.random.pick([
      ['cpuid'],
      ['int3'],
      ['in al, 0x60'],
      ['out 0x80, al'],
      ['ud2'],
      [`dec dword [${CELLS + 64}]`],
    ]);
  }
  integer(): string[] {
    return this.random.weighted([
      [30, () => this.arithmetic()],
      [8, () => this.unary()],
      [8, () => this.shift()],
      [4, () => this.multiply()],
      [2, () => this.divide()],
      [5, () => this.bits_()],
      [14, () => this.flags()],
      [14, () => this.data()],
      [7, () => this.stack()],
      [4, () => this.string()],
      [1, () => this.system()],
    ])();
  }
}
