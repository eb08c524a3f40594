/**
 * What an instruction reads without naming it in its ModR/M byte, prepared so that it does not merely fault: counts,
 * string pointers, stack contents, selectors, far pointers, quotients that fit. By mnemonic, as iced-x86 names it.
 */
import { Code, MemorySize, MemorySizeExt, Mnemonic, OpKind, Register, RegisterExt } from 'iced-x86';
import {
  EAX,
  EBP,
  EBX,
  ECX,
  EDI,
  EDX,
  ES,
  ESI,
  ESP,
  SS,
  codeOffset,
  effectiveAddress,
  getAddress,
  littleEndian,
  low32,
  memorySegment,
  nativeSize,
  patch,
  pointer,
  segment,
  setRegister,
  setRegister16,
  target,
  wrap,
  type Draft,
} from './draft.ts';
import { LDT, LONG, STACK, USER_CODE, USER_CODE_64, USER_DATA, codeBase, ldtSelector } from './layout.ts';
import { integerBytes, value32, value64, valueBytes } from './values.ts';

/** Any selector: the LDT's own, the flat ones, null, system and absent ones of the GDT, beyond the limit; any RPL. */
export function randomSelector(d: Draft): number {
  const { r } = d;
  return r.weighted<() => number>([
    [12, () => (r.below(LDT.length) << 3) | 7],
    [2, () => (r.below(LDT.length + 2) << 3) | 4 | r.below(4)],
    [2, () => r.pick([USER_CODE, USER_DATA, USER_CODE_64])],
    [2, () => r.pick([0, 1, 2, 3])],
    [2, () => (r.pick([1, 2, 3, 4, 5, 8, 9, 10, 12, 15]) << 3) | r.below(4)],
    [1, () => r.pick([0x83, 0xffff, 0xfffc, 0x7fff, 0x88])],
  ])();
}

function codeSelector(d: Draft): number {
  const { r } = d;
  if (d.bits === 64 && r.chance(0.5)) return USER_CODE_64;
  return r.weighted<() => number>([
    [6, () => ldtSelector(r.pick(['code16', 'code32', 'code16-execute-only', 'code32-execute-only']))],
    [2, () => USER_CODE],
    [1, () => ldtSelector(r.pick(['code16-short', 'code32-short', 'code32-absent']))],
    [3, () => randomSelector(d)],
  ])();
}

/** Offset for a far transfer: within the target's code page whether the target is flat or based there. */
function farOffset(d: Draft, selector: number): number {
  if (selector === USER_CODE_64) return codeOffset(d);
  if (selector === USER_CODE) return codeBase(32) + d.r.between(0x100, 0xf00);
  return d.r.chance(0.85) ? d.r.between(0x100, 0x7f0) : codeOffset(d);
}

function farPointer(d: Draft, operandSize: number): Uint8Array {
  const selector = codeSelector(d);
  const offset = farOffset(d, selector);
  return Uint8Array.from([...littleEndian(offset, operandSize), ...littleEndian(selector, 2)]);
}

/** Linear address of the top of the stack, `above` bytes further up. */
function stackTop(d: Draft, above = 0): number {
  const s = segment(d, SS);
  const offset = getAddress(d, ESP) + above;
  return wrap(d, (s?.base ?? 0) + (s?.big ? offset : offset & 0xffff));
}

/** Width of a pop: the size by which the instruction moves the stack pointer; 4 where iced does not say. */
function popSize(d: Draft): number {
  return Math.abs(d.instruction.stackPointerIncrement) || nativeSize(d);
}

function flagsImage(d: Draft): number {
  return d.r.chance(0.5) ? d.r.u32() : (d.r.u32() & 0x240dd5) | 2;
}

function string(d: Draft): void {
  const { r, instruction: i, state } = d;
  const size = 1 << r.below(d.bits === 64 ? 4 : 3);
  setRegister(d, ESI, pointer(d, memorySegment(d), size));
  setRegister(d, EDI, pointer(d, ES, size));
  if (i.hasRepPrefix || i.hasRepnePrefix) {
    const count = r.weighted<() => number>([
      [10, () => r.below(12)],
      [3, () => r.below(80)],
      [1, () => 0],
      [1, () => value32(r)],
    ])();
    setRegister(d, ECX, count);
    // 16- and 32-bit addresses count with the lower part of the register only
    if (d.bits === 64 && r.chance(0.1)) state.general[ECX] = (BigInt(r.u32()) << 32n) | BigInt(count);
    else if (r.chance(0.2)) setRegister(d, ECX, ((r.u32() << 16) | (count & 0xffff)) >>> 0);
  }
  if (r.chance(0.5)) {
    // equal strings, and AL in the string: comparisons run on until they differ
    const fill = r.chance(0.5) ? new Uint8Array(32).fill(low32(state, EAX) & 0xff) : valueBytes(r, 32);
    const down = (state.flags & 0x400) !== 0 ? 28 : 0;
    for (const [register, index] of [
      [ESI, memorySegment(d)],
      [EDI, ES],
    ] as const)
      patch(d, wrap(d, getAddress(d, register) + (segment(d, index)?.base ?? 0) - down), fill);
    const differs = d.patches.at(-1);
    if (differs && r.chance(0.7)) differs.bytes[r.below(differs.bytes.length)] = r.below(256);
  }
}

function returnNear(d: Draft): void {
  patch(d, stackTop(d), littleEndian(codeOffset(d), nativeSize(d)));
  if (d.r.chance(0.7)) immediate16(d, d.r.below(16) * 4);
}

function immediate16(d: Draft, value: number): void {
  if (d.instruction.opCount > 0 && d.instruction.opKind(0) === OpKind.Immediate16)
    d.bytes.set(littleEndian(value, 2), d.bytes.length - 2);
}

/** RETF and IRET: offset, selector and, for IRET, the flags, each of the operand's size; in 64-bit mode the stack too. */
function returnFar(d: Draft): void {
  const size = farSize(d);
  const selector = codeSelector(d);
  patch(d, stackTop(d), littleEndian(farOffset(d, selector), size));
  patch(d, stackTop(d, size), littleEndian(selector | (size >= 4 && d.r.chance(0.3) ? d.r.u32() << 16 : 0), size));
  patch(d, stackTop(d, 2 * size), littleEndian(flagsImage(d), size));
  if (d.bits === 64 && d.instruction.mnemonic !== Mnemonic.Retf) {
    const sp = LONG + STACK + 8 * d.r.below(0x200);
    patch(d, stackTop(d, 3 * size), littleEndian(sp, size));
    const stack = d.r.chance(0.7) ? USER_DATA : randomSelector(d);
    patch(d, stackTop(d, 4 * size), littleEndian(stack, size));
  }
  if (d.r.chance(0.7)) immediate16(d, d.r.below(16) * 4);
}

/** Retfw, Iretd, Retfq and so on: the operand's size is the letter at the end. */
function farSize(d: Draft): number {
  const letter = /^(?:Retf|Iret)([wdq])/.exec(Code[d.instruction.code] ?? '')?.[1];
  return letter === 'q' ? 8 : letter === 'd' ? 4 : 2;
}

/** A quotient that fits, half of the time: the high half below the divisor. */
function divide(d: Draft): void {
  const { r, state } = d;
  if (r.chance(0.3)) return;
  const small = r.chance(0.5) ? r.below(0x80) : 0;
  const negative = r.chance(0.3);
  setRegister(d, EDX, negative ? ~small : small);
  if (r.chance(0.5)) {
    const high = BigInt((negative ? ~small & 0xff : small) << 8);
    state.general[EAX] = ((state.general[EAX] as bigint) & ~0xff00n) | high;
  }
}

function bound(d: Draft): void {
  const { r, instruction: i, state } = d;
  const size = i.memorySize === MemorySize.Bound16_WordWord ? 2 : 4;
  const index = low32(state, RegisterExt.number(i.op0Register));
  const low = (index - r.below(3)) >>> 0;
  const high = (index + r.between(-1, 2)) >>> 0;
  if (r.chance(0.8))
    patch(d, effectiveAddress(d), Uint8Array.from([...littleEndian(low, size), ...littleEndian(high, size)]));
}

/** The accumulator equals the destination half of the time. */
function compareExchange(d: Draft): void {
  const { r, instruction: i, state } = d;
  if (r.chance(0.4)) return;
  if (i.opKind(0) !== OpKind.Memory) {
    const number = RegisterExt.number(i.op0Register) & (d.bits === 64 ? 15 : 7);
    state.general[EAX] = state.general[number] as bigint;
    return;
  }
  const part = MemorySizeExt.size(i.memorySize) === 16 || d.bits === 64 ? 8 : 4;
  const paired = i.mnemonic === Mnemonic.Cmpxchg8b ? 4 : part;
  const both = [EAX, EDX].flatMap((n) => [...registerBytes(d, n).subarray(0, paired)]);
  patch(d, effectiveAddress(d), Uint8Array.from(both));
}

function registerBytes(d: Draft, index: number): Uint8Array {
  const out = new Uint8Array(8);
  new DataView(out.buffer).setBigUint64(0, d.state.general[index] as bigint, true);
  return out;
}

/** BT with a register offset addresses memory far around its operand: keep most of it near. */
function bitTest(d: Draft): void {
  const { r, instruction: i } = d;
  if (i.opKind(0) !== OpKind.Memory || i.opKind(1) !== OpKind.Register || r.chance(0.2)) return;
  const number = RegisterExt.number(i.op1Register);
  if (i.memoryBase !== Register.None && RegisterExt.number(i.memoryBase) === number) return;
  if (i.memoryIndex !== Register.None && RegisterExt.number(i.memoryIndex) === number) return;
  setRegister(d, number, r.between(-600, 600));
}

function farMemory(d: Draft): void {
  patch(d, effectiveAddress(d), farPointer(d, offsetSize(d)));
}

/** Of a far pointer in memory. */
function offsetSize(d: Draft): number {
  return MemorySizeExt.size(d.instruction.memorySize) - 2;
}

function loadFar(d: Draft): void {
  // an AMD CPU reads a 32-bit offset where an Intel one reads 64 bits: the selector stands behind both
  patch(d, effectiveAddress(d) + offsetSize(d), littleEndian(randomSelector(d), 2));
}

/** JMP and CALL: far by immediate or memory, near by register or memory. */
function transfer(d: Draft): void {
  const i = d.instruction;
  if (i.isJmpFarIndirect || i.isCallFarIndirect) return farMemory(d);
  if (i.isJmpFar || i.isCallFar) {
    const size = i.opKind(0) === OpKind.FarBranch16 ? 2 : 4;
    d.bytes.set(farPointer(d, size), d.bytes.length - size - 2);
    return;
  }
  if (i.opKind(0) === OpKind.Memory) patch(d, effectiveAddress(d), littleEndian(codeOffset(d), nativeSize(d)));
  if (i.opKind(0) === OpKind.Register) setRegister(d, RegisterExt.number(i.op0Register), codeOffset(d));
}

/** Selectors as operands: MOV to a segment register, LAR, LSL, VERR, VERW, ARPL. */
function selectorOperand(d: Draft): void {
  const i = d.instruction;
  for (let n = 0; n < i.opCount; n++) {
    if (i.opKind(n) === OpKind.Memory) patch(d, effectiveAddress(d), littleEndian(randomSelector(d), 2));
    if (i.opKind(n) !== OpKind.Register || !RegisterExt.isGPR(i.opRegister(n))) continue;
    const number = RegisterExt.number(i.opRegister(n));
    if (n === i.opCount - 1 || i.mnemonic === Mnemonic.Arpl || i.opCount === 1)
      setRegister16(d, number, randomSelector(d));
  }
}

function move(d: Draft): void {
  if (
    d.instruction.opCount === 2 &&
    d.instruction.opKind(0) === OpKind.Register &&
    RegisterExt.isSegmentRegister(d.instruction.op0Register)
  )
    selectorOperand(d);
}

function pop(d: Draft): void {
  const i = d.instruction;
  const selector = i.opKind(0) === OpKind.Register && RegisterExt.isSegmentRegister(i.op0Register);
  const size = popSize(d);
  if (!selector) return patch(d, stackTop(d), integerBytes(d.r, size));
  patch(d, stackTop(d), littleEndian((randomSelector(d) | (d.r.u32() << 16)) >>> 0, size));
}

function enter(d: Draft): void {
  const { r } = d;
  setRegister(d, EBP, pointer(d, SS, nativeSize(d)));
  if (r.chance(0.9)) d.bytes.set(littleEndian(r.below(0x80), 2), d.bytes.length - 3);
  d.bytes[d.bytes.length - 1] = r.pick([0, 0, 1, 1, 2, 3, 5, 31, 32, 33, 0x40, r.below(256)]);
}

function leave(d: Draft): void {
  setRegister(d, EBP, pointer(d, SS, nativeSize(d)));
}

function xlat(d: Draft): void {
  const s = segment(d, memorySegment(d));
  if (s) setRegister(d, EBX, wrap(d, target(d, s, 1) - s.base - (low32(d.state, EAX) & 0xff)));
}

function counted(d: Draft): void {
  if (d.r.chance(0.7)) setRegister(d, ECX, d.r.pick([0, 1, 2, 0xffff, 0x10000, 0x10001, 0x20000]));
  if (d.bits === 64 && d.r.chance(0.3)) d.state.general[ECX] = (1n << 32n) + BigInt(d.r.below(2));
}

function maskedMove(d: Draft): void {
  setRegister(d, EDI, pointer(d, memorySegment(d), 16));
}

/** WRFSBASE raises #GP for what is not canonical; IA32_FS_BASE takes the rest. */
function writeBase(d: Draft): void {
  const number = RegisterExt.number(d.instruction.op0Register);
  if (d.r.chance(0.6)) d.state.general[number] = BigInt.asUintN(64, BigInt.asIntN(48, value64(d.r)));
}

function ascii(d: Draft): void {
  if (d.r.chance(0.3)) d.bytes[d.bytes.length - 1] = 10;
}

const SETUPS: Readonly<Record<string, (d: Draft) => void>> = {
  ...Object.fromEntries(
    [
      'Movsb',
      'Movsw',
      'Cmpsb',
      'Cmpsw',
      'Stosb',
      'Stosw',
      'Stosd',
      'Stosq',
      'Lodsb',
      'Lodsw',
      'Lodsd',
      'Lodsq',
      'Scasb',
      'Scasw',
      'Scasd',
      'Scasq',
      'Movsq',
      'Cmpsq',
    ].map((n) => [n, string]),
  ),
  ...Object.fromEntries(['Insb', 'Insw', 'Insd', 'Outsb', 'Outsw', 'Outsd'].map((n) => [n, string])),
  Ret: returnNear,
  Retf: returnFar,
  Iret: returnFar,
  Iretd: returnFar,
  Iretq: returnFar,
  Popf: (d) => patch(d, stackTop(d), littleEndian(flagsImage(d), 4)),
  Popfd: (d) => patch(d, stackTop(d), littleEndian(flagsImage(d), 4)),
  Popfq: (d) => patch(d, stackTop(d), littleEndian(flagsImage(d) + (d.r.chance(0.1) ? 2 ** 32 : 0), 8)),
  Popa: (d) => patch(d, stackTop(d), valueBytes(d.r, 32)),
  Popad: (d) => patch(d, stackTop(d), valueBytes(d.r, 32)),
  Pop: pop,
  Enter: enter,
  Leave: leave,
  Div: divide,
  Idiv: divide,
  Bound: bound,
  Cmpxchg: compareExchange,
  Cmpxchg8b: compareExchange,
  Cmpxchg16b: compareExchange,
  Bt: bitTest,
  Bts: bitTest,
  Btr: bitTest,
  Btc: bitTest,
  Lds: loadFar,
  Les: loadFar,
  Lfs: loadFar,
  Lgs: loadFar,
  Lss: loadFar,
  Jmp: transfer,
  Call: transfer,
  Mov: move,
  Lar: selectorOperand,
  Lsl: selectorOperand,
  Verr: selectorOperand,
  Verw: selectorOperand,
  Arpl: selectorOperand,
  Xlatb: xlat,
  Loop: counted,
  Loope: counted,
  Loopne: counted,
  Jcxz: counted,
  Jecxz: counted,
  Jrcxz: counted,
  Maskmovq: maskedMove,
  Maskmovdqu: maskedMove,
  Vmaskmovdqu: maskedMove,
  Wrfsbase: writeBase,
  Wrgsbase: writeBase,
  Aam: ascii,
  Aad: ascii,
};

export function prepareImplicit(d: Draft): void {
  const i = d.instruction;
  if (i.isStringInstruction) return string(d); // MOVSD and CMPSD share their names with SSE2
  SETUPS[Mnemonic[i.mnemonic] ?? '']?.(d);
}
