/** VCVTPD2PS, VCVTPD2DQ, VCVTTPD2DQ, VCVTPS2PH with VEX.256: 256 bits become 128 - SDM vol. 2. */
import { Eval } from '../../machine/eval';
import { Insn } from '../../machine/insn';
import { narrowLanes, narrowToInteger, toHalves } from '../../machine/float-convert';
import { beginHalves, settleHalves } from '../../machine/float-lanes';

export const ROWS = `
VEX.256.66 0F 5A /r          | VCVTPD2PS Vdq,Mx    | VCVTPD2PS_M  | AVX
VEX.256.66 0F 5A /r          | VCVTPD2PS Vdq,Ux    | VCVTPD2PS_U  | AVX
VEX.256.F2 0F E6 /r          | VCVTPD2DQ Vdq,Mx    | VCVTPD2DQ_M  | AVX
VEX.256.F2 0F E6 /r          | VCVTPD2DQ Vdq,Ux    | VCVTPD2DQ_U  | AVX
VEX.256.66 0F E6 /r          | VCVTTPD2DQ Vdq,Mx   | VCVTTPD2DQ_M | AVX
VEX.256.66 0F E6 /r          | VCVTTPD2DQ Vdq,Ux   | VCVTTPD2DQ_U | AVX
VEX.128.66.W0 0F 3A 1D /r ib | VCVTPS2PH Mq,Vdq,Ib | VCVTPS2PH_MQ | F16C
VEX.256.66.W0 0F 3A 1D /r ib | VCVTPS2PH Mdq,Vx,Ib | VCVTPS2PH_M  | F16C
VEX.256.66.W0 0F 3A 1D /r ib | VCVTPS2PH Udq,Vx,Ib | VCVTPS2PH_U  | F16C
`;

const TO_SINGLE: u32 = 0;
const TO_INTEGER: u32 = 1;
const TRUNCATE: u32 = 2;

function narrowHalf(cpu: usize, kind: u32, x: v128): v128 {
  return kind == TO_SINGLE ? narrowLanes(cpu, x) : narrowToInteger(cpu, x, kind == TRUNCATE);
}

function narrow(m: Eval, i: Insn, kind: u32, low: v128, high: v128): void {
  const before = beginHalves(m.at);
  const l = narrowHalf(m.at, kind, low);
  const h = narrowHalf(m.at, kind, high);
  if (m.fault) settleHalves(m.at, before);
  else m.setXmmZeroUpper(i.reg, i64x2.shuffle(l, h, 0, 2));
}

function narrowMemory(m: Eval, i: Insn, kind: u32): void {
  const ea = m.ea(i);
  const low = m.loadVector<v128>(i.segment, ea, 32);
  if (m.fault) return;
  const high = m.loadUpper(i.segment, ea);
  if (m.fault) return;
  narrow(m, i, kind, low, high);
}

export function VCVTPD2PS_M<M, T, V>(m: Eval, i: Insn, vl: u32): void {
  narrowMemory(m, i, TO_SINGLE);
}

export function VCVTPD2PS_U<M, T, V>(m: Eval, i: Insn, vl: u32): void {
  narrow(m, i, TO_SINGLE, m.xmm(i.rm), m.ymmHigh(i.rm));
}

export function VCVTPD2DQ_M<M, T, V>(m: Eval, i: Insn, vl: u32): void {
  narrowMemory(m, i, TO_INTEGER);
}

export function VCVTPD2DQ_U<M, T, V>(m: Eval, i: Insn, vl: u32): void {
  narrow(m, i, TO_INTEGER, m.xmm(i.rm), m.ymmHigh(i.rm));
}

export function VCVTTPD2DQ_M<M, T, V>(m: Eval, i: Insn, vl: u32): void {
  narrowMemory(m, i, TRUNCATE);
}

export function VCVTTPD2DQ_U<M, T, V>(m: Eval, i: Insn, vl: u32): void {
  narrow(m, i, TRUNCATE, m.xmm(i.rm), m.ymmHigh(i.rm));
}

/** Eight binary16 numbers; check `m.fault` before they are used. */
function halves(m: Eval, i: Insn): v128 {
  const before = beginHalves(m.at);
  const low = toHalves(m.at, m.xmm(i.reg), i.imm8);
  const high = toHalves(m.at, m.ymmHigh(i.reg), i.imm8);
  if (m.fault) settleHalves(m.at, before);
  return i64x2.shuffle(low, high, 0, 2);
}

/** A store that faults leaves the flags of the conversion out of MXCSR. */
export function VCVTPS2PH_MQ<M, T, V>(m: Eval, i: Insn, vl: u32): void {
  const ea = m.ea(i);
  const before = m.mxcsr;
  const r = toHalves(m.at, m.xmm(i.reg), i.imm8);
  if (m.fault) return;
  m.store<u64>(i.segment, ea, i64x2.extract_lane(r, 0));
  if (m.fault) m.mxcsr = before;
}

export function VCVTPS2PH_M<M, T, V>(m: Eval, i: Insn, vl: u32): void {
  const ea = m.ea(i);
  const before = beginHalves(m.at);
  const r = halves(m, i);
  if (m.fault) return;
  m.storeVector<v128>(i.segment, ea, r);
  if (m.fault) m.mxcsr = before;
}

export function VCVTPS2PH_U<M, T, V>(m: Eval, i: Insn, vl: u32): void {
  const r = halves(m, i);
  if (!m.fault) m.setXmmZeroUpper(i.rm, r);
}
