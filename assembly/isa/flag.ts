/**
 * CLC STC CMC CLD STD LAHF SAHF PUSHF POPF CLAC STAC: SDM vol. 2. What PUSHF and POPF may see and change depends on CPL, IOPL, VM
 * and CR4.VME (SDM vol. 3B 21.3 for the virtual interrupt flag). CLI and STI are in system.ts.
 */
import * as S from '../shared/state';
import {
  CR0_PE,
  CR4_VME,
  FLAGS_ARITHMETIC,
  FLAG_AC,
  FLAG_AF,
  FLAG_CF,
  FLAG_DF,
  FLAG_FIXED,
  FLAG_ID,
  FLAG_IF,
  FLAG_IOPL,
  FLAG_NT,
  FLAG_PF,
  FLAG_RF,
  FLAG_SF,
  FLAG_TF,
  FLAG_VIF,
  FLAG_VIP,
  FLAG_VM,
  FLAG_ZF,
} from '../shared/register-bits';
import { setFlags } from '../cpu/mode';
import { Insn } from '../machine/insn';

export const ROWS = `
F5 | CMC   | CMC()  |
F8 | CLC   | CLC()  |
F9 | STC   | STC()  |
FC | CLD   | CLD    | hot
FD | STD   | STD    | hot
9E | SAHF  | SAHF   | not64
9F | LAHF  | LAHF   | not64
9E | SAHF  | SAHF   | only64 LAHF64
9F | LAHF  | LAHF   | only64 LAHF64
9C | PUSHF | PUSHF  | v d64
9D | POPF  | POPF   | v d64 end
NP 0F 01 CA | CLAC | CLAC | SMAP
NP 0F 01 CB | STAC | STAC | SMAP
`;

const IOPL_SHIFT: u32 = 12;
const FLAGS_SAHF: u32 = FLAG_SF | FLAG_ZF | FLAG_AF | FLAG_PF | FLAG_CF;
/** Flags that POPF changes at any privilege. */
const FLAGS_FREE: u32 = FLAGS_ARITHMETIC | FLAG_TF | FLAG_DF | FLAG_NT;

export function CMC<M, T>(m: M): void {
  m.flagsCarry(m.xor<u8>(m.carryValue(), m.const(1)));
}

export function CLC<M, T>(m: M): void {
  m.flagsCarry(m.const(0));
}

export function STC<M, T>(m: M): void {
  m.flagsCarry(m.const(1));
}

export function CLD<M, T>(m: M, i: Insn): void {
  m.flagsWord = m.flagsWord & ~FLAG_DF;
}

export function STD<M, T>(m: M, i: Insn): void {
  m.flagsWord = m.flagsWord | FLAG_DF;
}

/** LAHF - AH <- SF ZF 0 AF 0 PF 1 CF. */
export function LAHF<M, T>(m: M, i: Insn): void {
  m.set<u8>(S.RAX + 1, <u64>((m.flags & FLAGS_SAHF) | FLAG_FIXED));
}

export function SAHF<M, T>(m: M, i: Insn): void {
  m.flags = (m.flags & ~FLAGS_SAHF) | (<u32>m.get<u8>(S.RAX + 1) & FLAGS_SAHF);
}

function iopl<M>(m: M): u32 {
  return (m.flagsWord & FLAG_IOPL) >> IOPL_SHIFT;
}

/**
 * In virtual-8086 mode with IOPL < 3 the flags belong to the monitor: #GP(0), unless CR4.VME gives 16-bit code a virtual
 * IF. True if the virtual flag is to be used; `fault` tells the other case.
 */
function virtualInterruptFlag<M, T>(m: M): bool {
  if (!(m.flagsWord & FLAG_VM) || iopl<M>(m) == 3) return false;
  if (sizeof<T>() == 2 && (m.cr4 & CR4_VME) != 0) return true;
  m.gp();
  return false;
}

/** PUSHF - VM and RF read as 0 in the image; with a virtual IF, IOPL reads as 3. */
export function PUSHF<M, T>(m: M, i: Insn): void {
  const virtual = virtualInterruptFlag<M, T>(m);
  if (m.fault) return;
  let image = m.flags & ~(FLAG_VM | FLAG_RF);
  if (virtual) image = (image & ~FLAG_IF) | FLAG_IOPL | (image & FLAG_VIF ? FLAG_IF : 0);
  m.push<T>(m.trunc<T>(<u64>image));
}

/** Flags that POPF may change here, beyond those it always may. */
function privilegedFlags<M>(m: M): u32 {
  if (!(m.cr0 & CR0_PE)) return FLAG_IF | FLAG_IOPL;
  if (m.flagsWord & FLAG_VM) return FLAG_IF;
  if (m.cpl == 0) return FLAG_IF | FLAG_IOPL;
  return m.cpl <= iopl<M>(m) ? FLAG_IF : 0;
}

/** POPF - VM, VIF and VIP never change, RF is cleared; without the privilege IF and IOPL stay silently. */
export function POPF<M, T>(m: M, i: Insn): void {
  const virtual = virtualInterruptFlag<M, T>(m);
  if (m.fault) return;
  const image = <u32>m.peek<T>(0);
  if (m.fault) return;
  const old = m.flags;
  let changed: u32 = FLAGS_FREE;
  let value = image;
  if (virtual) {
    // TF would trap in the monitor's place, and an interrupt that waits (VIP) must be delivered by the monitor.
    if (image & FLAG_TF || (image & FLAG_IF && old & FLAG_VIP)) {
      m.gp();
      return;
    }
    changed |= FLAG_VIF;
    value = (image & ~FLAG_VIF) | (image & FLAG_IF ? FLAG_VIF : 0);
  } else changed |= privilegedFlags<M>(m);
  if (sizeof<T>() > 2) {
    changed |= FLAG_AC | FLAG_ID | FLAG_RF;
    value &= ~FLAG_RF;
  }
  m.drop(sizeof<T>());
  setFlags(m, (old & ~changed) | (value & changed));
}

/** CLAC, STAC - AC switches supervisor-mode access prevention off; outside of ring 0 they do not exist. */
function changeAlignmentCheck<M>(m: M, on: bool): void {
  if (m.cpl == 0) setFlags(m, on ? m.flags | FLAG_AC : m.flags & ~FLAG_AC);
  else m.ud();
}

export function CLAC<M, T>(m: M, i: Insn): void {
  changeAlignmentCheck<M>(m, false);
}

export function STAC<M, T>(m: M, i: Insn): void {
  changeAlignmentCheck<M>(m, true);
}
