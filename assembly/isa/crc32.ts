/** CRC32: SDM vol. 2A. CRC of Castagnoli's polynomial 11EDC6F41h, bits reflected, without inversion at either end; changes no flag. */
import { Insn } from '../machine/insn';

export const ROWS = `
F2 0F 38 F0 /r | CRC32 Gd,Eb | CRC32B(rw,r) | SSE42 cold
F2 0F 38 F1 /r | CRC32 Gd,Mv | CRC32M       | SSE42
F2 0F 38 F1 /r | CRC32 Gd,Rv | CRC32        | SSE42
`;

/** The polynomial without its top bit, reflected. */
const POLYNOMIAL: u32 = 0x82f63b78;

/** Table k, 256 words: what a byte does to the CRC when k more bytes follow. */
const TABLES: usize = memory.data(8192, 4);

export function installCrcTables(): void {
  for (let n: u32 = 0; n < 256; n++) {
    let crc = n;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ POLYNOMIAL : crc >> 1;
    store<u32>(TABLES + ((<usize>n) << 2), crc);
  }
  for (let n: u32 = 256; n < 2048; n++) {
    const shorter = load<u32>(TABLES + ((<usize>(n - 256)) << 2));
    store<u32>(TABLES + ((<usize>n) << 2), entry(0, shorter) ^ (shorter >> 8));
  }
}

/** Entry of table k for the low byte of x. */
function entry(k: u32, x: u32): u32 {
  return load<u32>(TABLES + ((<usize>k) << 10) + ((<usize>(x & 0xff)) << 2));
}

function step8(crc: u32, x: u32): u32 {
  return entry(0, crc ^ x) ^ (crc >> 8);
}

function step16(crc: u32, x: u32): u32 {
  const y = crc ^ x;
  return entry(1, y) ^ entry(0, y >> 8) ^ (crc >> 16);
}

/** Tables k to k + 3 for the four bytes of x, the first of which has the most bytes behind it. */
function word(k: u32, x: u32): u32 {
  return entry(k + 3, x) ^ entry(k + 2, x >> 8) ^ entry(k + 1, x >> 16) ^ entry(k, x >> 24);
}

function step<T>(crc: u32, x: u64): u32 {
  if (sizeof<T>() == 2) return step16(crc, <u32>x);
  if (sizeof<T>() == 4) return word(0, crc ^ <u32>x);
  return word(4, crc ^ <u32>x) ^ word(0, <u32>(x >> 32));
}

export function CRC32B<M, T>(m: M, crc: u64, x: u64): u64 {
  return <u64>step8(<u32>crc, <u32>x);
}

/** CRC32 - the destination has 32 bits; with REX.W its upper half is cleared all the same. */
export function CRC32<M, T>(m: M, i: Insn): void {
  m.set<u32>(i.reg, <u64>step<T>(<u32>m.get<u32>(i.reg), m.get<T>(i.rm)));
}

export function CRC32M<M, T>(m: M, i: Insn): void {
  const x = m.load<T>(i.segment, m.ea(i));
  if (!m.fault) m.set<u32>(i.reg, <u64>step<T>(<u32>m.get<u32>(i.reg), x));
}
