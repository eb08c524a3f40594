/** In the index of a Jcc that was not taken, at least once, while it was interpreted. */
export const FELL_THROUGH: u8 = 1;

/**
 * A predecoded instruction (micro-op), 16 bytes, as decode/decoder.ts lays it down and every reading of the instruction
 * set takes it. Registers are byte offsets into the state block, so that AH is just RAX + 1.
 */
@unmanaged
@final
export class Insn {
  /** Case of the interpreter's switch: row x operand size x register-or-memory form. */
  op: u16;
  /** Register of ModR/M.reg or of the opcode's low three bits; number of a segment, control, debug register there. */
  reg: u8;
  /** Register form: register of ModR/M.rm. Memory form: base register (REG_ZERO if none). */
  rm: u8;
  /** Memory form: index register (REG_ZERO if none). */
  index: u8;
  /** Bits 0-2 segment, 3-4 scale, 5-6 address size (0: 16, 1: 32, 2: 64 bits), 7: REP/REPE (with REPNE in the row). */
  form: u8;
  /** Bits 0-11: offset of the next instruction in its page, minus 1. Bits 12-15: length of the instruction. */
  place: u16;
  /** Immediate or branch displacement, sign-extended; low half of a 64-bit immediate, upper half of a 64-bit offset. */
  imm: i32;
  /** Memory form: displacement; upper half of a 64-bit immediate. Far pointer: selector. Direct branch: micro-op of the target once known. */
  disp: i32;

  @inline get segment(): u32 {
    return <u32>this.form & 7;
  }
  @inline get scale(): u64 {
    return <u64>((this.form >> 3) & 3);
  }
  /** 0: 16, 1: 32, 2: 64 bits. */
  @inline get addressSize(): u32 {
    return (<u32>this.form >> 5) & 3;
  }
  /** Register that VEX.vvvv names, times 16: offset of a vector register, twice that of a general one. */
  @inline get vvvv(): u32 {
    return (<u32>this.imm >> 8) & 0xf0;
  }
  /** Immediate byte of a vector instruction. */
  @inline get imm8(): u32 {
    return <u32>this.imm & 0xff;
  }
  /** Zero-extended by a load of their own: asc may turn the conversion of an i32 field through u32 into a sign extension. */
  @inline get imm32(): u64 {
    return <u64>load<u32>(changetype<usize>(this), offsetof<Insn>('imm'));
  }
  @inline get disp32(): u64 {
    return <u64>load<u32>(changetype<usize>(this), offsetof<Insn>('disp'));
  }
  /** Immediate of 64 bits (MOV r64,imm64). */
  @inline get imm64(): u64 {
    return load<u64>(changetype<usize>(this), offsetof<Insn>('imm'));
  }
  @inline get length(): u32 {
    return <u32>this.place >> 12;
  }
  /** Offset of the next instruction from STATE_RIP_BASE, 1 to 4096. */
  @inline get next(): u32 {
    return (<u32>this.place & 0xfff) + 1;
  }
}
