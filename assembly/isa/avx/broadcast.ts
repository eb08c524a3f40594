/** VBROADCASTSS VBROADCASTSD VBROADCASTF128 VBROADCASTI128 VPBROADCASTB/W/D/Q: SDM vol. 2C. The forms with a register came with AVX2. */

export const ROWS = `
VEX.66.W0 0F 38 18 /r     | VBROADCASTSS Vx,Md    | BROADCASTD(w,r) | AVX
VEX.66.W0 0F 38 18 /r     | VBROADCASTSS Vx,Ud    | BROADCASTD(w,r) | AVX2
VEX.256.66.W0 0F 38 19 /r | VBROADCASTSD Vx,Mq    | BROADCASTQ(w,r) | AVX
VEX.256.66.W0 0F 38 19 /r | VBROADCASTSD Vx,Uq    | BROADCASTQ(w,r) | AVX2
VEX.256.66.W0 0F 38 1A /r | VBROADCASTF128 Vx,Mdq | BROADCAST(w,r)  | AVX
VEX.256.66.W0 0F 38 5A /r | VBROADCASTI128 Vx,Mdq | BROADCAST(w,r)  | AVX2
VEX.66.W0 0F 38 78 /r     | VPBROADCASTB Vx,Wb    | BROADCASTB(w,r) | AVX2
VEX.66.W0 0F 38 79 /r     | VPBROADCASTW Vx,Ww    | BROADCASTW(w,r) | AVX2
VEX.66.W0 0F 38 58 /r     | VPBROADCASTD Vx,Wd    | BROADCASTD(w,r) | AVX2
VEX.66.W0 0F 38 59 /r     | VPBROADCASTQ Vx,Wq    | BROADCASTQ(w,r) | AVX2
`;

export function BROADCAST<M, T, V>(m: M, x: V): V {
  return x;
}

export function BROADCASTB<M, T, V>(m: M, x: V): V {
  return m.i8x16Splat(m.low64(x));
}

export function BROADCASTW<M, T, V>(m: M, x: V): V {
  return m.i16x8Splat(m.low64(x));
}

export function BROADCASTD<M, T, V>(m: M, x: V): V {
  return m.i32x4Splat(m.low64(x));
}

export function BROADCASTQ<M, T, V>(m: M, x: V): V {
  return m.i64x2Splat(m.low64(x));
}
