/**
 * AESENC AESENCLAST AESDEC AESDECLAST AESIMC AESKEYGENASSIST: SDM vol. 2A, FIPS 197. A state of 16 bytes is four columns, the
 * first in the low doubleword. SubBytes and MixColumns of one byte are one table look-up: 16 for a round.
 * Not here: VAES of 256 bits.
 */

export const ROWS = `
66 0F 38 DC /r    | AESENC Vx,Wx             | AESENC(rw,r)         | AES avx/128
66 0F 38 DD /r    | AESENCLAST Vx,Wx         | AESENCLAST(rw,r)     | AES avx/128
66 0F 38 DE /r    | AESDEC Vx,Wx             | AESDEC(rw,r)         | AES avx/128
66 0F 38 DF /r    | AESDECLAST Vx,Wx         | AESDECLAST(rw,r)     | AES avx/128
66 0F 38 DB /r    | AESIMC Vx,Wx             | AESIMC(w,r)          | AES avx/128
66 0F 3A DF /r ib | AESKEYGENASSIST Vx,Wx,Ib | AESKEYGENASSIST(w,r,r) | AES avx/128
`;

/** S-box and its inverse, 256 bytes each (FIPS 197, 5.1.1 and 5.3.2). */
const SBOX: usize = memory.data(256);
const INVERSE_SBOX: usize = memory.data(256);
/** Column that MixColumns (InvMixColumns) makes of a first row's byte after SubBytes (InvSubBytes), 256 words each. */
const ROUND: usize = memory.data(1024, 4);
const INVERSE_ROUND: usize = memory.data(1024, 4);

/** Product in GF(2^8) modulo x^8 + x^4 + x^3 + x + 1. */
function product(x: u32, y: u32): u32 {
  let r: u32 = 0;
  for (; y != 0; y >>= 1) {
    if (y & 1) r ^= x;
    x = x & 0x80 ? (x << 1) ^ 0x11b : x << 1;
  }
  return r;
}

/** x to the power 254, which is the inverse of all but 0. */
function inverse(x: u32): u32 {
  let r: u32 = 1;
  for (let n = 0; n < 254; n++) r = product(r, x);
  return r;
}

/** The affine map of the S-box. */
function substitute(x: u32): u32 {
  const b = inverse(x) * 0x101;
  return (b ^ (b >> 4) ^ (b >> 5) ^ (b >> 6) ^ (b >> 7) ^ 0x63) & 0xff;
}

export function installAesTables(): void {
  if (load<u8>(SBOX)) return;
  for (let x: u32 = 0; x < 256; x++) {
    const s = substitute(x);
    store<u8>(SBOX + <usize>x, <u8>s);
    store<u8>(INVERSE_SBOX + <usize>s, <u8>x);
    store<u32>(ROUND + ((<usize>x) << 2), product(s, 2) | (s << 8) | (s << 16) | (product(s, 3) << 24));
    const column = product(x, 14) | (product(x, 9) << 8) | (product(x, 13) << 16) | (product(x, 11) << 24);
    store<u32>(INVERSE_ROUND + ((<usize>s) << 2), column);
  }
}

function sub(table: usize, x: u32): u32 {
  return <u32>load<u8>(table + <usize>(x & 0xff));
}

function mix(table: usize, x: u32): u32 {
  return load<u32>(table + ((<usize>(x & 0xff)) << 2));
}

/** SubWord: the S-box on each byte. */
function subWord(x: u32): u32 {
  return sub(SBOX, x) | (sub(SBOX, x >> 8) << 8) | (sub(SBOX, x >> 16) << 16) | (sub(SBOX, x >> 24) << 24);
}

/** One column of a round: rows 0 to 3 come from the columns that ShiftRows brings here. */
function mixed(table: usize, a: u32, b: u32, c: u32, d: u32): u32 {
  return (
    mix(table, a) ^
    rotl<u32>(mix(table, b >> 8), 8) ^
    rotl<u32>(mix(table, c >> 16), 16) ^
    rotl<u32>(mix(table, d >> 24), 24)
  );
}

/** The same for the last round, which has no MixColumns. */
function shifted(table: usize, a: u32, b: u32, c: u32, d: u32): u32 {
  return sub(table, a) | (sub(table, b >> 8) << 8) | (sub(table, c >> 16) << 16) | (sub(table, d >> 24) << 24);
}

function columns(a: u32, b: u32, c: u32, d: u32): v128 {
  const low = i32x4.replace_lane(i32x4.splat(a), 1, b);
  return i32x4.replace_lane(i32x4.replace_lane(low, 2, c), 3, d);
}

export function AESENC<M, T, V>(m: M, x: V, key: V): V {
  const a = <u32>i32x4.extract_lane(x, 0);
  const b = <u32>i32x4.extract_lane(x, 1);
  const c = <u32>i32x4.extract_lane(x, 2);
  const d = <u32>i32x4.extract_lane(x, 3);
  const round = columns(
    mixed(ROUND, a, b, c, d),
    mixed(ROUND, b, c, d, a),
    mixed(ROUND, c, d, a, b),
    mixed(ROUND, d, a, b, c),
  );
  return v128.xor(round, key);
}

export function AESENCLAST<M, T, V>(m: M, x: V, key: V): V {
  const a = <u32>i32x4.extract_lane(x, 0);
  const b = <u32>i32x4.extract_lane(x, 1);
  const c = <u32>i32x4.extract_lane(x, 2);
  const d = <u32>i32x4.extract_lane(x, 3);
  const round = columns(
    shifted(SBOX, a, b, c, d),
    shifted(SBOX, b, c, d, a),
    shifted(SBOX, c, d, a, b),
    shifted(SBOX, d, a, b, c),
  );
  return v128.xor(round, key);
}

/** AESDEC - a round of the equivalent inverse cipher: the key has gone through AESIMC. */
export function AESDEC<M, T, V>(m: M, x: V, key: V): V {
  const a = <u32>i32x4.extract_lane(x, 0);
  const b = <u32>i32x4.extract_lane(x, 1);
  const c = <u32>i32x4.extract_lane(x, 2);
  const d = <u32>i32x4.extract_lane(x, 3);
  const round = columns(
    mixed(INVERSE_ROUND, a, d, c, b),
    mixed(INVERSE_ROUND, b, a, d, c),
    mixed(INVERSE_ROUND, c, b, a, d),
    mixed(INVERSE_ROUND, d, c, b, a),
  );
  return v128.xor(round, key);
}

export function AESDECLAST<M, T, V>(m: M, x: V, key: V): V {
  const a = <u32>i32x4.extract_lane(x, 0);
  const b = <u32>i32x4.extract_lane(x, 1);
  const c = <u32>i32x4.extract_lane(x, 2);
  const d = <u32>i32x4.extract_lane(x, 3);
  const round = columns(
    shifted(INVERSE_SBOX, a, d, c, b),
    shifted(INVERSE_SBOX, b, a, d, c),
    shifted(INVERSE_SBOX, c, b, a, d),
    shifted(INVERSE_SBOX, d, c, b, a),
  );
  return v128.xor(round, key);
}

/** AESIMC - InvMixColumns alone: the table's InvSubBytes is undone first. */
export function AESIMC<M, T, V>(m: M, x: V): V {
  const a = subWord(<u32>i32x4.extract_lane(x, 0));
  const b = subWord(<u32>i32x4.extract_lane(x, 1));
  const c = subWord(<u32>i32x4.extract_lane(x, 2));
  const d = subWord(<u32>i32x4.extract_lane(x, 3));
  return columns(
    mixed(INVERSE_ROUND, a, a, a, a),
    mixed(INVERSE_ROUND, b, b, b, b),
    mixed(INVERSE_ROUND, c, c, c, c),
    mixed(INVERSE_ROUND, d, d, d, d),
  );
}

/** AESKEYGENASSIST - SubWord, and RotWord of it with the round constant, of doublewords 1 and 3. */
export function AESKEYGENASSIST<M, T, V>(m: M, x: V, constant: u32): V {
  const b = subWord(<u32>i32x4.extract_lane(x, 1));
  const d = subWord(<u32>i32x4.extract_lane(x, 3));
  return columns(b, rotr<u32>(b, 8) ^ constant, d, rotr<u32>(d, 8) ^ constant);
}
