/**
 * One region: the blocks that begin at a hot micro-op become one WebAssembly function (cpu) -> address of an exit record.
 * Control flow is structured after Ramsey, "Beyond Relooper" (ICFP 2022): a block that several lead to follows a `block` of
 * its immediate dominator, a loop's header opens a `loop`.
 */
import * as S from '../shared/state';
import * as W from './opcodes';
import { MEMORY_JIT_CONTEXT, MEMORY_JIT_EMIT } from '../shared/memory-map';
import { emitBranch, emitInstruction } from '../generated/emit';
import { emitVector } from '../generated/emit-vectors';
import {
  KIND_CALL,
  KIND_CALL_INDIRECT,
  KIND_EMIT,
  KIND_HANDLER,
  KIND_INDIRECT,
  KIND_JCC,
  KIND_JUMP,
  KIND_RETURN,
  KIND_STRING,
  CONDITIONS,
  VECTORS,
} from '../generated/emit-kinds';
import { CodePage } from '../decode/code-page';
import { OP_HEAD } from '../decode/decoder';
import { EmitFloat } from '../machine/emit-float';
import { Eval } from '../machine/eval';
import { FLAGS_DYNAMIC, FLAGS_SETTLED, IMPORT_HANDLER, IMPORT_STRING } from '../machine/emit-flags';
import { accessCount, beginAccesses, closeGroups, planGroups, restoreGroups, saveGroups } from '../machine/emit-groups';
import * as L from '../machine/emit-locals';
import { newOrigins } from '../machine/emit-origins';
import { Insn } from '../machine/insn';
import { baseOf, Block, block, Blocks, arrivalAt, instructionAt, kindOf, NO_BLOCK, uopAt } from './blocks';
import { dropExits, EXIT_ATTENTION, EXIT_END, EXIT_NEXT, EXIT_TO_RIP, makeExit, nextExit } from './exits';
import { solveFlags } from './flag-flow';
import { blockAt, sortBlocks } from './flow';
import { COVERED, HEAD_ALONE, HEAD_NEAR, JIT_EAGER, makeHead } from './heads';
import { deltaOf, offsetOf, pageAt, pageCount, pageOf } from './inlining';
import { noteBlock, noteEnd, noteInstruction, noteLocals, noteRegion } from './notes';

/** What encloses the code being written, outermost first: the order of a block that a branch there reaches, and how. */
const CONTEXT_LOOP: u32 = 0x100;
const CONTEXT_IF: u32 = 0x200;
const BODY_MAX: usize = 32000;
const INSTRUCTIONS_MAX: u32 = 384;
/** A conditional branch whose target was arrived at less often, while it was interpreted, is not followed. */
const RARE: i32 = 24;

/** Condition code of the block's branch. */
function conditionOf(b: Block): u32 {
  return load<u8>(CONDITIONS + baseOf(changetype<Insn>(<usize>b.last)));
}

@unmanaged
@final
export class Region {
  vcpu: Eval;
  reached: u32;
  /** Instructions on the longest way without going back. */
  instructions: u32;
  /** Does it call handlers? They may write to code. */
  calls: bool;
  m: EmitFloat;

  /** Writes the function's body at `at`, its size in front; returns its end, or 0 if it cannot be compiled. `form`: HEAD_*. */
  compile(vcpu: Eval, page: CodePage, offset: u32, form: u8, at: usize): usize {
    this.vcpu = vcpu;
    // What becomes too long is compiled in smaller pieces.
    for (let limit = INSTRUCTIONS_MAX; limit > 8; limit >>= 2) {
      const end = this.tryCompile(page, offset, limit, form, at);
      if (end) return end;
    }
    return 0;
  }
  /**
   * Most heads that become hot together belong to one loop or one function. Where a block of the region begins, only what
   * comes from outside of it arrives from now on, so these heads have to become hot anew.
   */
  cover(): void {
    if (load<u32>(this.vcpu.at, S.STATE_JIT) >= JIT_EAGER) return;
    for (let n: u32 = 1; n < this.reached; n++) {
      const head = changetype<Insn>(arrivalAt(blockAt(n).place));
      if (head.op == OP_HEAD) head.imm = min<i32>(head.imm, COVERED);
    }
  }
  private tryCompile(page: CodePage, offset: u32, limit: u32, form: u8, at: usize): usize {
    const all = changetype<Blocks>(<usize>MEMORY_JIT_EMIT + 256);
    all.rare = load<u32>(this.vcpu.at, S.STATE_JIT) >= JIT_EAGER ? 0 : RARE;
    if (!all.find(page, offset, limit, !(form & HEAD_NEAR))) return 0;
    const entry = all.numberAt(offset);
    if (entry == NO_BLOCK) return 0;
    this.reached = sortBlocks(all, entry);
    this.instructions = 0;
    for (let n: u32 = 0; n < this.reached; n++) this.instructions += blockAt(n).count;
    const m = changetype<EmitFloat>(MEMORY_JIT_EMIT);
    this.m = m;
    m.long = (page.mode & 3) == S.MODE_64;
    m.used = 0;
    m.written = 0;
    m.failed = false;
    m.beginFlags();
    m.beginVectors();
    m.grouping = !(form & HEAD_ALONE);
    const exits = nextExit();
    this.survey(at);
    dropExits(exits);
    if (!m.failed) this.write(at);
    if (!m.failed && m.at - at < BODY_MAX) return m.at;
    dropExits(exits);
    return 0;
  }

  /** Each block by itself, for the registers that it uses and for what it does with flags. */
  private survey(at: usize): void {
    const m = this.m;
    m.surveying = true;
    this.calls = false;
    beginAccesses();
    for (let n: u32 = 0; n < this.reached; n++) {
      const b = blockAt(n);
      m.at = at;
      m.depth = 0;
      m.kind = FLAGS_DYNAMIC;
      m.met = 0;
      m.touched = 0;
      m.wanted = 0;
      closeGroups();
      b.accesses = accessCount();
      this.body(b);
      planGroups(b.accesses);
      if (b.end == KIND_JCC) m.useCondition(conditionOf(b));
      b.wanted = <u8>m.wanted;
      b.touched = <u8>m.touched;
      b.kindOut = m.kind;
    }
    m.surveying = false;
    solveFlags(this.reached);
  }

  private write(at: usize): void {
    const m = this.m;
    m.settleVectors();
    m.at = at;
    noteRegion(at);
    const size = m.room();
    const code = m.at;
    m.beginLocals();
    m.loadRegisters(m.used);
    m.loadVectors();
    m.loadBounds();
    this.loadLoopState();
    m.indexed(W.OP_BLOCK, W.TYPE_EMPTY);
    m.depth = 0;
    this.checkReach();
    this.tree(0);
    m.byte(W.OP_UNREACHABLE);
    m.close();
    noteEnd(m.at);
    m.storeRegisters(m.written);
    m.storeVectors();
    m.kind = FLAGS_DYNAMIC;
    m.settle();
    m.cpu();
    m.getLocal(L.LOCAL_BUDGET);
    m.access(W.I32_STORE, S.STATE_JIT_BUDGET);
    m.getLocal(L.LOCAL_EXIT);
    m.byte(W.OP_END);
    m.declareLocals(code);
    noteLocals(L.LOCALS, L.SLOTS);
    m.patch(size, <u32>(m.at - code));
  }
  private loadLoopState(): void {
    const m = this.m;
    this.load(W.I32_LOAD, S.STATE_JIT_BUDGET, L.LOCAL_BUDGET);
    this.load(W.I32_LOAD, m.checked ? S.STATE_LOCKSTEP_TLB : S.STATE_TLB, L.LOCAL_TLB);
    this.load(W.I64_LOAD, S.STATE_RIP_BASE, L.LOCAL_RIP_BASE);
    if (pageCount() > 1) m.loadFetchBank();
    m.kind = FLAGS_SETTLED;
    m.met = 0;
    this.meetFlags(blockAt(0));
    closeGroups();
  }
  private load(op: u32, offset: u32, local: u32): void {
    this.m.cpu();
    this.m.access(op, offset);
    this.m.setLocal(local);
  }

  /** Near the end of the canonical addresses, where the region's direct branches might leave them, the interpreter runs. */
  private checkReach(): void {
    const m = this.m;
    if (!m.long) return;
    let reach: i64 = 0;
    for (let n: u32 = 0; n < this.reached; n++) {
      const b = blockAt(n);
      if (b.end != KIND_JCC && b.end != KIND_JUMP && b.end != KIND_CALL) continue;
      const i = changetype<Insn>(<usize>b.last);
      const target = <i64>deltaOf(pageOf(b.base)) + <i64>i.next + <i64>i.imm;
      reach = max<i64>(reach, target < 0 ? -target : target);
    }
    m.useCanonicalGuard(reach);
    this.open(W.OP_IF, CONTEXT_IF);
    m.leave(makeExit(uopAt(blockAt(0).place), 0, EXIT_NEXT));
    this.shut();
  }

  // ── Structure ────────────────────────────────────────────────────────────────────────────────────────────────
  private open(op: u32, context: u32): void {
    const m = this.m;
    m.indexed(op, W.TYPE_EMPTY);
    store<u32>(<usize>MEMORY_JIT_CONTEXT + ((<usize>m.depth) << 2), context);
    m.depth++;
  }
  private shut(): void {
    this.m.close();
    this.m.depth--;
  }
  /** The block at `order` and everything that it dominates. */
  private tree(order: u32): void {
    const b = blockAt(order);
    if (b.isLoop) this.open(W.OP_LOOP, order | CONTEXT_LOOP);
    this.within(order, this.reached);
    if (b.isLoop) this.shut();
  }
  /** Blocks of `order`'s dominator tree that several lead to follow it, the ones below `limit` inside of this. */
  private within(order: u32, limit: u32): void {
    let last = limit;
    while (--last > order) {
      const b = blockAt(last);
      if (b.forward > 1 && b.parent == order) break;
    }
    if (last == order) return this.emit(order);
    this.open(W.OP_BLOCK, last);
    this.within(order, last);
    this.shut();
    this.joinFlags(blockAt(last));
    this.tree(last);
  }
  /** The block begins, where paths meet. */
  private joinFlags(b: Block): void {
    this.m.kind = b.kindIn;
    this.m.met = b.wanted;
    closeGroups();
  }
  /** Flags become what the block expects that several paths lead to. */
  private meetFlags(b: Block): void {
    const m = this.m;
    if (b.kindIn & FLAGS_DYNAMIC) {
      m.meet(b.wanted);
      m.makeDynamic();
    } else if (m.kind != b.kindIn) m.failed = true;
  }
  private emit(order: u32): void {
    const m = this.m;
    const b = blockAt(order);
    if (b.isLoop) this.joinFlags(b);
    noteBlock(m.at, b);
    if (pageOf(b.base) != pageOf(b.place)) this.straddle(b);
    m.getLocal(L.LOCAL_BUDGET);
    m.i32(b.count);
    m.byte(W.I32_SUB);
    m.setLocal(L.LOCAL_BUDGET);
    this.body(b);
    this.end(b);
  }
  /** Goes on at block `to`, whose flags' state must be what it expects. */
  private goTo(from: Block, to: u32): void {
    const m = this.m;
    const b = block(to);
    const isBack = b.order <= from.order;
    if (pageOf(b.place) != pageOf(from.base)) this.cross(pageOf(from.base), b);
    if (!isBack && b.forward == 1 && !b.isLoop) return this.tree(b.order);
    this.meetFlags(b);
    if (!isBack && b.forward == 1) return this.tree(b.order);
    if (isBack) this.checkBudget(b);
    m.indexed(W.OP_BR, this.labelOf(b.order | (isBack ? CONTEXT_LOOP : 0)));
  }
  /** Into another page by a branch: if that is not as it was, the region is left behind the branch. */
  private cross(from: u32, to: Block): void {
    const m = this.m;
    this.guardPage(from, pageOf(to.place));
    m.cpu();
    m.getLocal(L.LOCAL_NEXT_BASE);
    m.i64(offsetOf(to.place));
    m.byte(W.I64_OR);
    m.access(W.I64_STORE, S.STATE_RIP);
    m.leave(EXIT_TO_RIP);
    this.shut();
    this.enterPage(pageOf(to.place));
  }
  /** Into the page where the block's only instruction ends; if that is not as it was, the interpreter looks where it is. */
  private straddle(b: Block): void {
    this.guardPage(pageOf(b.place), pageOf(b.base));
    this.m.leave(makeExit(uopAt(b.place), 0, EXIT_NEXT));
    this.shut();
    this.enterPage(pageOf(b.base));
  }
  /** Opens what runs if page `to` is not the one any more that the code was compiled from, by the TLB, or has changed. */
  private guardPage(from: u32, to: u32): void {
    const m = this.m;
    const page = pageAt(to);
    m.useRip(deltaOf(to) - deltaOf(from));
    m.setLocal(L.LOCAL_NEXT_BASE);
    m.usePageGuard(page.frame);
    if (this.calls) m.useSerialGuard(<i32>(changetype<usize>(page) + offsetof<CodePage>('serial')), page.serial);
    this.open(W.OP_IF, CONTEXT_IF);
  }
  /** It becomes the page at hand. */
  private enterPage(n: u32): void {
    this.m.enterPage(<i32>changetype<usize>(pageAt(n)), pageAt(n).map);
  }
  private labelOf(context: u32): u32 {
    for (let n = this.m.depth; n-- > 0;) {
      if (load<u32>(<usize>MEMORY_JIT_CONTEXT + ((<usize>n) << 2)) == context) return this.m.depth - 1 - n;
    }
    this.m.failed = true;
    return 0;
  }
  /** A loop runs on while the budget lasts for one more time round, whatever way that takes. */
  private checkBudget(header: Block): void {
    const m = this.m;
    m.getLocal(L.LOCAL_BUDGET);
    m.i32(this.instructions);
    m.byte(W.I32_LT_S);
    this.open(W.OP_IF, CONTEXT_IF);
    m.leave(makeExit(this.headAt(header.place), 0, EXIT_NEXT));
    this.shut();
  }
  /** The head at a place, which leads to a region once it is hot; 0 if nothing is decoded there. */
  private headAt(place: u32): usize {
    const u = arrivalAt(place);
    return u ? makeHead(this.vcpu, pageAt(pageOf(place)).map, offsetOf(place), u) : 0;
  }

  // ── Blocks ───────────────────────────────────────────────────────────────────────────────────────────────────
  /** All instructions but a branch at the end. */
  private body(b: Block): void {
    const m = this.m;
    m.count = b.count;
    m.forgetVectors();
    m.beginFpu();
    let u: usize = b.first;
    m.accesses = b.accesses;
    const branches = b.end != KIND_EMIT;
    for (let n: u32 = 0; n < b.count; n++) {
      const i = changetype<Insn>(u);
      m.beginInstruction(u, n);
      noteInstruction(m.at, u, b);
      if (n == b.count - 1 && branches) {
        m.endFpu();
        if (m.surveying && b.end != KIND_JCC && b.end != KIND_JUMP) this.surveyBranch(i);
        return;
      }
      const kind = kindOf(i);
      if (kind == KIND_HANDLER) this.callHandler(i, IMPORT_HANDLER, EXIT_ATTENTION);
      else if (kind == KIND_STRING) this.callHandler(i, IMPORT_STRING, EXIT_END);
      else this.instruction(i);
      if (n + 1 < b.count) u = uopAt(b.base | i.next);
    }
    m.endFpu();
  }
  /** So that registers and accesses of the branch are known; what it writes comes again, and is used, in end(). */
  private surveyBranch(i: Insn): void {
    const at = this.m.at;
    const kind = this.m.kind;
    const exits = nextExit();
    emitBranch(this.m, baseOf(i), i);
    dropExits(exits);
    this.m.kind = kind;
    this.m.at = at;
    this.m.beginInstruction(changetype<usize>(i), this.m.done);
  }
  private instruction(i: Insn): void {
    const op = baseOf(i);
    if (!emitInstruction(this.m, op, i) && !emitVector(this.m, op, i)) this.m.failed = true;
  }
  private end(b: Block): void {
    const m = this.m;
    const u = <usize>b.last;
    const i = changetype<Insn>(u);
    if (b.end == KIND_EMIT) this.fallThrough(b);
    else if (b.end == KIND_JCC) this.conditional(b, i);
    else if (b.end == KIND_RETURN || b.end == KIND_INDIRECT || b.end == KIND_CALL_INDIRECT) this.indirect(b, i);
    else {
      if (b.end == KIND_JUMP && b.taken != NO_BLOCK) return this.goTo(b, b.taken);
      const target = emitBranch(m, baseOf(i), i);
      if (b.taken == NO_BLOCK) m.jump(target);
      else this.goTo(b, b.taken);
    }
  }
  /** RET and indirect branches go on in the region if they go where they are expected to. */
  private indirect(b: Block, i: Insn): void {
    const m = this.m;
    const target = emitBranch(m, baseOf(i), i);
    if (b.taken == NO_BLOCK && b.fall == NO_BLOCK) return m.jump(target);
    m.use64(target);
    m.setLocal(L.LOCAL_TARGET);
    saveGroups(b.order);
    this.goIfAt(b, b.taken);
    this.goIfAt(b, b.fall);
    m.cpu();
    m.getLocal(L.LOCAL_TARGET);
    m.access(W.I64_STORE, S.STATE_RIP);
    m.leave(EXIT_TO_RIP);
  }
  private goIfAt(b: Block, to: u32): void {
    if (to == NO_BLOCK) return;
    const m = this.m;
    const place = block(to).place;
    const kind = m.kind;
    const met = m.met;
    m.getLocal(L.LOCAL_TARGET);
    m.useRip(deltaOf(pageOf(place)) - deltaOf(pageOf(b.base)) + <i32>offsetOf(place));
    m.byte(W.I64_EQ);
    this.open(W.OP_IF, CONTEXT_IF);
    this.goTo(b, to);
    this.shut();
    m.kind = kind;
    m.met = met;
    restoreGroups(b.order);
  }
  private fallThrough(b: Block): void {
    if (b.fall != NO_BLOCK) return this.goTo(b, b.fall);
    this.leaveFor(b, changetype<Insn>(<usize>b.last).next);
  }
  /** Leaves for what is `offset` bytes from the first one of the block's page: by way of its head, if something is decoded there. */
  private leaveFor(b: Block, offset: i32): void {
    const m = this.m;
    const head = offset >>> 12 ? 0 : this.headAt(b.base | <u32>offset);
    if (head) m.leave(makeExit(head, 0, EXIT_NEXT));
    else m.jump(m.ripAt(offset));
  }
  private conditional(b: Block, i: Insn): void {
    const m = this.m;
    m.useCondition(conditionOf(b));
    const kind = m.kind;
    const met = m.met;
    saveGroups(b.order);
    this.open(W.OP_IF, CONTEXT_IF);
    if (b.taken != NO_BLOCK) this.goTo(b, b.taken);
    else this.leaveFor(b, i.next + i.imm);
    m.byte(W.OP_ELSE);
    m.kind = kind;
    m.met = met;
    restoreGroups(b.order);
    this.fallThrough(b);
    this.shut();
  }
  /** What is not compiled, but does nothing unusual to control, runs in its handler, on registers and flags in the state block. */
  private callHandler(i: Insn, handler: u32, exit: u32): void {
    const m = this.m;
    const vectors = load<u8>(VECTORS + baseOf(i)) != 0;
    this.calls = true;
    m.endFpu();
    m.settle();
    m.storeRegisters(m.written);
    if (vectors) m.storeVectors();
    m.cpu();
    m.getLocal(L.LOCAL_BUDGET);
    m.i32(m.count - m.done - 1);
    m.byte(W.I32_ADD);
    m.i32(4);
    m.byte(W.I32_SHL);
    m.access(W.I32_STORE, S.STATE_LEFT);
    m.cpu();
    m.i32(<i32>changetype<usize>(i));
    m.indexed(W.OP_CALL, handler);
    m.loadRegisters(m.used);
    newOrigins();
    if (vectors) {
      m.loadVectors();
      m.forgetVectors();
    }
    this.open(W.OP_IF, CONTEXT_IF);
    m.leave(makeExit(instructionAt(changetype<usize>(i)), m.count - m.done - 1, exit));
    this.shut();
  }
}
