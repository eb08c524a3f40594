/**
 * Data transfer: MOV MOVZX MOVSX MOVSXD MOVBE XCHG XADD CMPXCHG CMPXCHG8B CMOVcc SETcc LEA XLAT NOP UD CBW CWD SALC: SDM vol. 2.
 * MOV of segment, control and debug registers is in segment.ts and system.ts; BSWAP in bit.ts.
 */
import * as S from '../shared/state';
import { FEATURE_CX16 } from '../shared/features';
import { FLAG_ZF } from '../shared/register-bits';
import { hasFeature } from '../cpu/mode';
import { Insn } from '../machine/insn';

/**
 * XCHG and XADD write two operands, so they are function rows, one for registers and one for memory. The hint NOPs
 * 0F 0D and 0F 18 to 0F 1F (SDM vol. 2D, table A-3) do not access their operand: PREFETCHh and PREFETCHW are among them,
 * and F3 90 (PAUSE) is NOP on processors that do not know it.
 */
export const ROWS = `
88 /r       | MOV Eb,Gb     | MOV(w,r)      |
89 /r       | MOV Ev,Gv     | MOV(w,r)      |
8A /r       | MOV Gb,Eb     | MOV(w,r)      |
8B /r       | MOV Gv,Ev     | MOV(w,r)      |
A0 mo       | MOV AL,Ob     | MOV(w,r)      |
A1 mo       | MOV rAX,Ov    | MOV(w,r)      |
A2 mo       | MOV Ob,AL     | MOV(w,r)      |
A3 mo       | MOV Ov,rAX    | MOV(w,r)      |
B0+r ib     | MOV Zb,Ib     | MOV(w,r)      |
B8+r iv     | MOV Zv,Iv     | MOV(w,r)      |
C6 /0 ib    | MOV Eb,Ib     | MOV(w,r)      |
C7 /0 iz    | MOV Ev,Iz     | MOV(w,r)      |
0F B6 /r    | MOVZX Gv,Eb   | MOV(w,r)      |
0F B7 /r    | MOVZX Gv,Ew   | MOV(w,r)      |
0F BE /r    | MOVSX Gv,Eb   | MOVSXB(w,r)   |
0F BF /r    | MOVSX Gv,Ew   | MOVSXW(w,r)   |
63 /r       | MOVSXD Gv,Ed  | MOVSXD(w,r)   | only64
NFx 0F 38 F0 /r | MOVBE Gv,Mv | MOVBE(w,r)  | MOVBE cold
NFx 0F 38 F1 /r | MOVBE Mv,Gv | MOVBE(w,r)  | MOVBE cold
0F 40+cc /r | CMOVcc Gv,Ev  | CMOV(rw,r,cc) | CMOV cold
0F 90+cc /r | SETcc Eb      | SET(w,cc)     |
8D /r       | LEA Gv,M      | LEA           | hot
86 /r       | XCHG Mb,Gb    | XCHGMB        | lock
86 /r       | XCHG Rb,Gb    | XCHGB         |
87 /r       | XCHG Mv,Gv    | XCHGM         | lock
87 /r       | XCHG Rv,Gv    | XCHG          | hot
90          | NOP           | NOP()         |
90+r        | XCHG Zv,rAX   | XCHGA         | hot
0F C0 /r    | XADD Mb,Gb    | XADDMB        | lock
0F C0 /r    | XADD Rb,Gb    | XADDB         |
0F C1 /r    | XADD Mv,Gv    | XADDM         | lock
0F C1 /r    | XADD Rv,Gv    | XADD          |
0F B0 /r    | CMPXCHG Eb,Gb | CMPXCHG(rw,r) | lock
0F B1 /r    | CMPXCHG Mv,Gv | CMPXCHG(rw,r) | lock
0F B1 /r    | CMPXCHG Rv,Gv | CMPXCHGR      |
0F C7 /1    | CMPXCHG8B M   | CMPXCHG8B     | lock v CX8
98          | CBW           | CBW           | v hot
99          | CWD           | CWD           | v hot
D7          | XLAT          | XLAT          |
D6          | SALC          | SALC          | not64
F3 90       | PAUSE         | NOP()         |
0F 0D /1    | PREFETCHW M   | NOPE          |
0F 0D /r    | NOP Ev        | NOPE          |
0F 18 /0    | PREFETCHNTA M | NOPE          |
0F 18 /1    | PREFETCHT0 M  | NOPE          |
0F 18 /2    | PREFETCHT1 M  | NOPE          |
0F 18 /3    | PREFETCHT2 M  | NOPE          |
0F 18 /r    | NOP Ev        | NOPE          |
0F 19 /r    | NOP Ev        | NOPE          |
0F 1A /r    | NOP Ev        | NOPE          |
0F 1B /r    | NOP Ev        | NOPE          |
0F 1C /r    | NOP Ev        | NOPE          |
0F 1D /r    | NOP Ev        | NOPE          |
0F 1E /r    | NOP Ev        | NOPE          |
0F 1F /r    | NOP Ev        | NOPE          |
0F FF /r    | UD0 Gv,Ev     | UD            |
0F B9 /r    | UD1 Gv,Ev     | UD            |
0F 0B       | UD2           | UD            |
`;

/** MOV, MOVZX - values are zero-extended already. */
export function MOV<M, T>(m: M, x: u64): u64 {
  return x;
}

export function MOVSXB<M, T>(m: M, x: u64): u64 {
  return m.trunc<T>(<u64>m.signed<u8>(x));
}

export function MOVSXW<M, T>(m: M, x: u64): u64 {
  return m.trunc<T>(<u64>m.signed<u16>(x));
}

export function MOVSXD<M, T>(m: M, x: u64): u64 {
  return m.trunc<T>(<u64>m.signed<u32>(x));
}

/** MOVBE - the bytes in reverse order. */
export function MOVBE<M, T>(m: M, x: u64): u64 {
  return sizeof<T>() == 2 ? m.rol<u16>(x, m.const(8)) : m.bswap<T>(x);
}

/** CMOVcc - the source is read (and may fault) and a 32-bit destination written whether the condition holds or not. */
export function CMOV<M, T>(m: M, old: u64, x: u64, cc: u32): u64 {
  return m.select(m.conditionValue(cc), x, old);
}

export function SET<M, T>(m: M, cc: u32): u64 {
  return m.conditionValue(cc);
}

export function LEA<M, T>(m: M, i: Insn): void {
  m.set<T>(i.reg, m.trunc<T>(m.ea(i)));
}

export function NOP<M, T>(m: M): void {}

export function NOPE<M, T>(m: M, i: Insn): void {}

/** UD0, UD1, UD2 - opcodes that are undefined for good. */
export function UD<M, T>(m: M, i: Insn): void {
  m.ud();
}

/** XCHG of two registers. */
export function XCHG<M, T>(m: M, i: Insn): void {
  const x = m.get<T>(i.rm);
  m.set<T>(i.rm, m.get<T>(i.reg));
  m.set<T>(i.reg, x);
}

/** XCHG with the accumulator (90+r); the register of 90 itself is the accumulator only with REX.B clear: that is NOP. */
export function XCHGA<M, T>(m: M, i: Insn): void {
  const x = m.get<T>(S.RAX);
  m.set<T>(S.RAX, m.get<T>(i.reg));
  m.set<T>(i.reg, x);
}

/** XCHG with memory, which is locked with or without the prefix. */
export function XCHGM<M, T>(m: M, i: Insn): void {
  const x = m.loadRmw<T>(i.segment, m.ea(i));
  if (m.fault) return;
  m.storeRmw<T>(m.get<T>(i.reg));
  m.set<T>(i.reg, x);
}

export function XCHGB<M, T>(m: M, i: Insn): void {
  XCHG<M, u8>(m, i);
}

export function XCHGMB<M, T>(m: M, i: Insn): void {
  XCHGM<M, u8>(m, i);
}

/** XADD - SRC <- DEST, DEST <- sum; if both are one register, it holds the sum. */
export function XADD<M, T>(m: M, i: Insn): void {
  const x = m.get<T>(i.rm);
  const y = m.get<T>(i.reg);
  const r = m.add<T>(x, y);
  m.flagsAdd<T>(x, y, r);
  m.set<T>(i.reg, x);
  m.set<T>(i.rm, r);
}

export function XADDM<M, T>(m: M, i: Insn): void {
  const x = m.loadRmw<T>(i.segment, m.ea(i));
  if (m.fault) return;
  const y = m.get<T>(i.reg);
  const r = m.add<T>(x, y);
  m.storeRmw<T>(r);
  m.flagsAdd<T>(x, y, r);
  m.set<T>(i.reg, x);
}

export function XADDB<M, T>(m: M, i: Insn): void {
  XADD<M, u8>(m, i);
}

export function XADDMB<M, T>(m: M, i: Insn): void {
  XADDM<M, u8>(m, i);
}

/** CMPXCHG - flags of CMP accumulator,DEST; DEST is written in either case, the accumulator if they differ. */
export function CMPXCHG<M, T>(m: M, x: u64, y: u64): u64 {
  const accumulator = m.get<T>(S.RAX);
  const difference = m.sub<T>(accumulator, x);
  m.flagsSub<T>(accumulator, x, difference);
  // All of RAX is kept if they are equal: bits 63-32 are not cleared then.
  if (sizeof<T>() == 4) m.set<u64>(S.RAX, m.select(difference, x, m.get<u64>(S.RAX)));
  else m.set<T>(S.RAX, m.select(difference, x, accumulator));
  return m.select(difference, x, y);
}

/** CMPXCHG with a register - a 32-bit one that stays as it is keeps its bits 63-32, too: it is not written then. */
export function CMPXCHGR<M, T>(m: M, i: Insn): void {
  const x = m.get<T>(i.rm);
  const whole = m.get<u64>(i.rm);
  const difference = m.sub<T>(m.get<T>(S.RAX), x);
  const result = CMPXCHG<M, T>(m, x, m.get<T>(i.reg));
  if (sizeof<T>() != 4) {
    m.set<T>(i.rm, result);
    return;
  }
  m.set<u64>(i.rm, m.select(difference, whole, result));
}

function setZero<M>(m: M, zf: bool): void {
  m.flags = (m.flags & ~FLAG_ZF) | (zf ? FLAG_ZF : 0);
}

/** CMPXCHG8B, and CMPXCHG16B with a 64-bit operand size: ZF alone changes; memory is written in either case. */
export function CMPXCHG8B<M, T>(m: M, i: Insn): void {
  if (sizeof<T>() == 8) {
    if (!hasFeature(m, FEATURE_CX16)) m.ud();
    else cmpxchg16b<M>(m, i);
    return;
  }
  const x = m.loadRmw<u64>(i.segment, m.ea(i));
  if (m.fault) return;
  const equal = x == ((m.get<u32>(S.RDX) << 32) | m.get<u32>(S.RAX));
  m.storeRmw<u64>(equal ? (m.get<u32>(S.RCX) << 32) | m.get<u32>(S.RBX) : x);
  setZero<M>(m, equal);
  if (equal) return;
  m.set<u32>(S.RAX, x);
  m.set<u32>(S.RDX, x >> 32);
}

/** The operand must be aligned to 16 bytes, so both halves lie in one page. */
function cmpxchg16b<M>(m: M, i: Insn): void {
  const ea = m.ea(i);
  if (m.linear(i.segment, ea) & 15) {
    m.gp();
    return;
  }
  const low = m.loadRmw<u64>(i.segment, ea);
  if (m.fault) return;
  const high = m.loadRmw<u64>(i.segment, ea + 8);
  if (m.fault) return;
  const equal = low == m.get<u64>(S.RAX) && high == m.get<u64>(S.RDX);
  m.storeRmw<u64>(equal ? m.get<u64>(S.RCX) : high);
  m.store<u64>(i.segment, ea, equal ? m.get<u64>(S.RBX) : low);
  setZero<M>(m, equal);
  if (equal) return;
  m.set<u64>(S.RAX, low);
  m.set<u64>(S.RDX, high);
}

/** CBW, CWDE, CDQE - sign-extends the lower half of the accumulator. */
export function CBW<M, T>(m: M, i: Insn): void {
  if (sizeof<T>() == 2) m.set<u16>(S.RAX, m.trunc<u16>(<u64>m.signed<u8>(m.get<u8>(S.RAX))));
  else if (sizeof<T>() == 4) m.set<u32>(S.RAX, m.trunc<u32>(<u64>m.signed<u16>(m.get<u16>(S.RAX))));
  else m.set<u64>(S.RAX, <u64>m.signed<u32>(m.get<u32>(S.RAX)));
}

/** CWD, CDQ, CQO - fills DX (EDX, RDX) with the sign of the accumulator. */
export function CWD<M, T>(m: M, i: Insn): void {
  m.set<T>(S.RDX, m.sar<T>(m.get<T>(S.RAX), m.const(sizeof<T>() * 8 - 1)));
}

/** XLAT - AL <- byte at rBX + AL; the segment can be overridden. */
export function XLAT<M, T>(m: M, i: Insn): void {
  const ea = (m.get<u64>(S.RBX) + m.get<u8>(S.RAX)) & m.addressMask(i);
  const x = m.load<u8>(i.segment, ea);
  if (m.fault) return;
  m.set<u8>(S.RAX, x);
}

/** SALC - AL <- CF ? FF : 0; in no manual, in every processor of this family. */
export function SALC<M, T>(m: M, i: Insn): void {
  m.set<u8>(S.RAX, m.sub<u8>(m.const(0), m.carryValue()));
}
