/** Undefined opcodes are counted by name: first bytes of the instruction, read without side effects. */
import * as S from '../shared/state';
import { PAGE_READABLE } from '../shared/memory-map';
import { Eval } from '../machine/eval';
import { Insn } from '../machine/insn';
import { ACCESS_FETCH, ACCESS_PEEK, ACCESS_USER, NO_TRANSLATION, translate } from '../mmu/paging';
import { physicalEntry } from '../mmu/physical';
import { unimplemented } from './host';

export const UNIMPLEMENTED_OPCODE: i32 = 3;

/** Byte at a linear address, 0 where nothing is mapped. */
export function peekByte(m: Eval, la: u64): u32 {
  const pa = translate(m, la, ACCESS_PEEK | ACCESS_FETCH | (m.cpl == 3 ? ACCESS_USER : 0));
  if (pa == NO_TRANSLATION) return 0;
  const entry = physicalEntry(pa >> 12);
  return entry & PAGE_READABLE ? <u32>load<u8>(<usize>((entry & ~0xfff) | (<u32>pa & 0xfff))) : 0;
}

export function reportUndefined(m: Eval, i: Insn): void {
  const rip = m.next(i) - i.length;
  let low: u32 = 0;
  let high: u32 = 0;
  for (let n: u32 = 0; n < 4; n++) {
    low |= peekByte(m, m.linear(S.CS, rip + n)) << (n << 3);
    high |= peekByte(m, m.linear(S.CS, rip + 4 + n)) << (n << 3);
  }
  unimplemented(UNIMPLEMENTED_OPCODE, <i32>low, <i32>high);
}
