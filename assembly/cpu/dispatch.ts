/**
 * How the interpreter's loop (generated/interpreter.ts) moves between micro-ops and how it leaves. `u` is the micro-op at
 * hand and `stop` the one at which the instruction budget is used up if the trace runs straight on; a jump moves both, so
 * counting costs nothing.
 */
import * as S from '../shared/state';
import { Eval } from '../machine/eval';
import { Insn } from '../machine/insn';
import { CodePage, findCodePage, NO_FRAME } from '../decode/code-page';
import { instructionAt } from '../jit/blocks';
import { makeHead } from '../jit/heads';
import { noteTarget, noteTargetPage } from '../jit/inlining';
import { fetchFrame } from '../mmu/tlb';
import { reportUndefined } from './undefined-opcode';

/** Leaves with micro-op `u` as the next to run. */
export function leave(m: Eval, u: usize, stop: usize): void {
  store<u32>(m.at, <u32>u, S.STATE_UOP);
  store<i32>(m.at, <i32>(stop - u), S.STATE_LEFT);
  store<u32>(m.at, S.LEAVE_NEXT, S.STATE_LEAVE);
}

/** Leaves after the micro-op `u`, which jumped to `target`. */
export function leaveTo(m: Eval, u: usize, stop: usize, target: u64): void {
  m.rip = target;
  store<u32>(m.at, <u32>u, S.STATE_UOP);
  store<i32>(m.at, <i32>(stop - u) - 16, S.STATE_LEFT);
  store<u32>(m.at, S.LEAVE_JUMP, S.STATE_LEAVE);
}

/** Leaves after a handler that may have changed anything; STATE_RIP is set. */
export function leaveEnd(m: Eval, u: usize, stop: usize): void {
  store<u32>(m.at, <u32>u, S.STATE_UOP);
  store<i32>(m.at, <i32>(stop - u) - 16, S.STATE_LEFT);
  store<u32>(m.at, m.fault ? S.LEAVE_FAULT : S.LEAVE_JUMP, S.STATE_LEAVE);
}

/** Leaves because micro-op `u` faulted; it counts as executed. */
export function trap(m: Eval, u: usize, stop: usize): void {
  store<u32>(m.at, <u32>u, S.STATE_UOP);
  store<i32>(m.at, <i32>(stop - u) - 16, S.STATE_LEFT);
  store<u32>(m.at, S.LEAVE_FAULT, S.STATE_LEAVE);
}

/**
 * An access of micro-op `u` faulted, or had a side effect that must be looked at after it. Leaves and returns 0 for a
 * fault; otherwise returns the new stop, right behind `u`.
 */
export function attend(m: Eval, u: usize, stop: usize): usize {
  if (m.fault) {
    trap(m, u, stop);
    return 0;
  }
  store<i32>(m.at, load<i32>(m.at, S.STATE_HELD) + <i32>(stop - u) - 16, S.STATE_HELD);
  return u + 16;
}

export function undefinedOpcode(m: Eval, u: usize, stop: usize): void {
  reportUndefined(m, changetype<Insn>(u));
  m.ud();
  trap(m, u, stop);
}

export function tooLong(m: Eval, u: usize, stop: usize): void {
  m.gp();
  trap(m, u, stop);
}

/** Micro-op at `target` in the page at hand, or 0. */
export function inPage(m: Eval, target: u64): usize {
  const offset = target - load<u64>(m.at, S.STATE_RIP_BASE);
  if (offset >= 0x1000) return 0;
  return <usize>load<u32>(<usize>load<u32>(m.at, S.STATE_CODE_MAP) + ((<usize>offset) << 2));
}

/** The head at `target` in the page at hand, where micro-op `n` lies; without the compiler the micro-op itself. */
export function headAt(m: Eval, target: u64, n: usize): usize {
  if (!load<u32>(m.at, S.STATE_JIT)) return n;
  const offset = <u32>(target - load<u64>(m.at, S.STATE_RIP_BASE));
  return makeHead(m, <usize>load<u32>(m.at, S.STATE_CODE_MAP), offset, n);
}

/** Micro-op at `target`; 0, having left, if it is not decoded, not mapped or needs checks that only enter() makes. */
export function take(m: Eval, u: usize, stop: usize, target: u64): usize {
  const n = inPage(m, target) || findCode(m, target);
  if (!n) {
    leaveTo(m, u, stop, target);
    return 0;
  }
  return headAt(m, target, n);
}

/** As take() for a direct branch, which keeps the micro-op of a target in its own page. */
export function takeDirect(m: Eval, i: Insn, stop: usize, target: u64): usize {
  const n = inPage(m, target);
  if (!n) return takeFar(m, i, stop, target);
  const head = headAt(m, target, n);
  i.disp = <i32>head;
  return head;
}

/** The compiler of regions wants to know which page a direct branch leads to. */
function takeFar(m: Eval, i: Insn, stop: usize, target: u64): usize {
  const n = take(m, changetype<usize>(i), stop, target);
  if (n && load<u32>(m.at, S.STATE_JIT)) {
    noteTargetPage(i, changetype<CodePage>(<usize>load<u32>(m.at, S.STATE_CODE_PAGE)));
  }
  return n;
}

/** As take() for RET and indirect branches: the compiler of regions wants to know where the last one led. */
export function takeIndirect(m: Eval, i: Insn, stop: usize, target: u64): usize {
  const from = load<u64>(m.at, S.STATE_RIP_BASE);
  const n = take(m, changetype<usize>(i), stop, target);
  if (n && load<u32>(m.at, S.STATE_JIT)) {
    const base = load<u64>(m.at, S.STATE_RIP_BASE);
    noteTarget(i, <usize>load<u32>(m.at, S.STATE_CODE_PAGE), <u32>(target - base), <i64>(base - from) >> 12);
  }
  return n;
}

/** As takeDirect() for a conditional branch, whose target is checked here. */
export function branch(m: Eval, i: Insn, stop: usize, target: u64): usize {
  if (m.nearAllowed(target)) return takeDirect(m, i, stop, target);
  trap(m, changetype<usize>(i), stop);
  return 0;
}

/** Micro-op that continues a trace which ended at a page's end or ran into decoded code. */
export function continueAt(m: Eval, i: Insn): usize {
  const rip = m.next(i);
  const n = inPage(m, rip) || findCode(m, rip);
  return n ? headAt(m, rip, n) : 0;
}

export function findCode(m: Eval, rip: u64): usize {
  const limit = <i64>load<u32>(m.segmentAt(S.CS), S.STATE_SEGMENTS + S.SEGMENT_LIMIT);
  const la = m.linear(S.CS, rip);
  const ripBase = rip - (la & 0xfff);
  if (m.mode != S.MODE_64 && (<i64>(ripBase + 0xfff) > limit || <i64>rip > limit)) return 0;
  const frame = fetchFrame(m, la);
  if (frame == NO_FRAME) return 0;
  const slot = <usize>(la >> 12) & (S.TLB_ENTRIES - 1);
  const cached = m.at + (m.cpl == 3 ? S.TLB_CODE_USER : S.TLB_CODE_SUPERVISOR) + (slot << 2);
  let page = changetype<CodePage | null>(<usize>load<u32>(cached));
  if (!page || page.frame != frame || page.mode != m.codeMode) {
    page = findCodePage(frame, m.codeMode);
    if (!page) return 0;
    store<u32>(cached, <u32>changetype<usize>(page));
  }
  const n = <usize>load<u32>(<usize>page.map + ((<usize>la & 0xfff) << 2));
  if (n) usePage(m, page, ripBase);
  return n;
}

export function usePage(m: Eval, page: CodePage, ripBase: u64): void {
  store<u64>(m.at, ripBase, S.STATE_RIP_BASE);
  store<u32>(m.at, page.map, S.STATE_CODE_MAP);
  store<u32>(m.at, <u32>changetype<usize>(page), S.STATE_CODE_PAGE);
}

/** STATE_RIP after the interpreter's loop: of the next micro-op, of the one that faulted, or set already. */
export function placeRip(m: Eval): void {
  if (load<u32>(m.at, S.STATE_LEAVE) == S.LEAVE_JUMP) return;
  m.rip = ripOf(m, <usize>load<u32>(m.at, S.STATE_UOP));
}

/** RIP of a micro-op of the page at hand. */
export function ripOf(m: Eval, u: usize): u64 {
  const i = changetype<Insn>(instructionAt(u));
  return m.next(i) - i.length;
}
