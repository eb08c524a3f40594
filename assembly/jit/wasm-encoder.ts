/** Writes WebAssembly binary format (core specification 2.0, chapter 5) into linear memory: LEB128 numbers and instructions. */
import { I32_CONST, I64_CONST } from './opcodes';

@unmanaged
export class WasmEncoder {
  /** Where the next byte goes. */
  at: usize;

  @inline byte(v: u32): void {
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
  leb(v: i64): void {
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
    this.leb(v);
  }
  i64(v: i64): void {
    this.byte(I64_CONST);
    this.leb(v);
  }
  /** A number in five bytes whatever it is, so that it can be written before it is known: patch() fills it in. */
  room(): usize {
    const at = this.at;
    this.at += 5;
    return at;
  }
  patch(at: usize, v: u32): void {
    for (let n: u32 = 0; n < 5; n++) {
      store<u8>(at + n, <u8>((v & 0x7f) | (n < 4 ? 0x80 : 0)));
      v >>= 7;
    }
  }
}
