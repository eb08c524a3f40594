/**
 * Caches and ordering - SDM vol. 2: CLFLUSH CLFLUSHOPT CLWB, LFENCE MFENCE SFENCE, MOVNTI. No cache is modelled and instructions
 * take effect in order, so what remains is the faults. A flush is checked as a load of one byte but touches no device.
 */
import { Insn } from '../machine/insn';
import { accessAt } from '../mmu/access';
import { translate } from '../mmu/paging';
import { segmentAllows } from '../mmu/segmentation';

export const ROWS = `
NP 0F AE /7    | CLFLUSH Mb    | FLUSH     | CLFSH
66 0F AE /7    | CLFLUSHOPT Mb | FLUSH     | CLFLUSHOPT
66 0F AE /6    | CLWB Mb       | FLUSH     | CLWB
NP 0F AE E8-EF | LFENCE        | FENCE     | SSE2
NP 0F AE F0-F7 | MFENCE        | FENCE     | SSE2
NP 0F AE F8-FF | SFENCE        | FENCE     | SSE
NP 0F C3 /r    | MOVNTI My,Gy  | MOVNTI(w,r) | SSE2
`;

export function FLUSH<M, T>(m: M, i: Insn): void {
  const ea = m.ea(i);
  if (segmentAllows(m, i.segment, ea, 1, false)) translate(m, m.linear(i.segment, ea), accessAt(m, m.cpl));
}

export function FENCE<M, T>(m: M, i: Insn): void {}

export function MOVNTI<M, T>(m: M, x: u64): u64 {
  return x;
}
