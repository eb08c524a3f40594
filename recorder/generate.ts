/** One random case of a form: the bytes, dressed with prefixes, and a state in which they do something. */
import {
  CpuidFeature,
  FlowControl,
  Instruction,
  MemorySize,
  MemorySizeExt,
  Mnemonic,
  OpKind,
  Register,
  RegisterExt,
  Decoder,
} from 'iced-x86';
import {
  addressSize,
  aim,
  effectiveAddress,
  littleEndian,
  lowTarget,
  memorySegment,
  mergePatches,
  patch,
  refresh,
  segment,
  target,
  type Displacement,
  type Draft,
} from './draft.ts';
import { chooseFlags, chooseInstructionPointer, chooseRegisters, chooseSegments } from './environment.ts';
import { describe, mayTouchHost, type Encoding, type Form } from './forms.ts';
import { defaultXsave, fpuEnvironment, randomMmx, randomSse, randomX87, randomYmm } from './fpu-state.ts';
import { prepareGather } from './gather.ts';
import { prepareImplicit } from './implicit.ts';
import { codeAddress, type Bits } from './layout.ts';
import type { Random } from './random.ts';
import { float32, float64, float80, integer80, integerBytes, packedBcd80, value32, valueBytes } from './values.ts';
import { randomVex } from './vex.ts';
import type { MachineState, Patch } from './wire.ts';

export interface GeneratedCase {
  readonly bits: Bits;
  readonly key: string;
  readonly features: readonly string[];
  readonly bytes: Uint8Array;
  readonly state: MachineState;
  readonly patches: readonly Patch[];
  /** TF was set for this case because its instruction may go anywhere, not to test TF. */
  readonly stepped: boolean;
}

const SEGMENT_PREFIXES = [0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65];

/** Prefixes that do not make the form, in any order before those that do. Now and then too many of them. */
function dressing(r: Random, undefinedOpcode: boolean): number[] {
  const out: number[] = [];
  if (r.chance(0.18)) out.push(r.pick(SEGMENT_PREFIXES));
  if (r.chance(0.15)) out.push(0x67);
  if (r.chance(undefinedOpcode ? 0.1 : 0.05)) out.push(0xf0);
  if (r.chance(0.02)) out.push(r.pick([0xf2, 0xf3]));
  if (r.chance(0.02)) out.push(0x66);
  if (r.chance(0.02)) out.push(r.pick(SEGMENT_PREFIXES));
  if (r.chance(0.008)) while (out.length < r.between(9, 14)) out.push(r.pick([0x66, 0x67, 0x2e, 0x3e, 0x26]));
  for (let i = out.length - 1; i > 0; i--) {
    const j = r.below(i + 1);
    [out[i], out[j]] = [out[j] as number, out[i] as number];
  }
  return out;
}

/** REX.W of the form, with any of R, X and B; a REX prefix that does nothing; one that is not the last prefix. */
function longHead(r: Random, dressed: readonly number[], e: Encoding): number[] {
  const wide = e.prefixes.at(-1) === 0x48 ? 8 : 0;
  const legacy = [...dressed, ...(wide ? e.prefixes.slice(0, -1) : e.prefixes)];
  if (r.chance(0.02)) legacy.splice(r.below(legacy.length + 1), 0, 0x40 | r.below(16));
  const bits = wide | (r.chance(0.5) ? r.below(8) : 0) | (r.chance(0.03) ? 8 : 0);
  return bits !== 0 || r.chance(0.1) ? [...legacy, 0x40 | bits] : legacy;
}

/** Prefixes before VEX that make it undefined (66, F2, F3, LOCK, REX) are left to chance. */
function vexHead(r: Random, bits: Bits, dressed: readonly number[], e: Encoding): number[] {
  const allowed = r.chance(0.1) ? dressed : dressed.filter((b) => b !== 0xf0 && b !== 0x66 && b !== 0xf2 && b !== 0xf3);
  const rex = bits === 64 && r.chance(0.01) ? [0x40 | r.below(16)] : [];
  return e.vex ? [...allowed, ...rex, ...randomVex(r, bits, e.vex)] : [];
}

interface Shape {
  readonly bytes: Uint8Array;
  readonly key: string;
  readonly features: readonly string[];
}

/** Null if the dressing turned it into something that is not recorded. */
function shape(r: Random, bits: Bits, form: Form, instruction: Instruction): Shape | null {
  const e = r.pick(form.encodings);
  const dressed = dressing(r, form.key.startsWith('#UD'));
  const plain = bits === 64 ? longHead : (): number[] => [...dressed, ...e.prefixes];
  const prefixes = e.vex ? vexHead(r, bits, dressed, e) : plain(r, dressed, e);
  const head = [...prefixes, ...e.opcode, r.pick(e.next)];
  const all = Uint8Array.from([...head, ...r.bytes(16)]);
  const d = describe(bits, all, instruction);
  if (!d.recordable) return null;
  if (!instruction.isInvalid)
    return { bytes: all.slice(0, instruction.length), key: d.key, features: visible(d.features) };
  if (head.length > 14) return { bytes: all.slice(0, 16), key: 'too long', features: [] };
  // nothing random behind an undefined opcode: should the CPU know it after all, INT3s are all it can run into
  return { bytes: all.slice(0, head.length), key: d.key, features: [] };
}

/** What every CPU since the 486 with an FPU has, is not worth writing down. */
function visible(features: readonly string[]): string[] {
  return features.filter((f) => !/^(INTEL|FPU|MULTIBYTENOP|PAUSE|CLDEMOTE|CET_IBT|MSR$|SMM|X64)/.test(f));
}

/** Immediates at the edges; branch displacements that stay in the code pages. */
function rewriteImmediates(d: Draft, offsets: readonly (readonly [number, number])[]): void {
  const { r, bytes } = d;
  const flow = d.instruction.flowControl;
  const branch =
    flow === FlowControl.ConditionalBranch || flow === FlowControl.UnconditionalBranch || flow === FlowControl.Call;
  for (const [offset, size] of offsets) {
    if (size === 0 || offset + size > bytes.length) continue;
    if (branch && size > 1)
      bytes.set(littleEndian(r.chance(0.85) ? r.between(-0x180, 0x180) : value32(r), size), offset);
    else if (!branch && r.chance(0.7)) bytes.set(integerBytes(r, size), offset);
  }
}

/** The bytes of a memory operand of this kind. */
function operandBytes(r: Random, kind: MemorySize): Uint8Array {
  const size = MemorySizeExt.size(kind) || 8;
  switch (kind) {
    case MemorySize.Float32:
      return littleEndian(float32(r), 4);
    case MemorySize.Float64: {
      const out = new Uint8Array(8);
      new DataView(out.buffer).setBigUint64(0, float64(r), true);
      return out;
    }
    case MemorySize.Float80:
      return r.chance(0.3) ? integer80(r) : float80(r);
    case MemorySize.Bcd:
      return packedBcd80(r);
    case MemorySize.FpuEnv14:
    case MemorySize.FpuEnv28:
    case MemorySize.FpuState94:
    case MemorySize.FpuState108:
    case MemorySize.Fxsave_512Byte:
      return fpuEnvironment(r, size);
    default:
      return valueBytes(r, Math.min(size, 64));
  }
}

/** An address that only its lower half, or a displacement without a register, makes: the high pages are out of reach. */
function isLow(d: Draft): boolean {
  const i = d.instruction;
  if (d.bits !== 64 || i.memoryBase === Register.RIP) return false;
  return addressSize(i) < 8 || (i.memoryBase === Register.None && (i.isVsib || i.memoryIndex === Register.None));
}

function prepareMemory(d: Draft, displacement: Displacement): void {
  const i = d.instruction;
  const s = segment(d, memorySegment(d));
  if (!s) return;
  const size = MemorySizeExt.size(i.memorySize) || 4;
  let linear = isLow(d) && displacement.size < 8 ? lowTarget(d, size) : target(d, s, size);
  if (size >= 16 && d.r.chance(0.7)) linear -= ((linear % 16) + 16) % 16; // most SSE operands must be aligned
  if (d.r.chance(0.97)) aim(d, linear, displacement);
}

/** Registers of a kind among the operands, as numbers. */
function registersUsed(i: Instruction, is: (register: number) => boolean): number[] {
  const out: number[] = [];
  for (let n = 0; n < i.opCount; n++)
    if (i.opKind(n) === OpKind.Register && is(i.opRegister(n))) out.push(RegisterExt.number(i.opRegister(n)));
  return out;
}

function prepareFpu(d: Draft, features: readonly string[]): void {
  const { r, instruction: i } = d;
  const image = d.state.xsave;
  const mmx = registersUsed(i, (n) => RegisterExt.isMM(n));
  if (mmx.length > 0) randomMmx(r, image, mmx);
  else if (features.some((f) => f.startsWith('FPU')) || i.mnemonic === Mnemonic.Wait || i.mnemonic === Mnemonic.Emms) {
    const saves = [Mnemonic.Fnsave, Mnemonic.Fnstenv].includes(i.mnemonic);
    randomX87(r, image, saves ? [] : [0, 1, ...registersUsed(i, (n) => RegisterExt.isST(n))]);
  } else if (features.includes('FXSR')) randomX87(r, image, []);
  prepareVectors(d, features);
}

function prepareVectors(d: Draft, features: readonly string[]): void {
  const { r, instruction: i } = d;
  const image = d.state.xsave;
  const xmm = registersUsed(i, (n) => RegisterExt.isXMM(n));
  const ymm = registersUsed(i, (n) => RegisterExt.isYMM(n));
  const wide = [...xmm, ...ymm];
  if (i.isVsib) wide.push(RegisterExt.number(i.memoryIndex));
  const sse = wide.length > 0 || features.some((f) => /^(SSE|FXSR|AVX)/.test(f));
  const all = features.includes('FXSR') || [Mnemonic.Vzeroall, Mnemonic.Vzeroupper].includes(i.mnemonic);
  const count = d.bits === 64 ? 16 : 8;
  const used = all ? Array.from({ length: count }, (_, n) => n) : [0, ...wide];
  if (sse) randomSse(r, image, used);
  if (ymm.length > 0 || i.isVsib || (all && !features.includes('FXSR'))) randomYmm(r, image, used);
  else if (sse && r.chance(features.includes('AVX') ? 0.8 : 0.15)) randomYmm(r, image, wide);
  if (i.isVsib) prepareGather(d);
}

/** An operand in the instruction or behind it, where the INT3 must stay that ends the case. */
function hitsCode(d: Draft, patches: readonly Patch[]): boolean {
  const start = codeAddress(d.state, d.bits);
  const end = start + d.bytes.length + 1;
  return patches.some((p) => p.address < end && p.address + p.bytes.length > start);
}

function isFlow(i: Instruction): boolean {
  return ![FlowControl.Next, FlowControl.Interrupt, FlowControl.Exception].includes(i.flowControl);
}

export function generate(r: Random, bits: Bits, form: Form): GeneratedCase | null {
  const instruction = new Instruction();
  const made = shape(r, bits, form, instruction);
  if (!made) return (instruction.free(), null);
  const state: MachineState = {
    general: new BigUint64Array(16),
    ip: 0n,
    flags: 0,
    segments: new Uint16Array(6),
    bases: new BigUint64Array(2),
    xsave: defaultXsave(),
  };
  const d: Draft = { r, bits, bytes: made.bytes, instruction, state, patches: [] };
  chooseSegments(d);
  chooseFlags(d);
  chooseRegisters(d);
  chooseInstructionPointer(d); // before the operands: they may be relative to it
  const features = Array.from(instruction.cpuidFeatures(), (f) => CpuidFeature[f] ?? '');
  if (!instruction.isInvalid) fillOperands(d, features);
  if (mayTouchHost(d.bytes, bits)) return (instruction.free(), null); // the operands were chosen after the form
  let stepped = false;
  if (!instruction.isInvalid && isFlow(instruction)) stepped = true;
  if (stepped || (instruction.flowControl === FlowControl.Next && !instruction.isStringInstruction && r.chance(0.04)))
    state.flags |= 0x100;
  if (made.key.startsWith('Iret')) state.flags &= ~0x4000; // NT: a task return, which long mode does not have
  instruction.free();
  const patches = mergePatches(d.patches);
  if (hitsCode(d, patches)) return null;
  return { bits, key: made.key, features: made.features, bytes: d.bytes, state, patches, stepped };
}

function fillOperands(d: Draft, features: readonly string[]): void {
  const i = d.instruction;
  const decoder = new Decoder(d.bits, d.bytes, 1);
  decoder.decodeOut(i);
  const offsets = decoder.getConstantOffsets(i);
  const displacement = { offset: offsets.displacementOffset, size: offsets.displacementSize };
  const immediates = [
    [offsets.immediateOffset, offsets.immediateSize],
    [offsets.immediateOffset2, offsets.immediateSize2],
  ] as const;
  offsets.free();
  decoder.free();
  rewriteImmediates(d, immediates);
  let memory = false;
  for (let n = 0; n < i.opCount; n++) if (i.opKind(n) === OpKind.Memory) memory = true;
  if (memory) prepareMemory(d, displacement);
  refresh(d); // the displacement may have moved
  if (memory) patch(d, effectiveAddress(d), operandBytes(d.r, i.memorySize));
  prepareImplicit(d);
  refresh(d);
  prepareFpu(d, features);
}
