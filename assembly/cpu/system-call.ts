/**
 * SYSENTER SYSEXIT SYSCALL SYSRET: SDM vol. 2B, vol. 3A 5.8.7 and 5.8.8. CS and SS are loaded without a look at the descriptor
 * tables, which must agree. As on every Intel processor SYSCALL and SYSRET exist in 64-bit mode only, and SYSRET checks RCX
 * before it leaves ring 0.
 */
import * as S from '../shared/state';
import { CR0_PE, EFER_SCE, FLAG_FIXED, FLAG_IF, FLAG_RF, FLAG_VM, SEG_DB, SEG_L } from '../shared/register-bits';
import { Eval } from '../machine/eval';
import { isCanonical } from '../mmu/segmentation';
import { setCpl, setFlags } from './mode';
import { isLongMode, setFlat } from './segment';

/** Bits of R11 that SYSRET loads: not RF, not VM, none that is reserved. */
const SYSRET_FLAGS: u32 = 0x3c7fd7;

/** Selector in IA32_SYSENTER_CS; 0 with #GP(0) raised where the instructions cannot be used. */
function sysenterSelector(m: Eval): u32 {
  const cs = <u32>load<u64>(m.at, S.STATE_SYSENTER_CS) & 0xfffc;
  if (m.cr0 & CR0_PE && cs) return cs;
  m.gp();
  return 0;
}

export function sysenter(m: Eval): void {
  const cs = sysenterSelector(m);
  if (m.fault) return;
  const long = isLongMode(m);
  const mask: u64 = long ? 0xffffffffffffffff : 0xffffffff;
  setFlags(m, m.flags & ~(FLAG_VM | FLAG_IF | FLAG_RF));
  setFlat(m, cs, cs + 8, 0, long ? SEG_L : SEG_DB);
  setCpl(m, 0);
  m.set<u64>(S.RSP, load<u64>(m.at, S.STATE_SYSENTER_ESP) & mask);
  m.rip = load<u64>(m.at, S.STATE_SYSENTER_EIP) & mask;
}

/** To ring 3: RIP from RDX, RSP from RCX. CS lies 16 bytes behind that of ring 0, 64-bit code another 16. */
export function sysexit(m: Eval, to64: bool): void {
  const cs = sysenterSelector(m);
  if (m.fault) return;
  if (m.cpl != 0) return m.gp();
  const rip = m.get<u64>(S.RDX);
  const rsp = m.get<u64>(S.RCX);
  if (to64 && !(isCanonical(rip) && isCanonical(rsp))) return m.gp();
  const selector = cs + (to64 ? 32 : 16);
  setFlat(m, selector, selector + 8, 3, to64 ? SEG_L : SEG_DB);
  setCpl(m, 3);
  m.set<u64>(S.RSP, to64 ? rsp : rsp & 0xffffffff);
  m.rip = to64 ? rip : rip & 0xffffffff;
}

function isEnabled(m: Eval): bool {
  if (m.mode == S.MODE_64 && m.efer & EFER_SCE) return true;
  m.ud();
  return false;
}

function star(m: Eval, shift: u64): u32 {
  return <u32>(load<u64>(m.at, S.STATE_STAR) >> shift) & 0xffff;
}

/** RCX and R11 keep RIP and RFLAGS; RSP is left to software. */
export function syscall(m: Eval): void {
  if (!isEnabled(m)) return;
  const flags = m.flags;
  m.set<u64>(S.RCX, m.rip);
  m.set<u64>(S.GPR_SIZE * 11, <u64>flags);
  setFlags(m, (flags & ~load<u32>(m.at, S.STATE_FMASK)) | FLAG_FIXED);
  const cs = star(m, 32);
  setFlat(m, cs, cs + 8, 0, SEG_L);
  setCpl(m, 0);
  m.rip = load<u64>(m.at, S.STATE_LSTAR);
}

export function sysret(m: Eval, to64: bool): void {
  if (!isEnabled(m)) return;
  const rip = m.get<u64>(S.RCX);
  if (m.cpl != 0 || (to64 && !isCanonical(rip))) return m.gp();
  const cs = star(m, 48);
  setFlags(m, (<u32>m.get<u64>(S.GPR_SIZE * 11) & SYSRET_FLAGS) | FLAG_FIXED);
  setFlat(m, to64 ? cs + 16 : cs, cs + 8, 3, to64 ? SEG_L : SEG_DB);
  setCpl(m, 3);
  m.rip = to64 ? rip : rip & 0xffffffff;
}
