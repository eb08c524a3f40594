/**
 * Interrupts through the interrupt vector table: real mode (SDM vol. 3B 20.1.4), and the 8086 program's own table in
 * virtual-8086 mode with CR4.VME (21.3.3.4).
 */
import * as S from '../shared/state';
import { FLAG_AC, FLAG_IF, FLAG_IOPL, FLAG_RF, FLAG_TF, FLAG_VIF } from '../shared/register-bits';
import { Eval } from '../machine/eval';
import { loadSystem } from '../mmu/access';
import { setFlags } from './mode';
import { selectorOf, setParagraph } from './segment';
import { currentStack } from './stack-frame';

/** Pushes FLAGS, CS and IP and enters the handler at CS:IP of `vector`; `flags` is EFLAGS afterwards. */
function enterVector(m: Eval, table: u64, vector: u32, image: u32, flags: u32): void {
  const entry = loadSystem<u32>(m, (table + (vector << 2)) & 0xffffffff);
  if (m.fault) return;
  const stack = currentStack(m);
  if (!stack.room(m, 3, 2)) return;
  stack.push<u16>(m, <u64>image);
  stack.push<u16>(m, selectorOf(m, S.CS));
  stack.push<u16>(m, m.rip);
  if (m.fault) return;
  stack.commit(m);
  setParagraph(m, S.CS, <u32>entry >> 16);
  m.rip = entry & 0xffff;
  setFlags(m, flags);
}

/** The table lies where IDTR says; an entry beyond its limit is #GP (which then is a double fault, and so on). */
export function realInterrupt(m: Eval, vector: u32, image: u32): void {
  if ((vector << 2) + 3 > load<u32>(m.at, S.STATE_IDTR_LIMIT)) return m.gp((vector << 3) | 2);
  const cleared = m.flags & ~(FLAG_IF | FLAG_TF | FLAG_AC | FLAG_RF);
  enterVector(m, load<u64>(m.at, S.STATE_IDTR_BASE), vector, image, cleared);
}

/**
 * INT n that the redirection bit map leaves to the 8086 program, whose table lies at linear address 0. With IOPL < 3 the
 * program sees the virtual interrupt flag in place of IF, and IOPL 3.
 */
export function virtualInterrupt(m: Eval, vector: u32): void {
  const flags = m.flags;
  if ((flags & FLAG_IOPL) == FLAG_IOPL) return enterVector(m, 0, vector, flags, flags & ~(FLAG_IF | FLAG_TF | FLAG_RF));
  const image = (flags & ~FLAG_IF) | FLAG_IOPL | (flags & FLAG_VIF ? FLAG_IF : 0);
  enterVector(m, 0, vector, image, flags & ~(FLAG_VIF | FLAG_TF | FLAG_RF));
}
