/**
 * Instructions that lie across the end of a page. The first page's map has a micro-op of no length that makes sure of the
 * second page and makes it the page at hand; behind that lies the instruction's own, which counts from the second page's
 * beginning, as all behind it does. Both live as long as the first page, and hold as long as the second one.
 */
import * as S from '../shared/state';
import { PAGE_READABLE } from '../shared/memory-map';
import { usePage } from '../cpu/dispatch';
import { isolate } from '../jit/region-table';
import { Eval } from '../machine/eval';
import { Insn } from '../machine/insn';
import { physicalEntry } from '../mmu/physical';
import { fetchFrame } from '../mmu/tlb';
import { CodePage, codePage, findCodePage, nextUop, setNextUop } from './code-page';
import { decode, LENGTH_MAX, OP_HEAD, OP_REGION, OP_STRADDLER, RESULT_LENGTH, RESULT_RIP_RELATIVE } from './decoder';
import { emitEnd, granules, place } from './trace';

/** Bytes of the three micro-ops. */
export const STRADDLER_SIZE: usize = 48;

/** The page that the instruction behind `i` ends in; null if that was given up. */
export function secondPage(i: Insn): CodePage | null {
  const page = changetype<CodePage>(<usize>(<u32>i.disp));
  return page.serial == <u32>i.imm ? page : null;
}

/** From the first page to the instruction, in the second; 0 if this is another than when it was decoded, or the TLB has it not. */
export function straddle(m: Eval, i: Insn): usize {
  const page = secondPage(i);
  if (!page) return 0;
  const ripBase = load<u64>(m.at, S.STATE_RIP_BASE) + 0x1000;
  if (fetchFrame(m, m.linear(S.CS, ripBase)) != page.frame) return 0;
  usePage(m, page, ripBase);
  return changetype<usize>(i) + 16;
}

/** Keeps the instruction whose bytes are in the fetch buffer; `first` and `second`: where it and its second half begin. */
export function keepStraddler(m: Eval, first: u64, second: u64): void {
  if (!(physicalEntry(first >> 12) & physicalEntry(second >> 12) & PAGE_READABLE)) return;
  const back = codePage(m, <u32>(second >> 12), m.codeMode);
  // To make one may have emptied everything.
  const front = findCodePage(<u32>(first >> 12), m.codeMode);
  if (!front) return;
  const offset = <u32>first & 0xfff;
  const check = changetype<Insn>(nextUop());
  const i = changetype<Insn>(nextUop() + 16);
  const result = decode(m, m.at + S.STATE_FETCH_BUFFER, LENGTH_MAX, m.codeMode, i);
  place(i, offset, result & RESULT_LENGTH);
  if (result & RESULT_RIP_RELATIVE) i.disp += i.next;
  check.op = OP_STRADDLER;
  place(check, offset, 0);
  check.disp = <i32>changetype<usize>(back);
  check.imm = <i32>back.serial;
  setNextUop(emitEnd(changetype<Insn>(nextUop() + 32), i.next));
  front.granules |= granules(offset, 0x1000 - offset);
  back.granules |= 1;
  enterInMap(front, offset, check);
}

/** Where jumps arrived at what was there before, they arrive now. */
function enterInMap(page: CodePage, offset: u32, check: Insn): void {
  const slot = <usize>page.map + ((<usize>offset) << 2);
  const head = changetype<Insn>(<usize>load<u32>(slot));
  if (changetype<usize>(head) && (head.op == OP_HEAD || head.op == OP_REGION)) {
    isolate(head);
    head.disp = <i32>changetype<usize>(check);
  } else store<u32>(slot, <u32>changetype<usize>(check));
}
