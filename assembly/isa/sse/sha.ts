/**
 * SHA1RNDS4 SHA1NEXTE SHA1MSG1 SHA1MSG2 SHA256RNDS2 SHA256MSG1 SHA256MSG2: SDM vol. 2B, FIPS 180-4. The SDM's words are named from
 * the highest doubleword down for SHA-1 and from the lowest up for the SHA-256 message.
 */

export const ROWS = `
NP 0F 3A CC /r ib | SHA1RNDS4 Vdq,Wdq,Ib     | SHA1RNDS4(rw,r,r)   | SHA
NP 0F 38 C8 /r    | SHA1NEXTE Vdq,Wdq        | SHA1NEXTE(rw,r)     | SHA
NP 0F 38 C9 /r    | SHA1MSG1 Vdq,Wdq         | SHA1MSG1(rw,r)      | SHA
NP 0F 38 CA /r    | SHA1MSG2 Vdq,Wdq         | SHA1MSG2(rw,r)      | SHA
NP 0F 38 CB /r    | SHA256RNDS2 Vdq,Wdq,XMM0 | SHA256RNDS2(rw,r,r) | SHA
NP 0F 38 CC /r    | SHA256MSG1 Vdq,Wdq       | SHA256MSG1(rw,r)    | SHA
NP 0F 38 CD /r    | SHA256MSG2 Vdq,Wdq       | SHA256MSG2(rw,r)    | SHA
`;

/** Doublewords from the lowest up. */
function doublewords(a: u32, b: u32, c: u32, d: u32): v128 {
  const low = i32x4.replace_lane(i32x4.splat(a), 1, b);
  return i32x4.replace_lane(i32x4.replace_lane(low, 2, c), 3, d);
}

/** The logical function of rounds 20t to 20t + 19 (FIPS 180-4, 4.1.1). */
function logical(t: u32, b: u32, c: u32, d: u32): u32 {
  if (t == 0) return (b & c) ^ (~b & d);
  if (t == 2) return (b & c) ^ (b & d) ^ (c & d);
  return b ^ c ^ d;
}

/** Their constant (4.2.1). */
function constantOf(t: u32): u32 {
  if (t == 0) return 0x5a827999;
  if (t == 1) return 0x6ed9eba1;
  return t == 2 ? 0x8f1bbcdc : 0xca62c1d6;
}

/** SHA1RNDS4 - four rounds; E of the first is in the message words already (SHA1NEXTE). */
export function SHA1RNDS4<M, T, V>(m: M, state: V, message: V, imm: u32): V {
  const t = imm & 3;
  const k = constantOf(t);
  let a = <u32>i32x4.extract_lane(state, 3);
  let b = <u32>i32x4.extract_lane(state, 2);
  let c = <u32>i32x4.extract_lane(state, 1);
  let d = <u32>i32x4.extract_lane(state, 0);
  let e: u32 = 0;
  for (let n = 0; n < 4; n++) {
    const w = <u32>i32x4.extract_lane(message, 3);
    message = i32x4.shuffle(message, message, 0, 0, 1, 2);
    const next = logical(t, b, c, d) + rotl<u32>(a, 5) + w + e + k;
    e = d;
    d = c;
    c = rotl<u32>(b, 30);
    b = a;
    a = next;
  }
  return doublewords(d, c, b, a);
}

/** SHA1NEXTE - E of the next rounds is A of four rounds ago, rotated; it is added to the first message word. */
export function SHA1NEXTE<M, T, V>(m: M, state: V, message: V): V {
  const e = rotl<u32>(<u32>i32x4.extract_lane(state, 3), 30);
  return i32x4.replace_lane(message, 3, <u32>i32x4.extract_lane(message, 3) + e);
}

export function SHA1MSG1<M, T, V>(m: M, x: V, y: V): V {
  return v128.xor(x, i64x2.shuffle(y, x, 1, 2));
}

/** SHA1MSG2 - the last word needs the first of the new ones. */
export function SHA1MSG2<M, T, V>(m: M, x: V, y: V): V {
  const w16 = rotl<u32>(<u32>i32x4.extract_lane(x, 3) ^ <u32>i32x4.extract_lane(y, 2), 1);
  const w17 = rotl<u32>(<u32>i32x4.extract_lane(x, 2) ^ <u32>i32x4.extract_lane(y, 1), 1);
  const w18 = rotl<u32>(<u32>i32x4.extract_lane(x, 1) ^ <u32>i32x4.extract_lane(y, 0), 1);
  const w19 = rotl<u32>(<u32>i32x4.extract_lane(x, 0) ^ w16, 1);
  return doublewords(w19, w18, w17, w16);
}

/** SHA256RNDS2 - two rounds: A B E F in the second source, C D G H in the destination, W + K of both in XMM0. */
export function SHA256RNDS2<M, T, V>(m: M, cdgh: V, abef: V, wk: V): V {
  let a = <u32>i32x4.extract_lane(abef, 3);
  let b = <u32>i32x4.extract_lane(abef, 2);
  let c = <u32>i32x4.extract_lane(cdgh, 3);
  let d = <u32>i32x4.extract_lane(cdgh, 2);
  let e = <u32>i32x4.extract_lane(abef, 1);
  let f = <u32>i32x4.extract_lane(abef, 0);
  let g = <u32>i32x4.extract_lane(cdgh, 1);
  let h = <u32>i32x4.extract_lane(cdgh, 0);
  let w = <u32>i32x4.extract_lane(wk, 0);
  for (let n = 0; n < 2; n++) {
    const choice = (e & f) ^ (~e & g);
    const majority = (a & b) ^ (a & c) ^ (b & c);
    const t = choice + (rotr<u32>(e, 6) ^ rotr<u32>(e, 11) ^ rotr<u32>(e, 25)) + w + h;
    h = g;
    g = f;
    f = e;
    e = d + t;
    d = c;
    c = b;
    b = a;
    a = t + majority + (rotr<u32>(a, 2) ^ rotr<u32>(a, 13) ^ rotr<u32>(a, 22));
    w = <u32>i32x4.extract_lane(wk, 1);
  }
  return doublewords(f, e, b, a);
}

/** Sigma 0 and 1 of the message schedule (4.1.2). */
function sigma0(x: u32): u32 {
  return rotr<u32>(x, 7) ^ rotr<u32>(x, 18) ^ (x >> 3);
}

function sigma1(x: u32): u32 {
  return rotr<u32>(x, 17) ^ rotr<u32>(x, 19) ^ (x >> 10);
}

export function SHA256MSG1<M, T, V>(m: M, x: V, y: V): V {
  const added = doublewords(
    sigma0(<u32>i32x4.extract_lane(x, 1)),
    sigma0(<u32>i32x4.extract_lane(x, 2)),
    sigma0(<u32>i32x4.extract_lane(x, 3)),
    sigma0(<u32>i32x4.extract_lane(y, 0)),
  );
  return i32x4.add(x, added);
}

/** SHA256MSG2 - the upper two words need the lower two of the new ones. */
export function SHA256MSG2<M, T, V>(m: M, x: V, y: V): V {
  const w16 = <u32>i32x4.extract_lane(x, 0) + sigma1(<u32>i32x4.extract_lane(y, 2));
  const w17 = <u32>i32x4.extract_lane(x, 1) + sigma1(<u32>i32x4.extract_lane(y, 3));
  const w18 = <u32>i32x4.extract_lane(x, 2) + sigma1(w16);
  const w19 = <u32>i32x4.extract_lane(x, 3) + sigma1(w17);
  return doublewords(w16, w17, w18, w19);
}
