/**
 * Test build of the generator of record-x87.c, which it repeats step by step: FRSTOR images and memory operands of the
 * cases that were recorded.
 */
import { ALL, drawSignificand, halfway, next, normalised, pattern, seed, TOP } from './x87-bits';

export { summarize } from './x87-summary';

// KIND of x87-operations.ts.
const ADD = 0;
const MULTIPLY = 1;
const DIVIDE = 2;
const DIVIDE_REVERSED = 3;
const SQUARE_ROOT = 4;
const REMAINDER = 5;
const TO_INTEGER = 6;
const TO_BINARY32 = 7;
const TO_BINARY64 = 8;
const SCALE = 9;
const ANY = 10;
const BINARY32 = 11;
const BINARY64 = 12;
const INTEGER16 = 13;
const INTEGER32 = 14;
const BCD = 16;

const BIAS: i64 = 0x3fff;
const SPECIAL: i64 = 0x7fff;
const SIGN: u32 = 0x8000;
const QUIET: u64 = 1 << 62;
/** Bytes of a case: FRSTOR's image, the memory operand at MEMORY. */
const CASE = 128;
const MEMORY = 112;

let am: u64 = 0;
let bm: u64 = 0;
let operand: u64 = 0;
let operandTop: u64 = 0;
let ae: u32 = 0;
let be: u32 = 0;
let cw: u32 = 0;
let sw: u32 = 0;

function exponent(e: u32, v: i64): u32 {
  return (e & SIGN) | <u32>(v < 0 ? 0 : v > SPECIAL ? SPECIAL : v);
}

/** Any number at all, as ST(0). */
function drawNumber(): void {
  const r = next();
  const pick = (r >> 32) & 7;
  const low = <i64>((r >> 8) & 0x7fff);
  am = drawSignificand();
  let e: i64 = BIAS - 8 + (low & 15);
  switch (<u32>r & 15) {
    case 0:
      e = 0;
      break;
    case 1:
      e = SPECIAL;
      break;
    case 2:
      e = 1 + (low & 63);
      break;
    case 3:
      e = SPECIAL - 1 - (low & 1);
      break;
    case 4:
    case 5:
      e = low;
      break;
  }
  if (e == 0 && pick < 2) am = 0;
  else if (e == 0 && pick > 2) am >>= 1 + (((r >> 40) & 63) % 63);
  if (e == SPECIAL && pick < 4) am = TOP;
  else if (e == SPECIAL && pick < 6) am |= QUIET;
  else if (e == SPECIAL) am &= ~QUIET;
  if (((r >> 48) & 63) == 0) am &= ~TOP;
  ae = exponent((<u32>((r >> 56) & 1)) << 15, e);
}

function exchange(): void {
  const m = am;
  const e = ae;
  am = bm;
  ae = be;
  bm = m;
  be = e;
}

function precision(): u64 {
  return (cw & 0x300) == 0 ? 24 : (cw & 0x300) == 0x200 ? 53 : 64;
}

function exponentOf(e: u32): i64 {
  return <i64>e & SPECIAL;
}

function aimAdd(): void {
  const r = next();
  const n = r >> 8;
  const random = next();
  const e = exponentOf(ae);
  const bits = precision();
  const sign = (<u32>((r >> 4) & 1)) << 15;
  switch (<u32>r & 15) {
    case 0:
    case 1:
    case 2:
    case 3:
    case 4:
      be = exponent(be, e - 67 + <i64>(n % 135));
      break;
    case 5:
    case 6:
      be = exponent(be, e - 1 + <i64>(n % 3));
      break;
    case 7:
      be = ae ^ ((<u32>(n & 1)) << 15);
      bm = am ^ ((n >> 1) & 3);
      break;
    case 8: // half a unit of the precision
      am &= ALL << (64 - bits);
      be = exponent(be, e - <i64>bits - <i64>(n & 1));
      bm = TOP | u64(((n >> 1) & 3) == 0);
      break;
    case 9: // cancels to something tiny
      ae = exponent(ae, 1 + <i64>(n % 66));
      be = exponent(ae ^ sign, exponentOf(ae) - 1 + <i64>((n >> 8) % 3));
      bm = am ^ ((n >> 16) % 0x100);
      break;
    case 10:
      ae = exponent(ae, SPECIAL - 1 - <i64>(n & 1));
      be = exponent(ae ^ sign, SPECIAL - 1 - (<i64>(n >> 1) % 70));
      if ((n >> 8) & 1) am = ALL << (64 - bits);
      break;
    case 11: // rounds up to the smallest normal number
      ae = exponent(ae, 1);
      be = exponent(ae ^ sign, 0);
      am = TOP;
      bm = (random >> 1) >> (n & 63);
      break;
  }
}

function aimMultiply(): void {
  const r = next();
  const n = r >> 8;
  const random = next();
  const total = precision() + 1;
  const width = 1 + (n % (total - 1));
  switch (<u32>r & 15) {
    case 0:
    case 1:
    case 2:
    case 3: // about the smallest number
      ae = exponent(ae, <i64>(n >> 16) % BIAS);
      be = exponent(be, BIAS - exponentOf(ae) - 66 + <i64>(n % 70));
      break;
    case 4:
    case 5: // about the largest
      ae = exponent(ae, 0x4000 + (<i64>(n >> 16) % BIAS));
      be = exponent(be, SPECIAL + BIAS - exponentOf(ae) - 3 + <i64>(n % 5));
      break;
    case 6:
    case 7: // odd numbers of as many bits together as the precision has, and one
      am = ((random >> (64 - width)) | 1 | ((<u64>1) << (width - 1))) << (64 - width);
      bm = ((next() >> (64 - (total - width))) | 1 | ((<u64>1) << (total - width - 1))) << (64 - (total - width));
      break;
    case 8:
      ae = exponent(ae, <i64>(n % 0x2000));
      be = exponent(be, <i64>((n >> 16) % 0x2000));
      break;
    case 9:
      ae = exponent(ae, SPECIAL - <i64>(n % 0x2000));
      be = exponent(be, SPECIAL - <i64>((n >> 16) % 0x2000));
      break;
    case 10:
    case 11: // rounds up to the smallest normal number, or to infinity
      bm = TOP | (random & 1023);
      am = 0 - 2 * (random & 1023) - 1 + ((random >> 10) & 1);
      ae = exponent(ae, 0x2000 + <i64>((n >> 16) % 0x3000));
      be = exponent(be, (r & 1 ? SPECIAL - 1 : 0) + BIAS - exponentOf(ae));
      break;
  }
}

function aimDivide(): void {
  const r = next();
  const n = r >> 8;
  const random = next();
  const bits = precision();
  const quotient: u64 = bits == 64 ? 60 : bits + 1;
  const width = 1 + (n % (64 - quotient));
  switch (<u32>r & 15) {
    case 0:
    case 1:
    case 2:
    case 3:
      be = exponent(be, 0x4000 + (<i64>(n >> 16) % BIAS));
      ae = exponent(ae, exponentOf(be) - BIAS - 66 + <i64>(n % 70));
      break;
    case 4:
    case 5:
      ae = exponent(ae, 0x4000 + (<i64>(n >> 16) % BIAS));
      be = exponent(be, exponentOf(ae) - BIAS - 2 + <i64>(n % 5));
      break;
    case 6:
    case 7:
    case 8: // a quotient half a unit beyond the precision, or next to it
      bm = (random >> (64 - width)) | 1 | ((<u64>1) << (width - 1));
      am = normalised(bm * ((next() >> (64 - quotient)) | 1)) + u64(((n >> 16) & 7) == 0) - u64(((n >> 16) & 7) == 1);
      am |= TOP;
      bm <<= 64 - width;
      break;
    case 9:
      bm = am ^ (n & 3);
      break;
    case 10:
      ae = exponent(ae, <i64>(n % 0x2000));
      be = exponent(be, SPECIAL - <i64>((n >> 16) % 0x2000));
      break;
    case 11:
      be = exponent(be, <i64>(n % 0x2000));
      ae = exponent(ae, SPECIAL - <i64>((n >> 16) % 0x2000));
      break;
    case 12:
    case 13: // rounds up to the smallest normal number, or to infinity
      bm = TOP | random;
      am = bm - 1 - (random >> 63);
      be = exponent(be, 0x2000 + <i64>((n >> 16) % 0x3000));
      ae = exponent(ae, (r & 1 ? SPECIAL - 1 : 0) + exponentOf(be) - BIAS + 1);
      break;
  }
}

function aimSquareRoot(): void {
  const r = next();
  const n = r >> 8;
  const root = (((next() >> 32) | 0x80000001) >> (n % 32)) | 1;
  const square = root * root;
  if (r & 15) ae &= <u32>SPECIAL;
  if (((r >> 4) & 15) > 6) return;
  const shift = clz(square);
  am = square << shift;
  ae = exponent(ae, BIAS + 63 - <i64>shift - 64 + 2 * <i64>((n >> 8) & 63));
  if (((r >> 4) & 15) > 4) am = (am + ((n >> 16) & 1) * 2 - 1) | TOP;
}

function aimRemainder(): void {
  const r = next();
  const n = r >> 8;
  const random = next();
  const e = exponentOf(ae);
  const f = <i64>(n % 64);
  switch (<u32>r & 15) {
    case 0:
    case 1:
    case 2:
    case 3:
      be = exponent(be, e - f);
      break;
    case 4:
      be = exponent(be, e - 64 - <i64>(n % 140));
      break;
    case 5:
      ae = exponent(ae, 0x4000 + (<i64>(n >> 16) % BIAS));
      be = exponent(be, <i64>(n % 0x4000));
      break;
    case 6:
      be = exponent(be, e - 3 + <i64>(n % 6));
      break;
    case 7:
    case 8: // small integers: nothing remains, or half of the divisor
      am = normalised(random >> (n & 63));
      bm = normalised(next() >> (48 + ((n >> 6) & 15)));
      ae = exponent(ae, BIAS + 63 - <i64>(n & 63));
      be = exponent(be, BIAS + 15 - <i64>((n >> 6) & 15) - <i64>((n >> 10) & 1));
      break;
    case 9:
      bm = am;
      be = exponent(be, e - <i64>(n % 70));
      break;
    case 10:
      be = exponent(be, f);
      ae = exponent(ae, f + (<i64>(n >> 6) % 70));
      break;
  }
}

/** Exponents about the limits of FIST, FBSTP and the significand. */
function limit(n: u64): i64 {
  return <i64>load<u8>(memory.data<u8>([14, 15, 30, 31, 59, 62, 63, 7]) + <usize>(n & 7));
}

function aimInteger(): void {
  const r = next();
  const n = r >> 8;
  const random = next();
  const k = n & 63;
  switch (<u32>r & 15) {
    case 0:
    case 1:
      break;
    case 2:
    case 3:
    case 4: // an integer and a half
      am = normalised(((random >> k) << 1) | 1);
      ae = exponent(ae, BIAS + 62 - (k == 0 ? 0 : <i64>k - 1));
      break;
    case 5:
    case 6:
    case 7: // about the largest integers
      ae = exponent(ae, BIAS + limit(n >> 6));
      am = (n >> 9) & 1 ? TOP | ((random >> 1) >> k) : ~((random >> 1) >> k);
      break;
    case 8: // about the largest 18 digits
      ae = exponent(ae, BIAS + 59);
      am = ((999999999999999998 + (n & 3)) << 4) | (random & 15);
      break;
    case 9:
    case 10:
    case 11:
      ae = exponent(ae, BIAS - 3 + <i64>(n % 20));
      break;
    default:
      ae = exponent(ae, BIAS - 3 + <i64>(n % 70));
  }
}

function aimNarrow(wide: bool): void {
  const r = next();
  const n = r >> 8;
  const random = next();
  const denormal = wide ? BIAS - 1079 + <i64>(n % 60) : BIAS - 153 + <i64>(n % 30);
  const k = (n >> 8) & 63;
  switch (<u32>r & 15) {
    case 0:
    case 1:
      return;
    case 2:
    case 3:
    case 4:
    case 5:
      ae = exponent(ae, denormal);
      return;
    case 6:
    case 7: // ties of denormals
      ae = exponent(ae, denormal);
      am = TOP | ((random >> k) << k);
      return;
    case 8:
      ae = exponent(ae, BIAS + <i64>(wide ? 1023 : 127) - <i64>(n & 1));
      am = ~((random >> 1) >> k);
      return;
    case 9: // about the smallest normal number
      ae = exponent(ae, BIAS - <i64>(wide ? 1023 : 127));
      am = ~((random >> 1) >> k);
      return;
    case 10:
      am = TOP | (halfway(random, wide ? 53 : 24) + ((n >> 8) & 3) - 1);
  }
  ae = exponent(ae, wide ? BIAS - 1023 + <i64>(n % 2048) : BIAS - 130 + <i64>(n % 262));
}

function target(n: u64): i64 {
  switch (<u32>n & 7) {
    case 1:
    case 7:
      return SPECIAL - 4;
    case 2:
      return -24576 - 4;
    case 3:
      return SPECIAL + 24576 - 4;
    case 6:
      return 0x4000;
    default:
      return -66;
  }
}

function aimScale(): void {
  const r = next();
  const n = r >> 8;
  const random = next();
  const power = target(n) + <i64>((n >> 3) % (n % 4 == 0 ? 70 : 8)) - exponentOf(ae);
  const magnitude: u64 = power < 0 ? 0 - <u64>power : <u64>power;
  if ((r & 15) < 3) return;
  if ((r & 15) < 8) {
    be = exponent(be, BIAS - 2 + <i64>(n % 18));
    return;
  }
  if (magnitude == 0) {
    be = 0;
    bm = 0;
    return;
  }
  const shift = clz(magnitude);
  bm = (magnitude << shift) | ((r & 15) < 11 ? (random >> 1) >> (63 - shift) : 0);
  be = exponent(power < 0 ? SIGN : 0, BIAS + 63 - <i64>shift);
}

function memoryInteger(kind: i32): i64 {
  if (kind == INTEGER16) return <i64>(<i16>operand);
  return kind == INTEGER32 ? <i64>(<i32>operand) : <i64>operand;
}

/** The memory operand's exponent in the 80-bit format, near enough. */
function memoryExponent(kind: i32): i64 {
  if (kind == BINARY32) return BIAS - 127 + <i64>((operand >> 23) & 0xff);
  if (kind == BINARY64) return BIAS - 1023 + <i64>((operand >> 52) & 0x7ff);
  const v = memoryInteger(kind);
  const magnitude: u64 = v < 0 ? 0 - <u64>v : <u64>v;
  return BIAS + (magnitude ? 63 - <i64>clz(magnitude) : 0);
}

/** The memory operand's significand in the 80-bit format, near enough. */
function memorySignificand(kind: i32): u64 {
  if (kind == BINARY32) return TOP | (operand << 40);
  if (kind == BINARY64) return TOP | (operand << 11);
  const v = memoryInteger(kind);
  return normalised(v < 0 ? 0 - <u64>v : <u64>v);
}

function aimMemory(kind: i32): void {
  operand = pattern();
  const e = memoryExponent(kind);
  const r = next();
  const n = r >> 8;
  switch (<u32>r & 15) {
    case 0:
    case 1:
    case 2:
    case 3:
    case 4:
      ae = exponent(ae, e - 66 + <i64>(n % 133));
      break;
    case 5:
    case 6:
      ae = exponent(ae, <i64>(n % 1100));
      break;
    case 7:
    case 8:
      ae = exponent(ae, SPECIAL - 1 - <i64>(n % 1100));
      break;
    case 9:
    case 10:
      ae = exponent((<u32>(n & 1)) << 15, e);
      am = memorySignificand(kind) ^ ((n >> 1) & 7 ? 0 : 1);
      break;
  }
}

function aimBcd(): void {
  const r = next();
  let random = next();
  operand = 0;
  for (let n = 0; n < 16; n++) {
    operand = (operand << 4) | (random % 10);
    random /= 10;
  }
  operandTop = ((r >> 8) % 10) | (((r >> 16) % 10) << 4) | (((r >> 24) & 1) << 15);
  if ((r & 7) < 3) {
    operand >>= 4 * ((r >> 32) & 15);
    operandTop &= SIGN;
  }
  if ((r & 7) == 3) {
    operand = 0x9999999999999999;
    operandTop = (operandTop | 0x99) & 0x8099;
  }
}

function aim(kind: i32): void {
  switch (kind) {
    case ADD:
      return aimAdd();
    case MULTIPLY:
      return aimMultiply();
    case DIVIDE:
      return aimDivide();
    case DIVIDE_REVERSED:
      aimDivide();
      return exchange();
    case SQUARE_ROOT:
      return aimSquareRoot();
    case REMAINDER:
      return aimRemainder();
    case TO_INTEGER:
      return aimInteger();
    case TO_BINARY32:
      return aimNarrow(false);
    case TO_BINARY64:
      return aimNarrow(true);
    case SCALE:
      return aimScale();
    case ANY:
      return;
    case BCD:
      return aimBcd();
    default:
      aimMemory(kind);
  }
}

/** Case number `index` of an operation with `variants` variants. */
function draw(kind: i32, index: u32, variants: u32): void {
  const r = next();
  const mode = (index / variants) % 12;
  const control: u32 = mode < 4 ? 0 : mode < 8 ? 0x200 : 0x300;
  cw = 0x40 | control | ((mode & 3) << 10) | (r & 3 ? 0x3f : <u32>(r >> 2) & 0x3f);
  sw = <u32>(r >> 8) & 0x4700;
  operand = 0xa5a5a5a5a5a5a5a5;
  operandTop = 0xa5a5;
  drawNumber();
  exchange();
  drawNumber();
  aim(kind);
}

/** `count` cases of an operation at `out`, CASE bytes each. */
export function fill(operation: u32, kind: i32, variants: u32, count: u32, out: usize): void {
  seed((<u64>operation + 1) * 0x1000003);
  memory.fill(out, 0, <usize>count * CASE);
  for (let n: u32 = 0; n < count; n++) {
    draw(kind, n, variants);
    store<u16>(out, <u16>cw);
    store<u16>(out, <u16>sw, 4);
    store<u16>(out, 0xfff0, 8);
    store<u64>(out, am, 28);
    store<u16>(out, <u16>ae, 36);
    store<u64>(out, bm, 38);
    store<u16>(out, <u16>be, 46);
    store<u64>(out, operand, MEMORY);
    store<u16>(out, <u16>operandTop, MEMORY + 8);
    out += CASE;
  }
}
