/**
 * What an instruction reads without naming it in its ModR/M byte, prepared so that it does not merely fault: counts,
 * string pointers, stack contents, selectors, far pointers, quotients that fit. By mnemonic, as iced-x86 names it.
 */
import { MemorySize, Mnemonic, OpKind, Register, RegisterExt } from 'iced-x86';
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
  littleEndian,
  memorySegment,
  patch,
  pointer,
  segment,
  setRegister16,
  target,
  type Draft,
} from './draft.ts';
import { LDT, USER_CODE, USER_DATA, ldtSelector } from './layout.ts';
import { value32, valueBytes } from './values.ts';

/** Any selector: the LDT's own, the flat ones, null, system and absent ones of the GDT, beyond the limit; any RPL. */
export function randomSelector(d: Draft): number {
  const { r } = d;
  return r.weighted<() => number>([
    [12, () => (r.below(LDT.length) << 3) | 7],
    [2, () => (r.below(LDT.length + 2) << 3) | 4 | r.below(4)],
    [2, () => r.pick([USER_CODE, USER_DATA])],
    [2, () => r.pick([0, 1, 2, 3])],
    [2, () => (r.pick([1, 2, 3, 4, 5, 8, 9, 10, 12, 15]) << 3) | r.below(4)],
    [1, () => r.pick([0x83, 0xffff, 0xfffc, 0x7fff, 0x88])],
  ])();
}

function codeSelector(d: Draft): number {
  const { r } = d;
  return r.weighted<() => number>([
    [6, () => ldtSelector(r.pick(['code16', 'code32', 'code16-execute-only', 'code32-execute-only']))],
    [2, () => USER_CODE],
    [1, () => ldtSelector(r.pick(['code16-short', 'code32-short', 'code32-absent']))],
    [3, () => randomSelector(d)],
  ])();
}

/** Offset for a far transfer: within the target's code page whether the target is flat or based there. */
function farOffset(d: Draft, selector: number): number {
  if (selector === USER_CODE) return 0x20000000 + d.r.between(0x100, 0x1f00);
  return d.r.chance(0.85) ? d.r.between(0x100, 0x7f0) : codeOffset(d);
}

function farPointer(d: Draft, operandSize: number): Uint8Array {
  const selector = codeSelector(d);
  return Uint8Array.from([...littleEndian(farOffset(d, selector), operandSize), ...littleEndian(selector, 2)]);
}

/** Linear address of the top of the stack, `above` bytes further up. */
function stackTop(d: Draft, above = 0): number {
  const s = segment(d, SS);
  const offset = (d.state.general[ESP] as number) + above;
  return ((s?.base ?? 0) + (s?.big ? offset : offset & 0xffff)) >>> 0;
}

/** Width of a pop: the size by which the instruction moves the stack pointer; 4 where iced does not say. */
function popSize(d: Draft): number {
  return Math.abs(d.instruction.stackPointerIncrement) || 4;
}

function flagsImage(d: Draft): number {
  return d.r.chance(0.5) ? d.r.u32() : (d.r.u32() & 0x240dd5) | 2;
}

function string(d: Draft): void {
  const { r, instruction: i, state } = d;
  const size = 1 << r.below(3);
  state.general[ESI] = pointer(d, memorySegment(d), size);
  state.general[EDI] = pointer(d, ES, size);
  if (i.hasRepPrefix || i.hasRepnePrefix) {
    const count = r.weighted<() => number>([
      [10, () => r.below(12)],
      [3, () => r.below(80)],
      [1, () => 0],
      [1, () => value32(r)],
    ])();
    state.general[ECX] = count;
    if (r.chance(0.2)) state.general[ECX] = ((r.u32() << 16) | (count & 0xffff)) >>> 0;
  }
  if (r.chance(0.5)) {
    // equal strings, and AL in the string: comparisons run on until they differ
    const fill = r.chance(0.5) ? new Uint8Array(32).fill((state.general[EAX] as number) & 0xff) : valueBytes(r, 32);
    const down = (state.flags & 0x400) !== 0 ? 28 : 0;
    for (const [register, index] of [
      [ESI, memorySegment(d)],
      [EDI, ES],
    ] as const)
      patch(d, ((state.general[register] as number) + (segment(d, index)?.base ?? 0) - down) >>> 0, fill);
    const differs = d.patches.at(-1);
    if (differs && r.chance(0.7)) differs.bytes[r.below(differs.bytes.length)] = r.below(256);
  }
}

function returnNear(d: Draft): void {
  patch(d, stackTop(d), littleEndian(codeOffset(d), 4));
  if (d.r.chance(0.7)) immediate16(d, d.r.below(16) * 4);
}

function immediate16(d: Draft, value: number): void {
  if (d.instruction.opCount > 0 && d.instruction.opKind(0) === OpKind.Immediate16)
    d.bytes.set(littleEndian(value, 2), d.bytes.length - 2);
}

/** RETF and IRET: offset, selector and, for IRET, the flags, each of the operand's size. */
function returnFar(d: Draft): void {
  const size = Mnemonic[d.instruction.mnemonic]?.includes('w') ? 2 : wideOperand(d) ? 4 : 2;
  const selector = codeSelector(d);
  patch(d, stackTop(d), littleEndian(farOffset(d, selector), size));
  patch(d, stackTop(d, size), littleEndian(selector | (size === 4 && d.r.chance(0.3) ? d.r.u32() << 16 : 0), size));
  patch(d, stackTop(d, 2 * size), littleEndian(flagsImage(d), size));
  if (d.r.chance(0.7)) immediate16(d, d.r.below(16) * 4);
}

/** 32-bit operand size, from the code's size and the 66 prefix. */
function wideOperand(d: Draft): boolean {
  const opcode = d.bytes.findIndex(
    (b) => ![0x66, 0x67, 0xf0, 0xf2, 0xf3, 0x64, 0x65, 0x26, 0x2e, 0x36, 0x3e].includes(b),
  );
  return (d.bits === 32) !== d.bytes.subarray(0, opcode).includes(0x66);
}

/** A quotient that fits, half of the time: the high half below the divisor. */
function divide(d: Draft): void {
  const { r, state } = d;
  if (r.chance(0.3)) return;
  const small = r.chance(0.5) ? r.below(0x80) : 0;
  const negative = r.chance(0.3);
  state.general[EDX] = negative ? ~small >>> 0 : small;
  if (r.chance(0.5)) state.general[EAX] = ((r.u32() & 0xffff00ff) | ((negative ? ~small & 0xff : small) << 8)) >>> 0;
}

function bound(d: Draft): void {
  const { r, instruction: i, state } = d;
  const size = i.memorySize === MemorySize.Bound16_WordWord ? 2 : 4;
  const index = state.general[RegisterExt.number(i.op0Register)] as number;
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
    const number = RegisterExt.number(i.op0Register) & 7;
    state.general[EAX] = state.general[number] as number;
    return;
  }
  const both = [...littleEndian(state.general[EAX] as number, 4), ...littleEndian(state.general[EDX] as number, 4)];
  patch(d, effectiveAddress(d), Uint8Array.from(both));
}

/** BT with a register offset addresses memory far around its operand: keep most of it near. */
function bitTest(d: Draft): void {
  const { r, instruction: i, state } = d;
  if (i.opKind(0) !== OpKind.Memory || i.opKind(1) !== OpKind.Register || r.chance(0.2)) return;
  const number = RegisterExt.number(i.op1Register);
  if (i.memoryBase !== Register.None && RegisterExt.number(i.memoryBase) === number) return;
  if (i.memoryIndex !== Register.None && RegisterExt.number(i.memoryIndex) === number) return;
  state.general[number] = r.between(-600, 600) >>> 0;
}

function farMemory(d: Draft): void {
  const size = i32(d) ? 4 : 2;
  patch(d, effectiveAddress(d), farPointer(d, size));
}

function i32(d: Draft): boolean {
  return d.instruction.memorySize !== MemorySize.SegPtr16;
}

function loadFar(d: Draft): void {
  patch(d, effectiveAddress(d) + (i32(d) ? 4 : 2), littleEndian(randomSelector(d), 2));
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
  if (i.opKind(0) === OpKind.Memory) patch(d, effectiveAddress(d), littleEndian(codeOffset(d), 4));
  if (i.opKind(0) === OpKind.Register) d.state.general[RegisterExt.number(i.op0Register)] = codeOffset(d);
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
  const value = selector ? randomSelector(d) | (d.r.u32() << 16) : value32(d.r);
  patch(d, stackTop(d), littleEndian(value >>> 0, popSize(d)));
}

function enter(d: Draft): void {
  const { r } = d;
  d.state.general[EBP] = pointer(d, SS, 4);
  if (r.chance(0.9)) d.bytes.set(littleEndian(r.below(0x80), 2), d.bytes.length - 3);
  d.bytes[d.bytes.length - 1] = r.pick([0, 0, 1, 1, 2, 3, 5, 31, 32, 33, 0x40, r.below(256)]);
}

function leave(d: Draft): void {
  d.state.general[EBP] = pointer(d, SS, 4);
}

function xlat(d: Draft): void {
  const s = segment(d, memorySegment(d));
  if (s) d.state.general[EBX] = (target(d, s, 1) - s.base - ((d.state.general[EAX] as number) & 0xff)) >>> 0;
}

function counted(d: Draft): void {
  if (d.r.chance(0.7)) d.state.general[ECX] = d.r.pick([0, 1, 2, 0xffff, 0x10000, 0x10001, 0x20000]);
}

function maskedMove(d: Draft): void {
  d.state.general[EDI] = pointer(d, memorySegment(d), 16);
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
      'Lodsb',
      'Lodsw',
      'Lodsd',
      'Scasb',
      'Scasw',
      'Scasd',
    ].map((n) => [n, string]),
  ),
  ...Object.fromEntries(['Insb', 'Insw', 'Insd', 'Outsb', 'Outsw', 'Outsd'].map((n) => [n, string])),
  Ret: returnNear,
  Retf: returnFar,
  Iret: returnFar,
  Iretd: returnFar,
  Popf: (d) => patch(d, stackTop(d), littleEndian(flagsImage(d), 4)),
  Popfd: (d) => patch(d, stackTop(d), littleEndian(flagsImage(d), 4)),
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
  Maskmovq: maskedMove,
  Maskmovdqu: maskedMove,
  Aam: ascii,
  Aad: ascii,
};

export function prepareImplicit(d: Draft): void {
  const i = d.instruction;
  if (i.isStringInstruction) return string(d); // MOVSD and CMPSD share their names with SSE2
  SETUPS[Mnemonic[i.mnemonic] ?? '']?.(d);
}
