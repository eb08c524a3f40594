/** PCLMULQDQ: SDM vol. 2B. Not here: VPCLMULQDQ of 256 bits. */

export const ROWS = `
66 0F 3A 44 /r ib | PCLMULQDQ Vx,Wx,Ib | PCLMULQDQ(rw,r,r) | PCLMULQDQ avx/128
`;

/** Every fourth bit: a product of such numbers has up to 15 carries of room between two bits that count, 16 only at the top. */
const EVERY_FOURTH: u64 = 0x1111111111111111;

/** Low 64 bits of the carry-less product: integer products of four classes of bits, whose carries fall into the gaps. */
function lowProduct(x: u64, y: u64): u64 {
  const x0 = x & EVERY_FOURTH;
  const x1 = x & (EVERY_FOURTH << 1);
  const x2 = x & (EVERY_FOURTH << 2);
  const x3 = x & (EVERY_FOURTH << 3);
  const y0 = y & EVERY_FOURTH;
  const y1 = y & (EVERY_FOURTH << 1);
  const y2 = y & (EVERY_FOURTH << 2);
  const y3 = y & (EVERY_FOURTH << 3);
  const z0 = (x0 * y0) ^ (x1 * y3) ^ (x2 * y2) ^ (x3 * y1);
  const z1 = (x0 * y1) ^ (x1 * y0) ^ (x2 * y3) ^ (x3 * y2);
  const z2 = (x0 * y2) ^ (x1 * y1) ^ (x2 * y0) ^ (x3 * y3);
  const z3 = (x0 * y3) ^ (x1 * y2) ^ (x2 * y1) ^ (x3 * y0);
  return (z0 & EVERY_FOURTH) | (z1 & (EVERY_FOURTH << 1)) | (z2 & (EVERY_FOURTH << 2)) | (z3 & (EVERY_FOURTH << 3));
}

/** The 64 bits in reverse order. */
function reversed(x: u64): u64 {
  let r = ((x >> 1) & 0x5555555555555555) | ((x & 0x5555555555555555) << 1);
  r = ((r >> 2) & 0x3333333333333333) | ((r & 0x3333333333333333) << 2);
  r = ((r >> 4) & 0x0f0f0f0f0f0f0f0f) | ((r & 0x0f0f0f0f0f0f0f0f) << 4);
  return bswap<u64>(r);
}

/** PCLMULQDQ - without carries a product read backwards is the product of the operands read backwards: that is its upper half. */
export function PCLMULQDQ<M, T, V>(m: M, x: V, y: V, imm: u32): V {
  const a = imm & 1 ? m.high64(x) : m.low64(x);
  const b = imm & 0x10 ? m.high64(y) : m.low64(y);
  const high = reversed(lowProduct(reversed(a), reversed(b))) >> 1;
  return m.vector128(lowProduct(a, b), high);
}
