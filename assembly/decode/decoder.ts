/**
 * Bytes to micro-ops: prefixes, opcode maps, ModR/M and SIB, displacement and immediates (SDM vol. 2A chapter 2).
 * Everything about an opcode comes from the rows through generated/decode-tables.ts.
 */
import * as S from '../shared/state';
import { FEATURE_AVX } from '../shared/features';
import { Eval } from '../machine/eval';
import { Insn } from '../machine/insn';
import {
  GROUPS,
  LEAF_AVX,
  LEAF_CLASS_SHIFT,
  LEAF_D64,
  LEAF_F64,
  LEAF_FEATURE_SHIFT,
  LEAF_IMMEDIATE_SHIFT,
  LEAF_LOCK,
  LEAF_MODRM,
  LEAF_OPTIONAL,
  LEAF_PLUS_REGISTER,
  LEAF_PREFIX_66,
  LEAF_REG_SHIFT,
  LEAF_RM_SHIFT,
  LEAF_VSIB,
  LEAF_VVVV,
  LEAVES,
  NODE_GROUP,
  NODE_PREFIX,
  OPCODE_MAPS,
  PREFIX_NODES,
  VEX_MAPS,
  VEX_NODES,
} from '../generated/decode-tables';

export const OP_INVALID: u16 = 0;
export const OP_END: u16 = 1;
export const OP_TOO_LONG: u16 = 2;
/** Where jumps arrive, and the same with a compiled region (jit/heads.ts): `disp` is the micro-op of the instruction. */
export const OP_HEAD: u16 = 3;
export const OP_REGION: u16 = 4;
/** The instruction behind it lies across the end of the page (straddler.ts). */
export const OP_STRADDLER: u16 = 5;

/** Instructions are at most 15 bytes long, or #GP(0) (SDM vol. 2A 2.3.11). */
export const LENGTH_MAX: u32 = 15;
const LEAF_SIZE: usize = 24;

const PREFIX_OPERAND: u32 = 1;
const PREFIX_ADDRESS: u32 = 2;
const PREFIX_LOCK: u32 = 4;
const PREFIX_REPE: u32 = 8;
const PREFIX_REPNE: u32 = 16;
/** Segment overriding: number + 1 in bits 8-11. */
const PREFIX_SEGMENT_SHIFT: u32 = 8;

/** Leaf's class: what follows the instruction in its trace. */
export const CLASS_NORMAL: u32 = 0;
export const CLASS_CONDITIONAL: u32 = 1;
export const CLASS_ENDS: u32 = 2;

/** Operand sizes, in the order of a leaf's entries. */
const SIZE_16: u32 = 0;
const SIZE_32: u32 = 1;
const SIZE_64: u32 = 2;

// REX, and what a VEX prefix says in its place. REX_PRESENT makes byte registers 4-7 SPL BPL SIL DIL.
const REX_B: u32 = 1;
const REX_X: u32 = 2;
const REX_R: u32 = 4;
const REX_W: u32 = 8;
const REX_PRESENT: u32 = 0x40;
/** Bits 8-15 of the same word: the VEX prefix's L, and vvvv as it is written (ones' complement). */
const VEX_PRESENT: u32 = 0x100;
const VEX_L: u32 = 0x200;
const VEX_VVVV_SHIFT: u32 = 12;

/** What decode() found besides the micro-op: class in bits 8-9, length in bits 0-7. */
export const RESULT_LENGTH: u32 = 0xff;
export const RESULT_CLASS_SHIFT: u32 = 8;
export const RESULT_CLASS: u32 = 3;
/** The displacement counts from the next instruction: whoever knows that address in its page adds it. */
export const RESULT_RIP_RELATIVE: u32 = 1 << 10;

function prefixBit(byte: u32): u32 {
  switch (byte) {
    case 0x26:
      return (S.ES + 1) << PREFIX_SEGMENT_SHIFT;
    case 0x2e:
      return (S.CS + 1) << PREFIX_SEGMENT_SHIFT;
    case 0x36:
      return (S.SS + 1) << PREFIX_SEGMENT_SHIFT;
    case 0x3e:
      return (S.DS + 1) << PREFIX_SEGMENT_SHIFT;
    case 0x64:
      return (S.FS + 1) << PREFIX_SEGMENT_SHIFT;
    case 0x65:
      return (S.GS + 1) << PREFIX_SEGMENT_SHIFT;
    case 0x66:
      return PREFIX_OPERAND;
    case 0x67:
      return PREFIX_ADDRESS;
    case 0xf0:
      return PREFIX_LOCK;
    case 0xf2:
      return PREFIX_REPNE;
    case 0xf3:
      return PREFIX_REPE;
    default:
      return 0;
  }
}

/** Node for the mandatory prefix in force: none, 66, F3, F2. */
function prefixClass(prefixes: u32): u32 {
  if (prefixes & PREFIX_REPE) return 2;
  if (prefixes & PREFIX_REPNE) return 3;
  return prefixes & PREFIX_OPERAND;
}

/** Node of an opcode: a leaf or a group. The maps of 64-bit mode follow the others. */
function nodeOf(map: u32, opcode: u32, prefixes: u32): u32 {
  let node = <u32>load<u16>(OPCODE_MAPS + (((map << 8) + opcode) << 1));
  if (node & NODE_PREFIX) {
    node = <u32>load<u16>(PREFIX_NODES + ((((node & 0x3fff) << 2) + prefixClass(prefixes)) << 1));
  }
  return node;
}

/** Leaf of a group's member. */
function memberOf(group: u32, modrm: u32): u32 {
  const member = modrm >= 0xc0 ? 8 + (modrm & 0x3f) : (modrm >> 3) & 7;
  return <u32>load<u16>(GROUPS + (((group & 0x3fff) * 72 + member) << 1));
}

/** Kind of field: a general register whatever ModR/M.mod says (MOV to and from control and debug registers). */
const ANY_MOD: u32 = 5;

/** An MMX register: the extension bits of REX are ignored. */
const FIELD_MMX: u32 = 6;

/** Three bits as they are (an opcode's digit, ST(i), a segment register): the extension bits of REX are ignored. */
const FIELD_DIGIT: u32 = 7;

/** Register number to the micro-op's field: 1 byte register (without REX 4-7 are AH..BH), 2 general, 3 as it is, 4 vector. */
function field(kind: u32, number: u32, rex: u32): u8 {
  if (kind == 1) return number < 4 || rex ? <u8>(number << 3) : <u8>(((number - 4) << 3) + 1);
  if (kind == 2 || kind == ANY_MOD) return <u8>(number << 3);
  if (kind == 4) return <u8>(number << 4);
  if (kind == FIELD_MMX) return <u8>((number & 7) << 4);
  return <u8>(kind == FIELD_DIGIT ? number & 7 : number);
}

/** Bytes of the addressing form after ModR/M, written into `i`; returns their number. Segment: default of the base. */
function memoryForm16(i: Insn, modrm: u32, p: usize): u32 {
  const mod = modrm >> 6;
  const rm = modrm & 7;
  const direct = mod == 0 && rm == 6;
  let base = S.RBX;
  if (rm == 2 || rm == 3 || rm == 6) base = S.RBP;
  else if (rm == 4) base = S.RSI;
  else if (rm == 5) base = S.RDI;
  i.rm = <u8>(direct ? S.REG_ZERO : base);
  i.index = <u8>(rm > 3 ? S.REG_ZERO : rm & 1 ? S.RDI : S.RSI);
  i.form = <u8>(base == S.RBP && !direct ? S.SS : S.DS);
  if (mod == 1) {
    i.disp = <i32>load<i8>(p);
    return 1;
  }
  if (mod == 2 || direct) {
    i.disp = <i32>load<u16>(p);
    return 2;
  }
  return 0;
}

/** 32- and 64-bit addressing. mod = 0, rm = 5 is RIP-relative in 64-bit mode, whatever REX.B says. */
function memoryForm32(i: Insn, modrm: u32, p: usize, rex: u32, long: bool): u32 {
  const mod = modrm >> 6;
  let rm = modrm & 7;
  let bytes: u32 = 0;
  i.index = <u8>S.REG_ZERO;
  i.form = <u8>S.DS;
  const sibFollows = rm == 4;
  if (sibFollows) {
    const sib = <u32>load<u8>(p);
    bytes = 1;
    rm = sib & 7;
    const index = ((sib >> 3) & 7) | (rex & REX_X ? 8 : 0);
    if (index != 4) {
      i.index = <u8>(index << 3);
      i.form |= <u8>((sib >> 6) << 3);
    }
  }
  const direct = mod == 0 && rm == 5;
  const base = rm | (rex & REX_B ? 8 : 0);
  i.rm = direct ? <u8>(long && !sibFollows ? S.STATE_RIP_BASE : S.REG_ZERO) : <u8>(base << 3);
  // The default segment of ESP and EBP as base is SS.
  if (!direct && (base == 4 || base == 5)) i.form = <u8>((i.form & 0xf8) | S.SS);
  if (mod == 1) {
    i.disp = <i32>load<i8>(p + bytes);
    return bytes + 1;
  }
  if (mod == 2 || direct) {
    i.disp = load<i32>(p + bytes);
    return bytes + 4;
  }
  return bytes;
}

/** Immediates by the kind in the leaf (order of IMMEDIATE_KINDS in scripts/generate); returns their number of bytes. */
function immediate(i: Insn, kind: u32, p: usize, size: u32, addressSize: u32): u32 {
  const wide = size != SIZE_16;
  switch (kind) {
    case 1: // ib
    case 6: // cb
      i.imm = <i32>load<i8>(p);
      return 1;
    case 2: // iw
      i.imm = <i32>load<u16>(p);
      return 2;
    case 5: // iv: the one immediate of 64 bits; its upper half lies in disp
      if (size == SIZE_64) {
        i.imm = load<i32>(p);
        i.disp = load<i32>(p + 4);
        return 8;
      }
    case 3: // iz
    case 7: // cz
      if (!wide) {
        i.imm = <i32>load<i16>(p);
        return 2;
      }
      i.imm = load<i32>(p);
      return 4;
    case 4: // id
      i.imm = load<i32>(p);
      return 4;
    case 8: // ap: offset, selector
      i.imm = wide ? load<i32>(p) : <i32>load<u16>(p);
      i.disp = <i32>load<u16>(p + (wide ? 4 : 2));
      return wide ? 6 : 4;
    case 9: // mo: offset of the address size; the upper half of 64 bits lies in imm
      i.rm = <u8>S.REG_ZERO;
      i.index = <u8>S.REG_ZERO;
      i.disp = addressSize ? load<i32>(p) : <i32>load<u16>(p);
      if (addressSize == SIZE_64) i.imm = load<i32>(p + 4);
      return 2 << addressSize;
    case 10: // iw ib2 (ENTER)
      i.imm = <i32>load<u16>(p);
      i.disp = <i32>load<u8>(p + 2);
      return 3;
    case 11: // ib ib2
      i.imm = <i32>load<u8>(p);
      i.disp = <i32>load<u8>(p + 1);
      return 2;
    default:
      return 0;
  }
}

function featureOn(m: Eval, number: u32): bool {
  return ((load<u32>(m.at + ((number >> 5) << 2), S.STATE_CPUID_FEATURES) >> (number & 31)) & 1) != 0;
}

/** Does the leaf belong to an instruction that older processors take for another one, and is this such a processor? */
function isUnknown(m: Eval, node: u32): bool {
  if (node & NODE_GROUP) return false;
  const flags = load<u32>(LEAVES + <usize>node * LEAF_SIZE, 20);
  return (flags & LEAF_OPTIONAL) != 0 && !featureOn(m, featureOf(flags) - 1);
}

/** Number of the feature that a leaf wants, plus 1. */
function featureOf(flags: u32): u32 {
  return (flags >> LEAF_FEATURE_SHIFT) & 0x1ff;
}

/** First byte after the escapes that `byte` begins, in `map`; see decode(). */
function opcodeMap(p: usize, n: u32): u32 {
  if (load<u8>(p + n) != 0x0f) return 0;
  const second = load<u8>(p + n + 1);
  return second == 0x38 ? 2 : second == 0x3a ? 3 : 1;
}

/**
 * Decodes the instruction at `p`, of whose bytes `available` are valid, into `i`. Bytes beyond those may be read but do
 * not count. `mode` is STATE_MODE, with MODE_FLAT if ES, CS, SS and DS are flat. Returns length | class << 8 | RESULT_*, or 0
 * if more bytes are needed. `i.place` is left to the caller.
 */
export function decode(m: Eval, p: usize, available: u32, mode: u32, i: Insn): u32 {
  const long = (mode & 3) == S.MODE_64;
  let n: u32 = 0;
  let prefixes: u32 = 0;
  let rex: u32 = 0;
  let byte = <u32>load<u8>(p);
  while (true) {
    const bit = prefixBit(byte);
    if (bit) {
      prefixes = withPrefix(prefixes, bit, long);
      // REX counts only right before the opcode.
      rex = 0;
    } else if (long && (byte & 0xf0) == 0x40) rex = byte;
    else break;
    if (++n >= LENGTH_MAX) return finish(i, OP_TOO_LONG, n, available);
    byte = <u32>load<u8>(p + n);
  }
  if ((byte == 0xc5 || byte == 0xc4) && (long || load<u8>(p + n + 1) >= 0xc0)) {
    return decodeVex(m, i, p, n, available, mode, prefixes | rex, prefixes);
  }
  const map = opcodeMap(p, n);
  n += map > 1 ? 2 : map;
  byte = <u32>load<u8>(p + n++);
  const table = map + (long ? 4 : 0);
  let node = long && map == 0 && byte == 0x90 ? nodeOfNop(rex, prefixes) : nodeOf(table, byte, prefixes);
  if (prefixes & PREFIX_REPE && isUnknown(m, node)) node = nodeOf(table, byte, prefixes & ~PREFIX_REPE);
  return decodeNode(m, i, p, n, available, mode, prefixes, rex, byte, node);
}

/** 90 is NOP or PAUSE; with REX.B it is XCHG of R8 with the accumulator, whatever prefixes it has, as 91 is one of RCX. */
function nodeOfNop(rex: u32, prefixes: u32): u32 {
  return rex & REX_B ? nodeOf(4, 0x91, 0) : nodeOf(4, 0x90, prefixes);
}

/** In 64-bit mode the overrides of ES, CS, SS and DS do nothing. */
function withPrefix(prefixes: u32, bit: u32, long: bool): u32 {
  const segment = bit >> PREFIX_SEGMENT_SHIFT;
  if (segment && long && segment <= <u32>S.DS + 1) return prefixes;
  if (segment) return (prefixes & 0xff) | bit;
  if (bit & (PREFIX_REPE | PREFIX_REPNE)) return (prefixes & ~(PREFIX_REPE | PREFIX_REPNE)) | bit;
  return prefixes | bit;
}

/**
 * VEX (SDM vol. 2A 2.3): C5 RvvvvLpp, or C4 RXBmmmmm WvvvvLpp; R, X, B and vvvv are inverted. `before` is any of REX, LOCK,
 * 66, F2 and F3, after which VEX is #UD.
 */
function decodeVex(m: Eval, i: Insn, p: usize, start: u32, available: u32, mode: u32, before: u32, prefixes: u32): u32 {
  const short = load<u8>(p + start) == 0xc5;
  const second = <u32>load<u8>(p + start + 1);
  const third = short ? second : <u32>load<u8>(p + start + 2);
  const opcodeAt = start + (short ? 2 : 3);
  if (opcodeAt + 1 > available) return opcodeAt + 1 > LENGTH_MAX ? finish(i, OP_TOO_LONG, LENGTH_MAX, available) : 0;
  const map = short ? 1 : second & 31;
  const opcode = <u32>load<u8>(p + opcodeAt);
  const long = (mode & 3) == S.MODE_64;
  let rex: u32 = VEX_PRESENT | ((~(third >> 3) & 15) << VEX_VVVV_SHIFT);
  if (third & 4) rex |= VEX_L;
  if (long) {
    if (!(second & 0x80)) rex |= REX_R;
    if (!short && !(second & 0x40)) rex |= REX_X;
    if (!short && !(second & 0x20)) rex |= REX_B;
  }
  if (!short && third & 0x80) rex |= REX_W;
  const forbidden = PREFIX_LOCK | PREFIX_OPERAND | PREFIX_REPE | PREFIX_REPNE | REX_PRESENT;
  let node: u32 = 0;
  if (!(before & forbidden) && map >= 1 && map <= 3) {
    const at = <usize>load<u16>(VEX_MAPS + (((long ? 768 : 0) + ((map - 1) << 8) + opcode) << 1));
    const pp = third & 3;
    // Written as pp: none, 66, F3, F2; then W and L.
    const column = (pp << 2) | (rex & REX_W ? 2 : 0) | (rex & VEX_L ? 1 : 0);
    node = <u32>load<u16>(VEX_NODES + (((at << 4) + column) << 1));
  }
  return decodeNode(m, i, p, opcodeAt + 1, available, mode, prefixes, rex, opcode, node);
}

function decodeNode(
  m: Eval,
  i: Insn,
  p: usize,
  opcodeEnd: u32,
  available: u32,
  mode: u32,
  prefixes: u32,
  rex: u32,
  opcode: u32,
  node: u32,
): u32 {
  let number = node;
  if (number & NODE_GROUP) {
    // Whether the opcode is defined at all depends on ModR/M.
    if (opcodeEnd >= available) return opcodeEnd >= LENGTH_MAX ? finish(i, OP_TOO_LONG, LENGTH_MAX, available) : 0;
    number = memberOf(number, <u32>load<u8>(p + opcodeEnd));
  }
  const leaf = LEAVES + <usize>number * LEAF_SIZE;
  return decodeOperands(m, i, p, opcodeEnd, available, mode, prefixes, rex, opcode, leaf);
}

/** Operand size: SDM vol. 2A 2.2.1.2, vol. 1 3.6.1. */
function operandSize(mode: u32, prefixes: u32, rex: u32, flags: u32): u32 {
  const toggles = (prefixes & PREFIX_OPERAND) != 0 && !(flags & LEAF_PREFIX_66);
  if ((mode & 3) != S.MODE_64) return ((mode & 3) == S.MODE_16) == toggles ? SIZE_32 : SIZE_16;
  // Near branches have 64 bits whatever 66 says.
  if (rex & REX_W || flags & LEAF_F64) return SIZE_64;
  if (toggles) return SIZE_16;
  return flags & LEAF_D64 ? SIZE_64 : SIZE_32;
}

function addressSizeOf(mode: u32, prefixes: u32): u32 {
  const toggles = (prefixes & PREFIX_ADDRESS) != 0;
  if ((mode & 3) == S.MODE_64) return toggles ? SIZE_32 : SIZE_64;
  return ((mode & 3) == S.MODE_16) == toggles ? SIZE_32 : SIZE_16;
}

/** May the flat form be used? It covers ES, SS and DS; CS may be read, but a write through it must fault outside of 64-bit mode. */
function isFlat(mode: u32, segment: u32): bool {
  if ((mode & 3) == S.MODE_64) return segment <= <u32>S.DS;
  return (mode & S.MODE_FLAT) != 0 && segment <= <u32>S.DS && segment != <u32>S.CS;
}

/** The vector index of a gather: SIB.index = 4 names a register there. */
function vectorIndex(i: Insn, modrm: u32, sib: u32, rex: u32): bool {
  if ((modrm & 7) != 4) return false;
  i.index = <u8>((((sib >> 3) & 7) | (rex & REX_X ? 8 : 0)) << 4);
  i.form = <u8>((i.form & ~0x18) | ((sib >> 6) << 3));
  return true;
}

/** Destination, index and mask of a gather are three registers (SDM vol. 2C, VPGATHERDD), or it is #UD. */
function isGather(i: Insn): bool {
  return <u32>i.reg != i.vvvv && i.reg != i.index && <u32>i.index != i.vvvv;
}

function decodeOperands(
  m: Eval,
  i: Insn,
  p: usize,
  opcodeEnd: u32,
  available: u32,
  mode: u32,
  prefixes: u32,
  rex: u32,
  opcode: u32,
  leaf: usize,
): u32 {
  const flags = load<u32>(leaf, 20);
  let n = opcodeEnd;
  const size = operandSize(mode, prefixes, rex, flags);
  const addressSize = addressSizeOf(mode, prefixes);
  i.imm = 0;
  i.disp = 0;
  i.index = 0;
  i.form = <u8>S.DS;
  let memory = false;
  let valid = true;
  if (flags & LEAF_MODRM) {
    const modrm = <u32>load<u8>(p + n++);
    i.reg = field((flags >> LEAF_REG_SHIFT) & 7, ((modrm >> 3) & 7) | (rex & REX_R ? 8 : 0), rex);
    const place = (flags >> LEAF_RM_SHIFT) & 7;
    if (modrm >= 0xc0 || place == ANY_MOD) i.rm = field(place, (modrm & 7) | (rex & REX_B ? 8 : 0), rex);
    else {
      memory = true;
      const at = p + n;
      if (addressSize == SIZE_16) n += memoryForm16(i, modrm, at);
      else n += memoryForm32(i, modrm, at, rex, (mode & 3) == S.MODE_64);
      if (flags & LEAF_VSIB) valid = addressSize != SIZE_16 && vectorIndex(i, modrm, <u32>load<u8>(at), rex);
    }
  } else if (flags & LEAF_PLUS_REGISTER) {
    i.reg = field((flags >> LEAF_REG_SHIFT) & 7, (opcode & 7) | (rex & REX_B ? 8 : 0), rex);
  }
  const kind = (flags >> LEAF_IMMEDIATE_SHIFT) & 15;
  if (kind) n += immediate(i, kind, p + n, size, addressSize);
  if (kind == 9) memory = true;
  if (rex & VEX_PRESENT) valid = vexRegister(i, flags, rex, (mode & 3) == S.MODE_64) && valid;
  if (flags & LEAF_VSIB && memory) valid = valid && isGather(i);
  const overriding = prefixes >> PREFIX_SEGMENT_SHIFT;
  let form = <u32>i.form;
  if (overriding) form = (form & 0xf8) | (overriding - 1);
  form |= addressSize << 5;
  if (prefixes & (PREFIX_REPE | PREFIX_REPNE)) form |= 0x80;
  i.form = <u8>form;
  let op = load<u16>(leaf + size * 6 + (memory ? (isFlat(mode, form & 7) ? 4 : 2) : 0));
  if (prefixes & PREFIX_LOCK && !(memory && flags & LEAF_LOCK)) valid = false;
  const feature = featureOf(flags);
  if (feature && !featureOn(m, feature - 1)) valid = false;
  if (flags & LEAF_AVX && !featureOn(m, FEATURE_AVX)) valid = false;
  if (!valid) op = OP_INVALID;
  if (n > LENGTH_MAX) return finish(i, OP_TOO_LONG, LENGTH_MAX, available);
  const result = finish(i, op, n, available);
  if (!result || op == OP_INVALID) return result;
  const relative = memory && i.rm == <u8>S.STATE_RIP_BASE ? RESULT_RIP_RELATIVE : 0;
  return n | (((flags >> LEAF_CLASS_SHIFT) & 3) << RESULT_CLASS_SHIFT) | relative;
}

/**
 * The register that VEX.vvvv names goes to bits 8-15 of the immediate, as number x 16; without such an operand vvvv must
 * be 1111b. Outside of 64-bit mode there are eight registers, and the top bit of vvvv is ignored where it names one. An immediate
 * byte keeps bits 0-7.
 */
function vexRegister(i: Insn, flags: u32, rex: u32, long: bool): bool {
  const number = (rex >> VEX_VVVV_SHIFT) & 15;
  i.imm = (i.imm & 0xff) | ((long ? number : number & 7) << 12);
  return (flags & LEAF_VVVV) != 0 || number == 0;
}

function finish(i: Insn, op: u16, length: u32, available: u32): u32 {
  if (length > available) return 0;
  i.op = op;
  return length | (CLASS_ENDS << RESULT_CLASS_SHIFT);
}
