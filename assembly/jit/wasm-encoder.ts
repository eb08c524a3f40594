/**
 * Writes WebAssembly binary format (core specification 2.0, chapter 5) into linear memory: LEB128 numbers, instructions, and
 * a module of one function (param i32) (result i32) over an imported memory. Not implemented: more functions, tables.
 */

/** Encodings of the instructions that compiled code is made of (chapter 5.4). */
export const OP_IF: u32 = 0x04;
export const OP_ELSE: u32 = 0x05;
export const OP_END: u32 = 0x0b;
export const OP_RETURN: u32 = 0x0f;
export const LOCAL_GET: u32 = 0x20;
export const LOCAL_SET: u32 = 0x21;
export const LOCAL_TEE: u32 = 0x22;
export const I32_LOAD: u32 = 0x28;
export const I64_LOAD: u32 = 0x29;
export const I64_LOAD8_U: u32 = 0x31;
export const I64_LOAD16_U: u32 = 0x33;
export const I64_LOAD32_U: u32 = 0x35;
export const I32_STORE: u32 = 0x36;
export const I64_STORE: u32 = 0x37;
export const I64_STORE8: u32 = 0x3c;
export const I64_STORE16: u32 = 0x3d;
export const I64_STORE32: u32 = 0x3e;
export const I32_CONST: u32 = 0x41;
export const I64_CONST: u32 = 0x42;
export const I32_EQ: u32 = 0x46;
export const I32_GE_U: u32 = 0x4f;
export const I64_NE: u32 = 0x52;
export const I64_GT_S: u32 = 0x55;
export const I32_ADD: u32 = 0x6a;
export const I32_AND: u32 = 0x71;
export const I32_OR: u32 = 0x72;
export const I64_ADD: u32 = 0x7c;
export const I64_SUB: u32 = 0x7d;
export const I64_AND: u32 = 0x83;
export const I64_OR: u32 = 0x84;
export const I64_XOR: u32 = 0x85;
export const I64_SHL: u32 = 0x86;
export const I64_SHR_U: u32 = 0x88;
export const I32_WRAP_I64: u32 = 0xa7;
export const I64_EXTEND_I32_U: u32 = 0xad;
export const I64_EXTEND8_S: u32 = 0xc2;
export const I64_EXTEND16_S: u32 = 0xc3;
export const I64_EXTEND32_S: u32 = 0xc4;

export const TYPE_EMPTY: u32 = 0x40;
export const TYPE_I32: u32 = 0x7f;
export const TYPE_I64: u32 = 0x7e;

@unmanaged
@final
export class WasmEncoder {
  /** Where the next byte goes. */
  at: usize;

  byte(v: u32): void {
    store<u8>(this.at, <u8>v);
    this.at += 1;
  }
  unsigned(v: u32): void {
    while (v >= 0x80) {
      this.byte((v & 0x7f) | 0x80);
      v >>= 7;
    }
    this.byte(v);
  }
  signed(v: i64): void {
    while (v < -64 || v > 63) {
      this.byte((<u32>v & 0x7f) | 0x80);
      v >>= 7;
    }
    this.byte(<u32>v & 0x7f);
  }
  /** An instruction with one index: local.get 3. */
  indexed(op: u32, index: u32): void {
    this.byte(op);
    this.unsigned(index);
  }
  /** A load or store with its constant offset; alignment 1, which never traps and costs nothing. */
  access(op: u32, offset: u32): void {
    this.byte(op);
    this.byte(0);
    this.unsigned(offset);
  }
  i32(v: i32): void {
    this.byte(I32_CONST);
    this.signed(v);
  }
  i64(v: i64): void {
    this.byte(I64_CONST);
    this.signed(v);
  }
  private name(a: u32, b: u32, c: u32): void {
    this.byte(3);
    this.byte(a);
    this.byte(b);
    this.byte(c);
  }
  private section(id: u32, bytes: u32): void {
    this.byte(id);
    this.unsigned(bytes);
  }
  /**
   * The module whose function "run" has `i32s` and `i64s` locals beside its parameter and the instructions in
   * [code, code + bytes), without their last `end`. Its memory is the import "env" "mem".
   */
  module(code: usize, bytes: u32, i32s: u32, i64s: u32): void {
    store<u32>(this.at, 0x6d736100);
    store<u32>(this.at, 1, 4);
    this.at += 8;
    this.section(1, 6); // type 0: (i32) -> i32
    this.byte(1);
    this.byte(0x60);
    this.byte(1);
    this.byte(TYPE_I32);
    this.byte(1);
    this.byte(TYPE_I32);
    this.section(2, 12);
    this.byte(1);
    this.name(0x65, 0x6e, 0x76);
    this.name(0x6d, 0x65, 0x6d);
    this.byte(2);
    this.byte(0);
    this.byte(0);
    this.section(3, 2);
    this.byte(1);
    this.byte(0);
    this.section(7, 7);
    this.byte(1);
    this.name(0x72, 0x75, 0x6e);
    this.byte(0);
    this.byte(0);
    const body = 1 + lebSize(i32s) + 1 + lebSize(i64s) + 1 + bytes + 1;
    this.section(10, 1 + lebSize(body) + body);
    this.byte(1);
    this.unsigned(body);
    this.byte(2);
    this.unsigned(i32s);
    this.byte(TYPE_I32);
    this.unsigned(i64s);
    this.byte(TYPE_I64);
    memory.copy(this.at, code, bytes);
    this.at += bytes;
    this.byte(OP_END);
  }
}

function lebSize(v: u32): u32 {
  let size: u32 = 1;
  while (v >= 0x80) {
    v >>= 7;
    size++;
  }
  return size;
}
