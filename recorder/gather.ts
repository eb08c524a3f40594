/**
 * Gathers: each element has an address of its own, base + index element * scale + displacement, and the sign of the mask's
 * element says whether it is read at all. Indices stay near, so that most elements are in the data.
 */
import { MemorySizeExt, RegisterExt } from 'iced-x86';
import type { Draft } from './draft.ts';
import { FX } from './fpu-state.ts';

export function prepareGather(d: Draft): void {
  const { r, instruction: i, state } = d;
  const wideIndex = i.isVsib64;
  const size = MemorySizeExt.size(i.memorySize) || 4;
  const index = RegisterExt.number(i.memoryIndex);
  const mask = RegisterExt.number(i.op2Register);
  eachLane(state.xsave, index, wideIndex ? 8 : 4, (view, at) => {
    const near = r.chance(0.03) ? r.u32() | 0 : r.between(-16, 64);
    if (wideIndex) view.setBigInt64(at, BigInt(near), true);
    else view.setInt32(at, near, true);
  });
  if (mask === index) return; // #UD
  const all = r.chance(0.4);
  eachLane(state.xsave, mask, size, (view, at) => {
    view.setUint8(at + size - 1, (r.below(0x80) | (all || r.chance(0.6) ? 0x80 : 0)) & 0xff);
  });
}

/** Every element of a YMM register, which an XSAVE area keeps in two halves. */
function eachLane(xsave: Uint8Array, register: number, size: number, set: (view: DataView, at: number) => void): void {
  const view = new DataView(xsave.buffer);
  for (const half of [FX.XMM, FX.YMM]) for (let at = 0; at < 16; at += size) set(view, half + register * 16 + at);
}
