/**
 * Bytes to micro-ops: prefixes, opcode maps, ModR/M and SIB, displacement and immediates (SDM vol. 2A chapter 2).
 * Everything about an opcode comes from the rows through generated/decode-tables.ts.
 */
import * as S from '../shared/state';
import { Eval } from '../machine/eval';
import { Insn } from '../machine/insn';
import {
  GROUPS,
  LEAF_CLASS_SHIFT,
  LEAF_FEATURE_SHIFT,
  LEAF_IMMEDIATE_SHIFT,
  LEAF_LOCK,
  LEAF_MODRM,
  LEAF_PLUS_REGISTER,
  LEAF_PREFIX_66,
  LEAF_REG_SHIFT,
  LEAF_RM_SHIFT,
  LEAVES,
  NODE_GROUP,
  NODE_PREFIX,
  OPCODE_MAPS,
  PREFIX_NODES,
} from '../generated/decode-tables';

export const OP_INVALID: u16 = 0;
export const OP_END: u16 = 1;
export const OP_TOO_LONG: u16 = 2;

/** Instructions are at most 15 bytes long, or #GP(0) (SDM vol. 2A 2.3.11). */
const LENGTH_MAX: u32 = 15;
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

/** What decode() found besides the micro-op: class in bits 8-9, length in bits 0-7. */
export const RESULT_LENGTH: u32 = 0xff;
export const RESULT_CLASS_SHIFT: u32 = 8;

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

/** Node of an opcode: a leaf or a group. */
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

/** Register number to the micro-op's field: 1 byte register (AH..BH are 4-7), 2 general, 3 as it is, 4 vector. */
function field(kind: u32, number: u32): u8 {
  if (kind == 1) return number < 4 ? <u8>(number << 3) : <u8>(((number - 4) << 3) + 1);
  if (kind == 2 || kind == ANY_MOD) return <u8>(number << 3);
  if (kind == 4) return <u8>(number << 4);
  return <u8>number;
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

function memoryForm32(i: Insn, modrm: u32, p: usize): u32 {
  const mod = modrm >> 6;
  let rm = modrm & 7;
  let bytes: u32 = 0;
  i.index = <u8>S.REG_ZERO;
  i.form = <u8>S.DS;
  if (rm == 4) {
    const sib = <u32>load<u8>(p);
    bytes = 1;
    rm = sib & 7;
    const index = (sib >> 3) & 7;
    if (index != 4) {
      i.index = <u8>(index << 3);
      i.form |= <u8>((sib >> 6) << 3);
    }
  }
  const direct = mod == 0 && rm == 5;
  i.rm = <u8>(direct ? S.REG_ZERO : rm << 3);
  // The default segment of ESP and EBP as base is SS.
  if (!direct && (rm == 4 || rm == 5)) i.form = <u8>((i.form & 0xf8) | S.SS);
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
function immediate(i: Insn, kind: u32, p: usize, wide: bool, wideAddress: bool): u32 {
  switch (kind) {
    case 1: // ib
    case 6: // cb
      i.imm = <i32>load<i8>(p);
      return 1;
    case 2: // iw
      i.imm = <i32>load<u16>(p);
      return 2;
    case 3: // iz
    case 5: // iv
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
    case 9: // mo: offset of the address size
      i.rm = <u8>S.REG_ZERO;
      i.index = <u8>S.REG_ZERO;
      i.disp = wideAddress ? load<i32>(p) : <i32>load<u16>(p);
      return wideAddress ? 4 : 2;
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

/**
 * Decodes the instruction at `p`, of whose bytes `available` are valid, into `i`. Bytes beyond those may be read but do
 * not count. `mode` is STATE_MODE, with MODE_FLAT if ES, CS, SS and DS are flat. Returns length | class << 8, or 0 if more bytes are needed. `i.place` is left to the caller.
 */
export function decode(m: Eval, p: usize, available: u32, mode: u32, i: Insn): u32 {
  let n: u32 = 0;
  let prefixes: u32 = 0;
  let byte = <u32>load<u8>(p);
  for (let bit = prefixBit(byte); bit; bit = prefixBit(byte)) {
    if (bit >> PREFIX_SEGMENT_SHIFT) prefixes &= 0xff;
    if (bit & (PREFIX_REPE | PREFIX_REPNE)) prefixes &= ~(PREFIX_REPE | PREFIX_REPNE);
    prefixes |= bit;
    if (++n >= LENGTH_MAX) return finish(i, OP_TOO_LONG, n, available);
    byte = <u32>load<u8>(p + n);
  }
  let map: u32 = 0;
  if (byte == 0x0f) {
    byte = <u32>load<u8>(p + ++n);
    map = 1;
    if (byte == 0x38 || byte == 0x3a) {
      map = byte == 0x38 ? 2 : 3;
      byte = <u32>load<u8>(p + ++n);
    }
  }
  n++;
  let node = nodeOf(map, byte, prefixes);
  if (node & NODE_GROUP) {
    // Whether the opcode is defined at all depends on ModR/M.
    if (n >= available) return n >= LENGTH_MAX ? finish(i, OP_TOO_LONG, LENGTH_MAX, available) : 0;
    node = memberOf(node, <u32>load<u8>(p + n));
  }
  const leaf = LEAVES + <usize>node * LEAF_SIZE;
  const flags = load<u32>(leaf, 20);
  return decodeOperands(m, i, p, n, available, mode, prefixes, byte, leaf, flags);
}

function decodeOperands(
  m: Eval,
  i: Insn,
  p: usize,
  opcodeEnd: u32,
  available: u32,
  mode: u32,
  prefixes: u32,
  opcode: u32,
  leaf: usize,
  flags: u32,
): u32 {
  let n = opcodeEnd;
  const flat = (mode & S.MODE_FLAT) != 0;
  const toggles = (prefixes & PREFIX_OPERAND) != 0 && !(flags & LEAF_PREFIX_66);
  const wide = ((mode & 3) == S.MODE_16) == toggles;
  const wideAddress = ((mode & 3) == S.MODE_16) == ((prefixes & PREFIX_ADDRESS) != 0);
  i.imm = 0;
  i.disp = 0;
  i.form = <u8>S.DS;
  let memory = false;
  if (flags & LEAF_MODRM) {
    const modrm = <u32>load<u8>(p + n++);
    i.reg = field((flags >> LEAF_REG_SHIFT) & 7, (modrm >> 3) & 7);
    const place = (flags >> LEAF_RM_SHIFT) & 7;
    if (modrm >= 0xc0 || place == ANY_MOD) i.rm = field(place, modrm & 7);
    else {
      memory = true;
      n += wideAddress ? memoryForm32(i, modrm, p + n) : memoryForm16(i, modrm, p + n);
    }
  } else if (flags & LEAF_PLUS_REGISTER) i.reg = field((flags >> LEAF_REG_SHIFT) & 7, opcode & 7);
  const kind = (flags >> LEAF_IMMEDIATE_SHIFT) & 15;
  if (kind) n += immediate(i, kind, p + n, wide, wideAddress);
  if (kind == 9) memory = true;
  const overriding = prefixes >> PREFIX_SEGMENT_SHIFT;
  let form = <u32>i.form;
  if (overriding) form = (form & 0xf8) | (overriding - 1);
  form |= wideAddress ? 0x20 : 0;
  if (prefixes & (PREFIX_REPE | PREFIX_REPNE)) form |= 0x80;
  i.form = <u8>form;
  // Flat covers ES, SS and DS; CS may be read, but a write through it must fault.
  const free = flat && (form & 7) <= <u32>S.DS && (form & 7) != <u32>S.CS;
  let op = load<u16>(leaf + (wide ? 6 : 0) + (memory ? (free ? 4 : 2) : 0));
  if (prefixes & PREFIX_LOCK && !(memory && flags & LEAF_LOCK)) op = OP_INVALID;
  const feature = flags >> LEAF_FEATURE_SHIFT;
  if (feature && !featureOn(m, feature - 1)) op = OP_INVALID;
  if (n > LENGTH_MAX) return finish(i, OP_TOO_LONG, LENGTH_MAX, available);
  const result = finish(i, op, n, available);
  if (!result || op == OP_INVALID) return result;
  return n | (((flags >> LEAF_CLASS_SHIFT) & 3) << RESULT_CLASS_SHIFT);
}

function finish(i: Insn, op: u16, length: u32, available: u32): u32 {
  if (length > available) return 0;
  i.op = op;
  return length | (CLASS_ENDS << RESULT_CLASS_SHIFT);
}
