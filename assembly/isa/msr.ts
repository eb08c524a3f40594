/** RDTSC RDTSCP RDPID RDPMC RDMSR WRMSR CPUID: SDM vol. 2. The registers themselves are in cpu/msr.ts and cpu/cpuid.ts. */
import * as S from '../shared/state';
import { CR0_PE, CR4_TSD } from '../shared/register-bits';
import { cpuid } from '../cpu/cpuid';
import { readMsr, writeMsr } from '../cpu/msr';
import { readPmc } from '../cpu/pmu';
import { timeStamp } from '../cpu/time';
import { Insn } from '../machine/insn';

export const ROWS = `
0F 30 | WRMSR | WRMSR | end MSR
0F 31 | RDTSC | RDTSC | TSC
0F 01 F9 | RDTSCP | RDTSCP | RDTSCP
F3 0F C7 /7 | RDPID Ry | RDPID | RDPID
0F 32 | RDMSR | RDMSR | MSR
0F 33 | RDPMC | RDPMC |
0F A2 | CPUID | CPUID |
`;

function result<M>(m: M, v: u64): void {
  m.set<u32>(S.RAX, v & 0xffffffff);
  m.set<u32>(S.RDX, v >> 32);
}

/** CR4.TSD keeps the time to ring 0. */
function mayReadTime<M>(m: M): bool {
  if (!(m.cr4 & CR4_TSD) || !(m.cr0 & CR0_PE) || m.cpl == 0) return true;
  m.gp();
  return false;
}

export function RDTSC<M, T>(m: M, i: Insn): void {
  if (mayReadTime<M>(m)) result<M>(m, timeStamp(m));
}

export function RDTSCP<M, T>(m: M, i: Insn): void {
  if (!mayReadTime<M>(m)) return;
  result<M>(m, timeStamp(m));
  m.set<u32>(S.RCX, load<u32>(m.at, S.STATE_TSC_AUX));
}

/** RDPID - whatever the operand size, bits 63-32 are zero. */
export function RDPID<M, T>(m: M, i: Insn): void {
  m.set<u32>(i.rm, load<u32>(m.at, S.STATE_TSC_AUX));
}

export function RDPMC<M, T>(m: M, i: Insn): void {
  const v = readPmc(m, <u32>m.get<u32>(S.RCX));
  if (!m.fault) result<M>(m, v);
}

export function RDMSR<M, T>(m: M, i: Insn): void {
  if (m.cpl != 0) {
    m.gp();
    return;
  }
  const v = readMsr(m, <u32>m.get<u32>(S.RCX));
  if (!m.fault) result<M>(m, v);
}

export function WRMSR<M, T>(m: M, i: Insn): void {
  if (m.cpl != 0) {
    m.gp();
    return;
  }
  writeMsr(m, <u32>m.get<u32>(S.RCX), m.get<u32>(S.RAX) | (m.get<u32>(S.RDX) << 32));
}

export function CPUID<M, T>(m: M, i: Insn): void {
  cpuid(m);
}
