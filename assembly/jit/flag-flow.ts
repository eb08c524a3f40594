/**
 * Flags from block to block: of which kind they are where a block begins (machine/emit-flags.ts), and, where the paths that
 * lead there disagree, which conditions must be worked out at their ends, because the block reads them.
 */
import { FLAGS_DYNAMIC, FLAGS_SETTLED } from '../machine/emit-flags';
import { block, Block, NO_BLOCK } from './blocks';
import { blockAt } from './flow';

/** No path was seen to lead here yet. */
const UNKNOWN: u32 = 0xffffffff;

/** From what the survey of each block by itself has found: wanted, touched, kindOut. */
export function solveFlags(reached: u32): void {
  solveWanted(reached);
  for (let n: u32 = 0; n < reached; n++) blockAt(n).kindIn = n ? UNKNOWN : FLAGS_SETTLED;
  for (let changed = true; changed;) {
    changed = false;
    for (let n: u32 = 0; n < reached; n++) {
      const b = blockAt(n);
      if (b.kindIn == UNKNOWN) continue;
      const kind = kindAfter(b);
      if (meetKinds(b.taken, kind)) changed = true;
      if (meetKinds(b.fall, kind)) changed = true;
    }
  }
}

function kindAfter(b: Block): u32 {
  if (!(b.kindOut & FLAGS_DYNAMIC)) return b.kindOut;
  return b.touched ? FLAGS_DYNAMIC : b.kindIn;
}

function meetKinds(to: u32, kind: u32): bool {
  if (to == NO_BLOCK) return false;
  const b = block(to);
  const met = b.kindIn == UNKNOWN || b.kindIn == kind ? kind : FLAGS_DYNAMIC;
  if (met == b.kindIn) return false;
  b.kindIn = met;
  return true;
}

/** What a block wants, those before it must know, unless it comes about there. */
function solveWanted(reached: u32): void {
  for (let changed = true; changed;) {
    changed = false;
    for (let n = reached; n-- > 0;) {
      const b = blockAt(n);
      const wanted = <u8>(b.wanted | ((wantedAt(b.taken) | wantedAt(b.fall)) & ~b.touched));
      if (wanted == b.wanted) continue;
      b.wanted = wanted;
      changed = true;
    }
  }
}

function wantedAt(to: u32): u8 {
  return to == NO_BLOCK ? 0 : block(to).wanted;
}
