/**
 * IRET in all its forms: SDM vol. 2A. Real mode, the same and outer rings, to and from virtual-8086 mode, the return to the
 * previous task, and 64-bit mode.
 */
import * as S from '../shared/state';
import {
  CR0_PE,
  CR4_VME,
  FLAGS_ARITHMETIC,
  FLAG_AC,
  FLAG_DF,
  FLAG_FIXED,
  FLAG_ID,
  FLAG_IF,
  FLAG_IOPL,
  FLAG_NT,
  FLAG_RF,
  FLAG_TF,
  FLAG_VIF,
  FLAG_VIP,
  FLAG_VM,
} from '../shared/register-bits';
import { Eval } from '../machine/eval';
import { settleTransfer } from './exceptions';
import { enterOuterRing, enterSameRing, returnCode } from './far-return';
import { setCpl, setFlags } from './mode';
import { isLongMode, setParagraph, setVirtual8086 } from './segment';
import { taskReturn } from './task-switch';

/** Flags that every IRET takes from the stack, and those that a 32-bit one takes as well. */
const FLAGS_ALWAYS: u32 = FLAGS_ARITHMETIC | FLAG_TF | FLAG_DF | FLAG_NT;
const FLAGS_WIDE: u32 = FLAG_RF | FLAG_AC | FLAG_ID;
const FLAGS_ALL: u32 = FLAGS_ALWAYS | FLAGS_WIDE | FLAG_IF | FLAG_IOPL | FLAG_VM | FLAG_VIF | FLAG_VIP;

export function interruptReturn<T>(m: Eval): void {
  // NMIs are unblocked even if the instruction faults (vol. 3A 6.7.1).
  store<u32>(m.at, 0, S.STATE_NMI_BLOCKED);
  const flags = m.flagsWord;
  if (!(m.cr0 & CR0_PE)) returnReal<T>(m, FLAG_IF | FLAG_IOPL);
  else if (flags & FLAG_VM) returnFromVirtual8086<T>(m);
  else if (flags & FLAG_NT && isLongMode(m)) m.gp();
  else if (flags & FLAG_NT) {
    taskReturn(m);
    settleTransfer(m);
  } else returnProtected<T>(m);
  m.resync();
}

function replaceFlags<T>(m: Eval, image: u32, changed: u32): void {
  const mask = sizeof<T>() >= 4 ? changed : changed & 0xffff;
  setFlags(m, (m.flags & ~mask) | (image & mask) | FLAG_FIXED);
}

/** Real mode, and virtual-8086 mode with IOPL 3: `privileged` says which of IF and IOPL may change. */
function returnReal<T>(m: Eval, privileged: u32): void {
  const rip = m.peek<T>(0);
  if (m.fault) return;
  const cs = <u32>m.peek<T>(sizeof<T>()) & 0xffff;
  if (m.fault) return;
  const image = <u32>m.peek<T>(2 * sizeof<T>());
  if (m.fault || !m.targetAllowed(rip)) return;
  m.drop(3 * sizeof<T>());
  setParagraph(m, S.CS, cs);
  m.rip = rip;
  replaceFlags<T>(m, image, FLAGS_ALWAYS | FLAGS_WIDE | privileged);
}

/** vol. 3B 21.2.3 and, with CR4.VME and IOPL < 3, 21.3.3: IF of the image goes to VIF. */
function returnFromVirtual8086<T>(m: Eval): void {
  if ((m.flagsWord & FLAG_IOPL) == FLAG_IOPL) return returnReal<T>(m, FLAG_IF);
  if (sizeof<T>() != 2 || !(m.cr4 & CR4_VME)) return m.gp();
  const rip = m.peek<u16>(0);
  if (m.fault) return;
  const cs = <u32>m.peek<u16>(2);
  if (m.fault) return;
  const image = <u32>m.peek<u16>(4);
  if (m.fault) return;
  if (image & FLAG_TF || (image & FLAG_IF && m.flagsWord & FLAG_VIP)) return m.gp();
  if (!m.targetAllowed(rip)) return;
  m.drop(6);
  setVirtual8086(m, S.CS, cs);
  m.rip = rip;
  const virtual = image & FLAG_IF ? image | FLAG_VIF : image;
  setFlags(m, (m.flags & ~(FLAGS_ALWAYS | FLAG_VIF)) | (virtual & (FLAGS_ALWAYS | FLAG_VIF)) | FLAG_FIXED);
}

function returnProtected<T>(m: Eval): void {
  const rip = m.peek<T>(0);
  if (m.fault) return;
  const cs = <u32>m.peek<T>(sizeof<T>()) & 0xffff;
  if (m.fault) return;
  const image = <u32>m.peek<T>(2 * sizeof<T>());
  if (m.fault) return;
  const toVirtual = sizeof<T>() == 4 && m.cpl == 0 && (image & FLAG_VM) != 0 && !isLongMode(m);
  if (toVirtual) return returnToVirtual8086(m, rip, cs, image);
  const d = returnCode(m, cs);
  if (m.fault) return;
  // What may change is decided by the CPL and IOPL before the return.
  let changed: u32 = FLAGS_ALWAYS | FLAGS_WIDE;
  if (m.cpl <= (m.flagsWord & FLAG_IOPL) >> 12) changed |= FLAG_IF;
  if (m.cpl == 0) changed |= FLAG_IOPL | FLAG_VIF | FLAG_VIP;
  // In 64-bit mode SS and RSP are popped whatever the ring (vol. 3A 6.14.3).
  if ((cs & 3) == m.cpl && m.mode != S.MODE_64) {
    enterSameRing(m, cs, d, rip, 3 * sizeof<T>());
    if (m.fault) return;
  } else {
    const sp = m.peek<T>(3 * sizeof<T>());
    if (m.fault) return;
    const ss = <u32>m.peek<T>(4 * sizeof<T>()) & 0xffff;
    if (m.fault) return;
    enterOuterRing(m, cs, d, rip, ss, sp);
    if (m.fault) return;
  }
  replaceFlags<T>(m, image, changed);
}

/** Nine doublewords: EIP, CS, EFLAGS, ESP, SS, ES, DS, FS, GS. */
function returnToVirtual8086(m: Eval, rip: u64, cs: u32, image: u32): void {
  for (let n: u32 = 3; n < 9; n++) {
    m.peek<u32>(n << 2);
    if (m.fault) return;
  }
  if (rip > 0xffff) return m.gp();
  const sp = m.peek<u32>(12);
  const ss = <u32>m.peek<u32>(16) & 0xffff;
  const es = <u32>m.peek<u32>(20) & 0xffff;
  const ds = <u32>m.peek<u32>(24) & 0xffff;
  const fs = <u32>m.peek<u32>(28) & 0xffff;
  const gs = <u32>m.peek<u32>(32) & 0xffff;
  setFlags(m, (image & FLAGS_ALL) | FLAG_FIXED);
  setVirtual8086(m, S.CS, cs);
  setVirtual8086(m, S.SS, ss);
  setVirtual8086(m, S.ES, es);
  setVirtual8086(m, S.DS, ds);
  setVirtual8086(m, S.FS, fs);
  setVirtual8086(m, S.GS, gs);
  m.set<u32>(S.RSP, sp);
  m.rip = rip;
  setCpl(m, 3);
}
