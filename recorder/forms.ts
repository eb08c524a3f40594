/**
 * Every instruction form, found by asking iced-x86 about every opcode of the one-byte and the 0F, 0F38 and 0F3A maps
 * with every ModR/M byte and every prefix that selects an operand size, an address size or an instruction, REX.W among
 * them; VEX-encoded ones are in vex.ts.
 * No opcode is listed by hand; what is not recorded is excluded by CPUID feature or, by name, with its reason.
 */
import { Code, CpuidFeature, Decoder, DecoderOptions, Instruction, OpKind } from 'iced-x86';
import type { Bits } from './layout.ts';
import { vexEncodings, type Vex } from './vex.ts';

/** One encoding: prefixes and opcode, and the ModR/M bytes (or first operand bytes) that keep to the form. */
export interface Encoding {
  readonly prefixes: readonly number[];
  /** Instead of prefixes and escape bytes. */
  readonly vex?: Vex;
  readonly opcode: readonly number[];
  readonly next: readonly number[];
}

export interface Form {
  readonly key: string;
  readonly encodings: readonly Encoding[];
}

/** Features whose instructions are recorded: they do the same for everybody and need no state beyond that of AVX. */
const FEATURES: ReadonlySet<string> = new Set(
  (
    'INTEL8086 INTEL8086_ONLY INTEL186 INTEL286 INTEL286_ONLY INTEL386 INTEL386_ONLY INTEL486 FPU FPU287 FPU287XL_ONLY ' +
    'FPU387 FPU387SL_ONLY CMOV CX8 MMX FXSR PAUSE MSR MULTIBYTENOP CLFSH CLFLUSHOPT CLWB CLDEMOTE PREFETCHW CET_IBT SMM ' +
    'INVPCID SSE SSE2 SSE3 SSSE3 SSE4_1 SSE4_2 AES PCLMULQDQ SHA GFNI POPCNT LZCNT MOVBE ADX X64 CMPXCHG16B FSGSBASE ' +
    'AVX AVX2 FMA F16C BMI1 BMI2 VAES VPCLMULQDQ'
  ).split(' '),
);

/** Instructions whose result belongs to the host's kernel or clock and not to the instruction. */
const EXCLUDED: Readonly<Record<string, string>> = {
  Cpuid: 'describes the CPU underneath',
  Rdpmc: 'a running counter',
  Int1: 'passes through the hypervisor underneath, which reports its own address instead of the next',
  Syscall: 'enters the host kernel',
  Sysenter: 'enters the host kernel',
  Sgdt: 'emulated by the host kernel under UMIP',
  Sidt: 'emulated by the host kernel under UMIP',
  Sldt: 'emulated by the host kernel under UMIP',
  Str: 'emulated by the host kernel under UMIP',
  Smsw: 'emulated by the host kernel under UMIP',
  EVEX: 'AVX-512, which Vitrine does not have',
  XOP: 'AMD only, withdrawn',
  D3NOW: 'AMD only, withdrawn',
  Xbegin: 'transactional memory: aborts at the host’s will',
  Xabort: 'transactional memory',
};

/** The raw opcodes that no case may contain even when iced calls them invalid: the host may know what iced does not. */
export function mayTouchHost(bytes: readonly number[] | Uint8Array, bits: Bits): boolean {
  let i = 0;
  while (isPrefix(bytes[i], bits)) i++;
  const [a, b, c] = [bytes[i], bytes[i + 1], bytes[i + 2]] as [number, number, number];
  if (a === 0xcd) return b === 0x80; // INT 80h: the kernel's 32-bit system call
  if (a === 0x62) return bits === 64; // EVEX
  if (a !== 0x0f) return false;
  if (b === 0x05 || b === 0x34 || b === 0x31 || b === 0xa2 || b === 0x33) return true;
  if (b === 0x00) return (c & 0x30) === 0; // SLDT, STR
  if (b === 0x01) return c >= 0xc0 || (c & 0x38) === 0 || (c & 0x38) === 8 || (c & 0x38) === 0x20;
  if (b === 0xc7) return (c & 0x38) !== 8; // XSAVEC and relations, RDRAND, RDSEED, RDPID
  if (b === 0xae && c < 0xc0) return (c & 0x38) === 0x20 || (c & 0x38) === 0x28 || (c & 0x38) === 0x30; // XSAVE area
  return b === 0x78 || b === 0x79; // SSE4A
}

/** Prefixes of the mode: REX is one in 64-bit code only. */
export function isPrefix(byte: number | undefined, bits: Bits): boolean {
  if (byte === undefined) return false;
  if (bits === 64 && (byte & 0xf0) === 0x40) return true;
  return [0x66, 0x67, 0xf0, 0xf2, 0xf3, 0x64, 0x65].includes(byte) || (byte & 0xe7) === 0x26; // 26 2E 36 3E
}

export interface Decoded {
  readonly key: string;
  readonly valid: boolean;
  readonly recordable: boolean;
  readonly features: readonly string[];
}

const scratch = new Instruction();

/** Decodes into `instruction`; an illegal LOCK is decoded a second time without that check, for the form's name. */
export function describe(bits: Bits, bytes: Uint8Array, instruction: Instruction = scratch): Decoded {
  decodeWith(bits, bytes, DecoderOptions.None, instruction);
  const valid = !instruction.isInvalid;
  if (!valid) decodeWith(bits, bytes, DecoderOptions.NoInvalidCheck, instruction);
  if (instruction.isInvalid)
    return { key: invalidKey(bytes, bits), valid, recordable: !mayTouchHost(bytes, bits), features: [] };
  const features = Array.from(instruction.cpuidFeatures(), (f) => CpuidFeature[f] ?? '?');
  const name = Code[instruction.code] ?? '?';
  const stem = name.split('_')[0] ?? name;
  const recordable = !mayTouchHost(bytes, bits) && !(stem in EXCLUDED) && features.every((f) => FEATURES.has(f));
  return { key: formKey(instruction, name, valid), valid, recordable, features };
}

function decodeWith(bits: Bits, bytes: Uint8Array, options: DecoderOptions, into: Instruction): void {
  const decoder = new Decoder(bits, bytes, options);
  decoder.decodeOut(into);
  decoder.free();
}

function formKey(i: Instruction, name: string, valid: boolean): string {
  let memory = '';
  for (let n = 0; n < i.opCount; n++) if (i.opKind(n) === OpKind.Memory) memory = ' m';
  const repeat =
    i.isStringInstruction && i.hasRepnePrefix ? ' repne' : i.isStringInstruction && i.hasRepPrefix ? ' rep' : '';
  const lock = i.hasLockPrefix ? ' lock' : '';
  return `${name}${memory}${repeat}${lock}${valid ? '' : ' invalid'}`;
}

/** Undefined opcodes: each /digit and operand kind on its own in the two old maps, one form an opcode elsewhere. */
function invalidKey(bytes: Uint8Array, bits: Bits): string {
  let i = 0;
  let mandatory = '';
  for (; isPrefix(bytes[i], bits); i++)
    if ([0x66, 0xf2, 0xf3].includes(bytes[i] as number)) mandatory += `${hex(bytes[i])} `;
  if (bytes[i] === 0xc5 || bytes[i] === 0xc4) return `#UD vex ${bytes[i] === 0xc5 ? 1 : (bytes[i + 1] as number) & 31}`;
  const start = i;
  if (bytes[i] === 0x0f) i++;
  else mandatory = '';
  if (bytes[i - 1] === 0x0f && (bytes[i] === 0x38 || bytes[i] === 0x3a)) i++;
  const opcode = Array.from(bytes.subarray(start, i + 1), hex).join(' ');
  if (i - start > 1) return `#UD ${opcode}`;
  if (mandatory !== '') return `#UD ${mandatory}${opcode}`;
  const modrm = bytes[i + 1] ?? 0;
  return `#UD ${opcode} /${(modrm >> 3) & 7}${modrm >= 0xc0 ? '' : ' m'}`;
}

function hex(byte: number | undefined): string {
  return (byte ?? 0).toString(16).padStart(2, '0');
}

/** Fewest prefixes first: a form's encodings carry a prefix only if it makes the form. */
const PREFIXES: readonly (readonly number[])[] = [
  [],
  [0x66],
  [0xf3],
  [0xf2],
  [0x67],
  [0x66, 0xf3],
  [0x66, 0xf2],
  [0x67, 0x66],
  [0x67, 0xf3],
  [0x67, 0xf2],
  [0x67, 0x66, 0xf3],
  [0x67, 0x66, 0xf2],
];
const PREFIXES_64: readonly (readonly number[])[] = [
  ...PREFIXES.slice(0, 4),
  ...[[0x48], [0x66, 0x48], [0xf3, 0x48], [0xf2, 0x48]],
  [0x67],
];
/** Undefined opcodes are asked for with at most one prefix of the three that select an instruction. */
const prefixesOfUndefined = new Set(PREFIXES.slice(0, 4));
const MAPS: readonly (readonly number[])[] = [[], [0x0f], [0x0f, 0x38], [0x0f, 0x3a]];

type FormMap = Map<string, { prefixCount: number; encodings: Encoding[] }>;

export function enumerateForms(bits: Bits): Form[] {
  const forms: FormMap = new Map();
  for (const prefixes of bits === 64 ? PREFIXES_64 : PREFIXES) {
    for (const map of MAPS) {
      // in 64-bit code an address size makes another form of string instructions and JRCXZ only
      if (bits === 64 && prefixes[0] === 0x67 && map.length > 0) continue;
      for (let last = 0; last < 256; last++) {
        if (map.length === 0 && (isPrefix(last, bits) || last === 0x0f)) continue;
        if (map.length === 1 && (last === 0x38 || last === 0x3a)) continue;
        addEncodings(forms, bits, prefixes, [...map, last]);
      }
    }
  }
  if (bits !== 16) for (const e of vexEncodings((bytes) => formOf(bits, bytes))) addVex(forms, e.key, e.encoding);
  return [...forms].map(([key, f]) => ({ key, encodings: f.encodings }));
}

function addVex(forms: FormMap, key: string, encoding: Encoding): void {
  const known = forms.get(key);
  if (known) known.encodings.push(encoding);
  else forms.set(key, { prefixCount: 0, encodings: [encoding] });
}

/** Null for what is not recorded. */
function formOf(bits: Bits, bytes: Uint8Array): string | null {
  const d = describe(bits, bytes);
  return d.recordable ? d.key : null;
}

/** LDS, LES and BOUND with a register operand are the first bytes of VEX and EVEX; in 64-bit code they always are. */
function isVector(bits: Bits, opcode: readonly number[], next: number): boolean {
  const first = opcode[0] as number;
  return [0xc4, 0xc5, 0x62].includes(first) && (bits === 64 || (next >= 0xc0 && first !== 0x62));
}

function addEncodings(forms: FormMap, bits: Bits, prefixes: readonly number[], opcode: readonly number[]): void {
  const byKey = new Map<string, number[]>();
  const bytes = new Uint8Array([...prefixes, ...opcode, ...new Array<number>(12).fill(0)]);
  for (let next = 0; next < 256; next++) {
    if (isVector(bits, opcode, next)) continue;
    bytes[prefixes.length + opcode.length] = next;
    const key = formOf(bits, bytes);
    if (key === null || (key.startsWith('#UD') && !prefixesOfUndefined.has(prefixes))) continue;
    const list = byKey.get(key);
    if (list) list.push(next);
    else byKey.set(key, [next]);
  }
  for (const [key, next] of byKey) {
    const known = forms.get(key);
    if (!known) forms.set(key, { prefixCount: prefixes.length, encodings: [{ prefixes, opcode, next }] });
    else if (known.prefixCount === prefixes.length || differsInOpcode(known.encodings, opcode))
      known.encodings.push({ prefixes, opcode, next });
  }
}

function differsInOpcode(encodings: readonly Encoding[], opcode: readonly number[]): boolean {
  return encodings.every((e) => e.opcode.join() !== opcode.join());
}
