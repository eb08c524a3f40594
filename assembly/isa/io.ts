/**
 * IN OUT INS OUTS: SDM vol. 2, vol. 1 chapter 18. A repeated INS or OUTS does one element for each execution and starts over
 * while the count lasts, so that each access is a device access at its own instruction count.
 */
import * as S from '../shared/state';
import { CR0_PE, FLAG_DF, FLAG_IOPL, FLAG_VM } from '../shared/register-bits';
import { checkIoBreakpoints } from '../cpu/debug';
import { portIn, portOut } from '../cpu/host';
import { ioMapAllows } from '../cpu/tss';
import { Eval } from '../machine/eval';
import { Insn } from '../machine/insn';

export const ROWS = `
E4 ib | IN AL,Ib    | INB_I  |
E5 ib | IN eAX,Ib   | IN_I   |
EC    | IN AL,DX    | INB    |
ED    | IN eAX,DX   | IN     |
E6 ib | OUT Ib,AL   | OUTB_I |
E7 ib | OUT Ib,eAX  | OUT_I  |
EE    | OUT DX,AL   | OUTB   |
EF    | OUT DX,eAX  | OUT    |
6C    | INS Yb,DX   | INSB   |
6D    | INS Yz,DX   | INS    |
6E    | OUTS DX,Xb  | OUTSB  |
6F    | OUTS DX,Xz  | OUTS   |
F3 6C | INS Yb,DX   | REPINSB  | rep end
F2 6C | INS Yb,DX   | REPINSB  | rep end
F3 6D | INS Yz,DX   | REPINS   | rep end
F2 6D | INS Yz,DX   | REPINS   | rep end
F3 6E | OUTS DX,Xb  | REPOUTSB | rep end
F2 6E | OUTS DX,Xb  | REPOUTSB | rep end
F3 6F | OUTS DX,Xz  | REPOUTS  | rep end
F2 6F | OUTS DX,Xz  | REPOUTS  | rep end
`;

/** With CPL beyond IOPL, and always in virtual-8086 mode, the TSS says which ports may be used. */
function mayAccess(m: Eval, port: u32, size: u32): bool {
  if (!(m.cr0 & CR0_PE)) return true;
  const flags = m.flagsWord;
  if (!(flags & FLAG_VM) && m.cpl <= (flags & FLAG_IOPL) >> 12) return true;
  return ioMapAllows(m, port, size);
}

/** What a device does may reach the interrupt lines, so the loop looks around afterwards. */
function readPort<T>(m: Eval, port: u32): u64 {
  checkIoBreakpoints(m, port, sizeof<T>());
  m.resync();
  return <u64>(<T>portIn(port, sizeof<T>()));
}

function writePort<T>(m: Eval, port: u32, v: u64): void {
  checkIoBreakpoints(m, port, sizeof<T>());
  m.resync();
  portOut(port, sizeof<T>(), <i32>v);
}

/** Ports are at most 32 bits wide: REX.W does not promote these instructions. */
function input<M, T>(m: M, port: u32): void {
  if (sizeof<T>() == 8) return input<M, u32>(m, port);
  if (mayAccess(m, port, sizeof<T>())) m.set<T>(S.RAX, readPort<T>(m, port));
}

function output<M, T>(m: M, port: u32): void {
  if (sizeof<T>() == 8) return output<M, u32>(m, port);
  if (mayAccess(m, port, sizeof<T>())) writePort<T>(m, port, m.get<T>(S.RAX));
}

function immediatePort(i: Insn): u32 {
  return <u32>i.imm & 0xff;
}

function portInDx<M>(m: M): u32 {
  return <u32>m.get<u16>(S.RDX);
}

export function INB_I<M, T>(m: M, i: Insn): void {
  input<M, u8>(m, immediatePort(i));
}
export function IN_I<M, T>(m: M, i: Insn): void {
  input<M, T>(m, immediatePort(i));
}
export function INB<M, T>(m: M, i: Insn): void {
  input<M, u8>(m, portInDx<M>(m));
}
export function IN<M, T>(m: M, i: Insn): void {
  input<M, T>(m, portInDx<M>(m));
}
export function OUTB_I<M, T>(m: M, i: Insn): void {
  output<M, u8>(m, immediatePort(i));
}
export function OUT_I<M, T>(m: M, i: Insn): void {
  output<M, T>(m, immediatePort(i));
}
export function OUTB<M, T>(m: M, i: Insn): void {
  output<M, u8>(m, portInDx<M>(m));
}
export function OUT<M, T>(m: M, i: Insn): void {
  output<M, T>(m, portInDx<M>(m));
}

// ── Strings ────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Adds to an index or count register of the address size; the upper bits behave as after any write of that size. */
function advance<M>(m: M, register: u32, mask: u64, delta: u64): void {
  const v = m.get<u64>(register) + delta;
  if (mask == 0xffff) m.set<u16>(register, v);
  else m.set<u64>(register, v & mask);
}

function step<M, T>(m: M): u64 {
  return m.flagsWord & FLAG_DF ? 0 - <u64>sizeof<T>() : sizeof<T>();
}

/** INS - the destination is checked before the port is read, for a device's data would be lost otherwise. */
function inputElement<M, T>(m: M, i: Insn): void {
  const mask = m.addressMask(i);
  const di = m.get<u64>(S.RDI) & mask;
  m.loadRmw<T>(S.ES, di);
  if (m.fault) return;
  m.store<T>(S.ES, di, readPort<T>(m, portInDx<M>(m)));
  if (!m.fault) advance<M>(m, S.RDI, mask, step<M, T>(m));
}

function outputElement<M, T>(m: M, i: Insn): void {
  const mask = m.addressMask(i);
  const v = m.load<T>(i.segment, m.get<u64>(S.RSI) & mask);
  if (m.fault) return;
  writePort<T>(m, portInDx<M>(m), v);
  advance<M>(m, S.RSI, mask, step<M, T>(m));
}

export function INSB<M, T>(m: M, i: Insn): void {
  if (mayAccess(m, portInDx<M>(m), 1)) inputElement<M, u8>(m, i);
}
export function INS<M, T>(m: M, i: Insn): void {
  if (sizeof<T>() == 8) return INS<M, u32>(m, i);
  if (mayAccess(m, portInDx<M>(m), sizeof<T>())) inputElement<M, T>(m, i);
}
export function OUTSB<M, T>(m: M, i: Insn): void {
  if (mayAccess(m, portInDx<M>(m), 1)) outputElement<M, u8>(m, i);
}
export function OUTS<M, T>(m: M, i: Insn): void {
  if (sizeof<T>() == 8) return OUTS<M, u32>(m, i);
  if (mayAccess(m, portInDx<M>(m), sizeof<T>())) outputElement<M, T>(m, i);
}

function count<M>(m: M, i: Insn): u64 {
  return m.get<u64>(S.RCX) & m.addressMask(i);
}

/** Is there an element to move? The port is checked even if the count is 0 (as recorded on silicon). */
function hasNext<M, T>(m: M, i: Insn): bool {
  return mayAccess(m, portInDx<M>(m), sizeof<T>()) && count<M>(m, i) != 0;
}

/** One element is done: the instruction is next again while the count lasts. */
function again<M>(m: M, i: Insn): void {
  if (m.fault) return;
  advance<M>(m, S.RCX, m.addressMask(i), -1);
  if (count<M>(m, i) == 0) return;
  m.rip = m.rip - i.length;
  store<u32>(m.at, 1, S.STATE_REPEATING);
}

function inputRepeated<M, T>(m: M, i: Insn): void {
  if (sizeof<T>() == 8) return inputRepeated<M, u32>(m, i);
  if (!hasNext<M, T>(m, i)) return;
  inputElement<M, T>(m, i);
  again<M>(m, i);
}

function outputRepeated<M, T>(m: M, i: Insn): void {
  if (sizeof<T>() == 8) return outputRepeated<M, u32>(m, i);
  if (!hasNext<M, T>(m, i)) return;
  outputElement<M, T>(m, i);
  again<M>(m, i);
}

export function REPINSB<M, T>(m: M, i: Insn): void {
  inputRepeated<M, u8>(m, i);
}
export function REPINS<M, T>(m: M, i: Insn): void {
  inputRepeated<M, T>(m, i);
}
export function REPOUTSB<M, T>(m: M, i: Insn): void {
  outputRepeated<M, u8>(m, i);
}
export function REPOUTS<M, T>(m: M, i: Insn): void {
  outputRepeated<M, T>(m, i);
}
