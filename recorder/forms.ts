/**
 * Every instruction form, found by asking iced-x86 about every opcode of the one-byte and the 0F, 0F38 and 0F3A maps
 * with every ModR/M byte and every prefix that selects an operand size, an address size or an instruction.
 * No opcode is listed by hand; what is not recorded is excluded by CPUID feature or, by name, with its reason.
 */
import { Code, CpuidFeature, Decoder, DecoderOptions, Instruction, OpKind } from 'iced-x86';

/** One encoding: prefixes and opcode, and the ModR/M bytes (or first operand bytes) that keep to the form. */
export interface Encoding {
  readonly prefixes: readonly number[];
  readonly opcode: readonly number[];
  readonly next: readonly number[];
}

export interface Form {
  readonly key: string;
  readonly encodings: readonly Encoding[];
}

/**
 * Features whose instructions are recorded: they do the same for everybody and need no state beyond FXSAVE's.
 * VEX and EVEX (AVX, BMI, FMA) wait for a frame with XSAVE state.
 */
const FEATURES: ReadonlySet<string> = new Set(
  (
    'INTEL8086 INTEL8086_ONLY INTEL186 INTEL286 INTEL286_ONLY INTEL386 INTEL386_ONLY INTEL486 FPU FPU287 FPU287XL_ONLY ' +
    'FPU387 FPU387SL_ONLY CMOV CX8 MMX FXSR PAUSE MSR MULTIBYTENOP CLFSH CLFLUSHOPT CLWB CLDEMOTE PREFETCHW CET_IBT SMM ' +
    'INVPCID SSE SSE2 SSE3 SSSE3 SSE4_1 SSE4_2 AES PCLMULQDQ SHA GFNI POPCNT LZCNT MOVBE ADX ' +
    'BMI1'
  ) // TZCNT; the others are VEX-encoded
    .split(' '),
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
  VEX: 'needs AVX state',
  EVEX: 'needs AVX state',
  XOP: 'AMD only, withdrawn',
  D3NOW: 'AMD only, withdrawn',
  Xbegin: 'transactional memory: aborts at the host’s will',
  Xabort: 'transactional memory',
};

/** The raw opcodes that no case may contain even when iced calls them invalid: the host may know what iced does not. */
export function mayTouchHost(bytes: readonly number[] | Uint8Array): boolean {
  let i = 0;
  while (isPrefix(bytes[i])) i++;
  const [a, b, c] = [bytes[i], bytes[i + 1], bytes[i + 2]];
  if (a === 0xcd) return b === 0x80; // INT 80h: the kernel's 32-bit system call
  if (a !== 0x0f) return false;
  if (b === 0x05 || b === 0x34 || b === 0x31 || b === 0xa2 || b === 0x33) return true;
  if (b === 0x00) return (c & 0x30) === 0; // SLDT, STR
  if (b === 0x01) return c >= 0xc0 || (c & 0x38) === 0 || (c & 0x38) === 8 || (c & 0x38) === 0x20;
  if (b === 0xc7) return (c & 0x38) !== 8; // XSAVEC and relations, RDRAND, RDSEED, RDPID
  if (b === 0xae && c < 0xc0) return (c & 0x38) === 0x20 || (c & 0x38) === 0x28 || (c & 0x38) === 0x30; // XSAVE area
  return b === 0x78 || b === 0x79; // SSE4A
}

export function isPrefix(byte: number | undefined): boolean {
  return (
    byte !== undefined && ([0x66, 0x67, 0xf0, 0xf2, 0xf3, 0x64, 0x65].includes(byte) || (byte & 0xe7) === 0x26) // 26 2E 36 3E
  );
}

export interface Decoded {
  readonly key: string;
  readonly valid: boolean;
  readonly recordable: boolean;
  readonly features: readonly string[];
}

const scratch = new Instruction();

/** Decodes into `instruction`; an illegal LOCK is decoded a second time without that check, for the form's name. */
export function describe(bits: 16 | 32, bytes: Uint8Array, instruction: Instruction = scratch): Decoded {
  decodeWith(bits, bytes, DecoderOptions.None, instruction);
  const valid = !instruction.isInvalid;
  if (!valid) decodeWith(bits, bytes, DecoderOptions.NoInvalidCheck, instruction);
  if (instruction.isInvalid) return { key: invalidKey(bytes), valid, recordable: !mayTouchHost(bytes), features: [] };
  const features = Array.from(instruction.cpuidFeatures(), (f) => CpuidFeature[f] ?? '?');
  const name = Code[instruction.code] ?? '?';
  const stem = name.split('_')[0] ?? name;
  const recordable = !mayTouchHost(bytes) && !(stem in EXCLUDED) && features.every((f) => FEATURES.has(f));
  return { key: formKey(instruction, name, valid), valid, recordable, features };
}

function decodeWith(bits: 16 | 32, bytes: Uint8Array, options: DecoderOptions, into: Instruction): void {
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
function invalidKey(bytes: Uint8Array): string {
  let i = 0;
  let mandatory = '';
  for (; isPrefix(bytes[i]); i++) if ([0x66, 0xf2, 0xf3].includes(bytes[i] as number)) mandatory += `${hex(bytes[i])} `;
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
/** Undefined opcodes are asked for with at most one prefix of the three that select an instruction. */
const prefixesOfUndefined = new Set(PREFIXES.slice(0, 4));
const MAPS: readonly (readonly number[])[] = [[], [0x0f], [0x0f, 0x38], [0x0f, 0x3a]];

export function enumerateForms(bits: 16 | 32): Form[] {
  const forms = new Map<string, { prefixCount: number; encodings: Encoding[] }>();
  for (const prefixes of PREFIXES) {
    for (const map of MAPS) {
      for (let last = 0; last < 256; last++) {
        if (map.length === 0 && (isPrefix(last) || last === 0x0f)) continue;
        if (map.length === 1 && (last === 0x38 || last === 0x3a)) continue;
        addEncodings(forms, bits, prefixes, [...map, last]);
      }
    }
  }
  return [...forms].map(([key, f]) => ({ key, encodings: f.encodings }));
}

function addEncodings(
  forms: Map<string, { prefixCount: number; encodings: Encoding[] }>,
  bits: 16 | 32,
  prefixes: readonly number[],
  opcode: readonly number[],
): void {
  const byKey = new Map<string, number[]>();
  const bytes = new Uint8Array([...prefixes, ...opcode, ...new Array<number>(12).fill(0)]);
  for (let next = 0; next < 256; next++) {
    bytes[prefixes.length + opcode.length] = next;
    const d = describe(bits, bytes);
    if (!d.recordable || (d.key.startsWith('#UD') && !prefixesOfUndefined.has(prefixes))) continue;
    const list = byKey.get(d.key);
    if (list) list.push(next);
    else byKey.set(d.key, [next]);
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
