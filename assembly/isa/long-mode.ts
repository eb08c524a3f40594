/** Instructions of 64-bit mode alone: SWAPGS, RDFSBASE RDGSBASE WRFSBASE WRGSBASE: SDM vol. 2B. */
import * as S from '../shared/state';
import { CR4_FSGSBASE } from '../shared/register-bits';
import { cachedBase, setBase } from '../cpu/segment';
import { Insn } from '../machine/insn';
import { isCanonical } from '../mmu/segmentation';

export const ROWS = `
0F 01 F8    | SWAPGS      | SWAPGS   | only64
F3 0F AE /0 | RDFSBASE Ry | RDFSBASE | only64 FSGSBASE
F3 0F AE /1 | RDGSBASE Ry | RDGSBASE | only64 FSGSBASE
F3 0F AE /2 | WRFSBASE Ry | WRFSBASE | only64 FSGSBASE
F3 0F AE /3 | WRGSBASE Ry | WRGSBASE | only64 FSGSBASE
`;

export function SWAPGS<M, T>(m: M, i: Insn): void {
  if (m.cpl != 0) {
    m.gp();
    return;
  }
  const base = cachedBase(m, S.GS);
  setBase(m, S.GS, load<u64>(m.at, S.STATE_KERNEL_GS_BASE));
  store<u64>(m.at, base, S.STATE_KERNEL_GS_BASE);
}

/** CR4.FSGSBASE gives these to every ring. */
function isEnabled<M>(m: M): bool {
  if (m.cr4 & CR4_FSGSBASE) return true;
  m.ud();
  return false;
}

export function RDFSBASE<M, T>(m: M, i: Insn): void {
  if (sizeof<T>() == 2) RDFSBASE<M, u32>(m, i); // 66 does not count
  else if (isEnabled<M>(m)) m.set<T>(i.rm, m.trunc<T>(cachedBase(m, S.FS)));
}
export function RDGSBASE<M, T>(m: M, i: Insn): void {
  if (sizeof<T>() == 2) RDGSBASE<M, u32>(m, i); // 66 does not count
  else if (isEnabled<M>(m)) m.set<T>(i.rm, m.trunc<T>(cachedBase(m, S.GS)));
}
export function WRFSBASE<M, T>(m: M, i: Insn): void {
  if (sizeof<T>() == 2) WRFSBASE<M, u32>(m, i); // 66 does not count
  else writeBase<M, T>(m, S.FS, m.get<T>(i.rm));
}
export function WRGSBASE<M, T>(m: M, i: Insn): void {
  if (sizeof<T>() == 2) WRGSBASE<M, u32>(m, i); // 66 does not count
  else writeBase<M, T>(m, S.GS, m.get<T>(i.rm));
}

function writeBase<M, T>(m: M, n: u32, base: u64): void {
  if (!isEnabled<M>(m)) return;
  if (isCanonical(base)) setBase(m, n, base);
  else m.gp();
}
