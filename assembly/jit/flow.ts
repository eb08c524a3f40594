/**
 * The order of a region's blocks: reverse postorder, dominators, loops. WebAssembly has structured control flow only, so an
 * edge that goes back to a block which does not dominate its source (irreducible code) leaves the region instead.
 */
import { MEMORY_JIT_ORDER } from '../shared/memory-map';
import { block, Block, Blocks, NO_BLOCK } from './blocks';

/** Number of the block at place `order`. */
export function blockAt(order: u32): Block {
  return block(load<u8>(MEMORY_JIT_ORDER + order));
}

/** Sorts; returns how many blocks can be reached. The entry comes first. */
export function sortBlocks(all: Blocks, entry: u32): u32 {
  let reached: u32 = 0;
  while (true) {
    for (let n: u32 = 0; n < all.count; n++) block(n).reached = false;
    const end = postorder(entry, 0);
    reached = end;
    reverse(end);
    for (let n: u32 = 0; n < end; n++) blockAt(n).order = n;
    findDominators(end);
    if (!cutIrreducible(end)) break;
  }
  countEdges(reached);
  return reached;
}

function postorder(n: u32, place: u32): u32 {
  const b = block(n);
  b.reached = true;
  if (b.taken != NO_BLOCK && !block(b.taken).reached) place = postorder(b.taken, place);
  if (b.fall != NO_BLOCK && !block(b.fall).reached) place = postorder(b.fall, place);
  store<u8>(MEMORY_JIT_ORDER + place, <u8>n);
  return place + 1;
}

function reverse(count: u32): void {
  for (let low: u32 = 0, high = count - 1; low < high; low++, high--) {
    const kept = load<u8>(MEMORY_JIT_ORDER + low);
    store<u8>(MEMORY_JIT_ORDER + low, load<u8>(MEMORY_JIT_ORDER + high));
    store<u8>(MEMORY_JIT_ORDER + high, kept);
  }
}

/** Iterates to the greatest solution of: a block is dominated by itself and by what dominates all that lead to it. */
function findDominators(count: u32): void {
  for (let n: u32 = 1; n < count; n++) blockAt(n).dominators = ~0;
  blockAt(0).dominators = 1;
  for (let changed = true; changed;) {
    changed = false;
    for (let n: u32 = 1; n < count; n++) {
      const before = blockAt(n).dominators;
      const now = commonDominators(n, count) | ((<u64>1) << n);
      blockAt(n).dominators = now;
      if (now != before) changed = true;
    }
  }
}

function commonDominators(order: u32, count: u32): u64 {
  let common: u64 = ~0;
  for (let n: u32 = 0; n < count; n++) if (leadsTo(blockAt(n), order)) common &= blockAt(n).dominators;
  return common;
}

function leadsTo(b: Block, order: u32): bool {
  if (b.taken != NO_BLOCK && block(b.taken).order == order) return true;
  return b.fall != NO_BLOCK && block(b.fall).order == order;
}

function isIrreducible(from: Block, to: u32): bool {
  if (to == NO_BLOCK) return false;
  const order = block(to).order;
  return order <= from.order && !(from.dominators & ((<u64>1) << order));
}

function cutIrreducible(count: u32): bool {
  let cut = false;
  for (let n: u32 = 0; n < count; n++) {
    const b = blockAt(n);
    if (isIrreducible(b, b.taken)) {
      b.taken = NO_BLOCK;
      cut = true;
    }
    if (isIrreducible(b, b.fall)) {
      b.fall = NO_BLOCK;
      cut = true;
    }
  }
  return cut;
}

function countEdges(count: u32): void {
  for (let n: u32 = 0; n < count; n++) {
    const b = blockAt(n);
    b.forward = 0;
    b.isLoop = false;
    b.parent = n ? 63 - <u32>clz<u64>(b.dominators & ~((<u64>1) << n)) : 0;
  }
  for (let n: u32 = 0; n < count; n++) {
    const b = blockAt(n);
    countEdge(b, b.taken);
    countEdge(b, b.fall);
  }
}

function countEdge(from: Block, to: u32): void {
  if (to == NO_BLOCK) return;
  const b = block(to);
  if (b.order <= from.order) b.isLoop = true;
  else b.forward++;
}
