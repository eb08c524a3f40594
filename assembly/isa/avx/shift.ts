/** VPSLLVD VPSLLVQ VPSRLVD VPSRLVQ VPSRAVD: SDM vol. 2C. Each element has a count of its own; one that is too big shifts everything out. */

export const ROWS = `
VEX.66.W0 0F 38 47 /r | VPSLLVD Vx,Hx,Wx | PSLLVD(w,r,r) | AVX2
VEX.66.W1 0F 38 47 /r | VPSLLVQ Vx,Hx,Wx | PSLLVQ(w,r,r) | AVX2
VEX.66.W0 0F 38 45 /r | VPSRLVD Vx,Hx,Wx | PSRLVD(w,r,r) | AVX2
VEX.66.W1 0F 38 45 /r | VPSRLVQ Vx,Hx,Wx | PSRLVQ(w,r,r) | AVX2
VEX.66.W0 0F 38 46 /r | VPSRAVD Vx,Hx,Wx | PSRAVD(w,r,r) | AVX2
`;

/** Doublewords from the lowest up. */
function doublewords(a: u64, b: u64, c: u64, d: u64): v128 {
  const low = i32x4.replace_lane(i32x4.splat(<u32>a), 1, <u32>b);
  return i32x4.replace_lane(i32x4.replace_lane(low, 2, <u32>c), 3, <u32>d);
}

/** In 64 bits a doubleword can be shifted by up to 63; greater counts are as good as that. */
function countOf(n: i32): u64 {
  return <u64>min<u32>(<u32>n, 63);
}

export function PSLLVD<M, T, V>(m: M, x: V, n: V): V {
  return doublewords(
    (<u64>(<u32>i32x4.extract_lane(x, 0))) << countOf(i32x4.extract_lane(n, 0)),
    (<u64>(<u32>i32x4.extract_lane(x, 1))) << countOf(i32x4.extract_lane(n, 1)),
    (<u64>(<u32>i32x4.extract_lane(x, 2))) << countOf(i32x4.extract_lane(n, 2)),
    (<u64>(<u32>i32x4.extract_lane(x, 3))) << countOf(i32x4.extract_lane(n, 3)),
  );
}

export function PSRLVD<M, T, V>(m: M, x: V, n: V): V {
  return doublewords(
    <u64>(<u32>i32x4.extract_lane(x, 0)) >> countOf(i32x4.extract_lane(n, 0)),
    <u64>(<u32>i32x4.extract_lane(x, 1)) >> countOf(i32x4.extract_lane(n, 1)),
    <u64>(<u32>i32x4.extract_lane(x, 2)) >> countOf(i32x4.extract_lane(n, 2)),
    <u64>(<u32>i32x4.extract_lane(x, 3)) >> countOf(i32x4.extract_lane(n, 3)),
  );
}

export function PSRAVD<M, T, V>(m: M, x: V, n: V): V {
  return doublewords(
    <u64>(<i64>i32x4.extract_lane(x, 0) >> <i64>countOf(i32x4.extract_lane(n, 0))),
    <u64>(<i64>i32x4.extract_lane(x, 1) >> <i64>countOf(i32x4.extract_lane(n, 1))),
    <u64>(<i64>i32x4.extract_lane(x, 2) >> <i64>countOf(i32x4.extract_lane(n, 2))),
    <u64>(<i64>i32x4.extract_lane(x, 3) >> <i64>countOf(i32x4.extract_lane(n, 3))),
  );
}

export function PSLLVQ<M, T, V>(m: M, x: V, n: V): V {
  const a = m.low64(n) < 64 ? m.low64(x) << m.low64(n) : 0;
  const b = m.high64(n) < 64 ? m.high64(x) << m.high64(n) : 0;
  return m.vector128(a, b);
}

export function PSRLVQ<M, T, V>(m: M, x: V, n: V): V {
  const a = m.low64(n) < 64 ? m.low64(x) >> m.low64(n) : 0;
  const b = m.high64(n) < 64 ? m.high64(x) >> m.high64(n) : 0;
  return m.vector128(a, b);
}
