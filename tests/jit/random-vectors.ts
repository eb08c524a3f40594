/** x87, MMX, SSE and AVX instructions for random programs. */
import { Instructions } from './random-instructions.ts';

const PACKED =
  'addps mulps subps divps minps maxps sqrtps andps orps xorps unpcklps addpd mulpd subpd sqrtpd cvtps2dq cvtdq2ps cvttps2dq'.split(
    ' ',
  );
const SCALAR = 'addss mulss subss divss sqrtss minss addsd mulsd subsd divsd sqrtsd maxsd cvtss2sd cvtsd2ss'.split(' ');
const INTEGER =
  'paddb paddw paddd paddq psubb psubw psubd pand por pxor pandn pcmpeqb pcmpeqd pcmpgtw pmullw pmulhw pmuludq pmaddwd psadbw punpcklbw punpckhwd packsswb packuswb paddusb psubsw pavgb pmaxub pminsw'.split(
    ' ',
  );
const LATER = 'pshufb palignr pmulld pminsd pabsd phaddd pmovzxbw pblendw ptest'.split(' ');

/** Opcode and prefix of VADDPS VMULPD VXORPS VPADDD VPAND VPCMPEQW VPADDW VUNPCKLPS. */
const VEX = [
  [0x58, 0],
  [0x59, 1],
  [0x57, 0],
  [0xfe, 1],
  [0xdb, 1],
  [0x75, 1],
  [0xfd, 1],
  [0x14, 0],
] as const;

export class VectorInstructions extends Instructions {
  xmm(): string {
    return `xmm${this.random.below(this.bits === 64 && this.random.chance(0.3) ? 16 : 8)}`;
  }
  private xmmOr(memory: string): string {
    return this.random.chance(0.35) ? memory : this.xmm();
  }
  /** 16 bytes that may have to be aligned: mostly they are. */
  private aligned(): string {
    const at = this.random.chance(0.8) ? this.address() & ~15 : this.address();
    return `oword [${at}]`;
  }
  moves(): string[] {
    const { random } = this;
    const name = random.pick(['movaps', 'movups', 'movdqa', 'movdqu', 'movapd', 'lddqu']);
    return random.pick([
      () => [`${name} ${this.xmm()}, ${this.aligned()}`],
      () => [`${name === 'lddqu' ? 'movntdq' : name} ${this.aligned()}, ${this.xmm()}`],
      () => [`movd ${this.xmm()}, ${this.place(32)}`],
      () => [`movd ${this.place(32)}, ${this.xmm()}`],
      () => [`movq ${this.xmm()}, ${this.random.chance(0.5) ? this.sized(64) : this.xmm()}`],
      () => [`${random.pick(['movss', 'movsd'])} ${this.xmm()}, ${this.xmm()}`],
      () => [`movss ${this.sized(32)}, ${this.xmm()}`],
      () => [`movsd ${this.sized(64)}, ${this.xmm()}`],
      () => [`pshufd ${this.xmm()}, ${this.xmmOr(this.aligned())}, ${random.below(256)}`],
      () => [`pmovmskb ${this.register(32)}, ${this.xmm()}`],
      () => [`pinsrw ${this.xmm()}, ${this.register(32)}, ${random.below(8)}`],
    ])();
  }
  floating(): string[] {
    const { random } = this;
    const scalar = random.pick(SCALAR);
    const isDouble = scalar.endsWith('d') ? scalar !== 'cvtss2sd' : scalar === 'cvtsd2ss';
    return random.pick([
      () => [`${random.pick(PACKED)} ${this.xmm()}, ${this.xmmOr(this.aligned())}`],
      () => [`${scalar} ${this.xmm()}, ${this.xmmOr(this.sized(isDouble ? 64 : 32))}`],
      () => [`${random.pick(['ucomiss', 'comiss'])} ${this.xmm()}, ${this.xmm()}`, `set${this.condition()} al`],
      () => [`ucomisd ${this.xmm()}, ${this.xmmOr(this.sized(64))}`],
      () => [`${random.pick(['cvtsi2ss', 'cvtsi2sd'])} ${this.xmm()}, ${this.register(32)}`],
      () => [`${random.pick(['cvttss2si', 'cvtss2si', 'cvttsd2si'])} ${this.register(32)}, ${this.xmm()}`],
      () => [`cmpps ${this.xmm()}, ${this.xmm()}, ${random.below(8)}`],
      () => [`shufps ${this.xmm()}, ${this.xmm()}, ${random.below(256)}`],
    ])();
  }
  packed(): string[] {
    const { random } = this;
    const later = random.pick(LATER);
    const immediate = later === 'palignr' || later === 'pblendw' ? `, ${random.below(32)}` : '';
    return random.pick([
      () => [`${random.pick(INTEGER)} ${this.xmm()}, ${this.xmmOr(this.aligned())}`],
      () => [`${random.pick(INTEGER)} ${this.xmm()}, ${this.xmmOr(this.aligned())}`],
      () => [
        `${random.pick(['psllw', 'psrld', 'psraw', 'psllq', 'pslldq', 'psrldq'])} ${this.xmm()}, ${random.below(40)}`,
      ],
      () => [`${later} ${this.xmm()}, ${this.xmm()}${immediate}`],
      () => [`${random.pick(['paddw', 'pxor', 'pmullw'])} mm${random.below(8)}, mm${random.below(8)}`],
      () => [`movd mm${random.below(8)}, ${this.register(32)}`, 'emms'],
    ])();
  }
  wideVectors(): string[] {
    const { random } = this;
    const long = random.chance(0.7);
    const [opcode, pp] = random.pick(VEX);
    return random.pick([
      () => [this.vex({ opcode, pp, long })],
      () => [this.vex({ opcode, pp, long })],
      // VMOVUPS
      () => [this.vex({ opcode: random.pick([0x10, 0x11]), long, address: this.address() })],
      // VFMADD231PS, VZEROUPPER
      () => [this.vex({ map: 2, pp: 1, opcode: 0xb8, long })],
      () => ['db 0xc5, 0xf8, 0x77'],
    ])();
  }
  x87(): string[] {
    const { random } = this;
    const st = (): string => `st${random.below(8)}`;
    return random.pick([
      () => [`fld ${random.pick(['dword', 'qword', 'tword'])} ${this.memory()}`],
      () => [`fild ${random.pick(['word', 'dword', 'qword'])} ${this.memory()}`],
      () => [`${random.pick(['fst', 'fstp'])} ${random.pick(['dword', 'qword'])} ${this.memory()}`],
      () => [`fstp tword ${this.memory()}`],
      () => [`${random.pick(['fist', 'fistp'])} ${random.pick(['word', 'dword'])} ${this.memory()}`],
      () => [`${random.pick(['fadd', 'fmul', 'fsub', 'fsubr', 'fdiv', 'fdivr'])} st0, ${st()}`],
      () => [
        `${random.pick(['fadd', 'fmul', 'fsub', 'fdiv', 'fcom'])} ${random.pick(['dword', 'qword'])} ${this.memory()}`,
      ],
      () => [`${random.pick(['faddp', 'fmulp', 'fsubp', 'fdivrp'])} ${st()}, st0`],
      () => [
        random.pick([
          'fld1',
          'fldz',
          'fldpi',
          'fchs',
          'fabs',
          'fsqrt',
          'frndint',
          'fxam',
          'ftst',
          'fincstp',
          'fdecstp',
        ]),
      ],
      () => [`${random.pick(['fucomi', 'fcomi', 'fucomip'])} st0, ${st()}`, `set${this.condition()} al`],
      () => [`${random.pick(['fxch', 'fld', 'ffree', 'fucom'])} ${st()}`],
      () => ['fnstsw ax', 'sahf', `set${this.condition()} dl`],
      () => [`fcmov${random.pick(['b', 'e', 'be', 'u', 'nb', 'ne'])} ${st()}`],
      () => [random.pick(['fnclex', 'fninit', 'fwait', 'fprem', 'fscale', 'emms'])],
      () => [`${random.pick(['fnstcw', 'fldcw'])} word ${this.memory()}`],
    ])();
  }
  /** MXCSR and the control word with some exceptions open, or closed again. */
  control(): string[] {
    const { random } = this;
    const at = `[${this.address() & ~15}]`;
    const mxcsr = random.pick([0x1f80, 0x1f80, 0x1fa0, 0x3f80, 0x9fc0, 0x1e80, 0x0f80]);
    return random.pick([
      [`mov dword ${at}, ${mxcsr}`, `ldmxcsr dword ${at}`],
      [`mov word ${at}, ${random.pick([0x37f, 0x37f, 0x27f, 0xf7f, 0x37b])}`, `fldcw word ${at}`],
      [`stmxcsr dword ${at}`],
    ]);
  }
  vector(): string[] {
    return this.random.weighted([
      [6, () => this.moves()],
      [6, () => this.floating()],
      [6, () => this.packed()],
      [3, () => this.wideVectors()],
      [7, () => this.x87()],
      [1, () => this.control()],
    ])();
  }
}
