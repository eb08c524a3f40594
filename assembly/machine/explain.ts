/**
 * Explain: the machine that says what an instruction asks for, as ASCII text: `x = EAX; y = [DS:EBX+0x8]; r = x + y; ...`.
 * A value is the number of a name, or a constant with bit 63 set. Not implemented: as in emit.ts.
 */
import * as S from '../shared/state';
import { Insn } from './insn';

const CONSTANT: u64 = 0x8000000000000000;
const NAMES = 'xyrstuvwabcdefghijklmnopqz';
const REGISTERS = 'AXCXDXBXSPBPSIDI';
const BYTE_REGISTERS = 'ACDB';
const SEGMENTS = 'ESCSSSDSFSGS';

@unmanaged
@final
export class Explain {
  at: usize;
  values: u32;
  /** Micro-op at hand: its memory operand is named by its registers. */
  i: Insn;

  begin(at: usize): void {
    this.at = at;
    this.values = 0;
  }
  private char(c: u32): void {
    store<u8>(this.at, <u8>c);
    this.at += 1;
  }
  private text(s: string): void {
    for (let n = 0; n < s.length; n++) this.char(s.charCodeAt(n));
  }
  private hex(v: u64): void {
    if (v < 10) {
      this.char(0x30 + <u32>v);
      return;
    }
    this.text('0x');
    let shift: u64 = (63 - clz<u64>(v)) & ~3;
    for (;;) {
      const digit = <u32>(v >> shift) & 15;
      this.char(digit < 10 ? 0x30 + digit : 0x57 + digit);
      if (!shift) return;
      shift -= 4;
    }
  }
  private use(v: u64): void {
    if (v & CONSTANT) this.hex(v & ~CONSTANT);
    else this.char(NAMES.charCodeAt(<i32>v));
  }
  /** Starts the sentence of a new value. */
  private name(): u64 {
    const v: u64 = this.values++;
    this.use(v);
    this.text(' = ');
    return v;
  }
  private end(): void {
    this.text('; ');
  }
  private register(r: u32, bytes: u32): void {
    if (bytes == 1) {
      this.char(BYTE_REGISTERS.charCodeAt(r >> 3));
      this.char(r & 1 ? 0x48 : 0x4c);
      return;
    }
    if (bytes == 4) this.char(0x45);
    if (bytes == 8) this.char(0x52);
    this.char(REGISTERS.charCodeAt((r >> 3) * 2));
    this.char(REGISTERS.charCodeAt((r >> 3) * 2 + 1));
  }
  private place(): void {
    const i = this.i;
    const bytes = 2 << i.addressSize;
    this.char(0x5b);
    this.char(SEGMENTS.charCodeAt(i.segment * 2));
    this.char(SEGMENTS.charCodeAt(i.segment * 2 + 1));
    this.char(0x3a);
    const base = i.rm != S.REG_ZERO;
    if (base) this.register(i.rm, bytes);
    const index = i.index != S.REG_ZERO;
    if (index) {
      if (base) this.char(0x2b);
      this.register(i.index, bytes);
      if (i.scale) {
        this.char(0x2a);
        this.hex((<u64>1) << i.scale);
      }
    }
    if (base || index) {
      if (i.disp) this.char(i.disp < 0 ? 0x2d : 0x2b);
      if (i.disp) this.hex(<u64>abs<i64>(i.disp));
    } else this.hex(i.disp32);
    this.char(0x5d);
  }
  private operate(x: u64, op: u32, y: u64): u64 {
    const v = this.name();
    this.use(x);
    this.char(0x20);
    this.char(op);
    this.char(0x20);
    this.use(y);
    this.end();
    return v;
  }
  private flagsBy(flags: string, r: u64): void {
    this.text(flags);
    this.text(' by ');
    this.use(r);
    this.end();
  }

  const(v: u64): u64 {
    return v | CONSTANT;
  }
  get<T>(r: u32): u64 {
    const v = this.name();
    this.register(r, sizeof<T>());
    this.end();
    return v;
  }
  set<T>(r: u32, v: u64): void {
    this.register(r, sizeof<T>());
    this.text(' = ');
    this.use(v);
    this.end();
  }
  add<T>(x: u64, y: u64): u64 {
    return this.operate(x, 0x2b, y);
  }
  sub<T>(x: u64, y: u64): u64 {
    return this.operate(x, 0x2d, y);
  }
  carryValue(): u64 {
    const v = this.name();
    this.text('CF');
    this.end();
    return v;
  }
  flagsAdd<T>(x: u64, y: u64, r: u64): void {
    this.flagsBy('OF SF ZF AF CF PF', r);
  }
  flagsSub<T>(x: u64, y: u64, r: u64): void {
    this.flagsBy('OF SF ZF AF CF PF', r);
  }
  flagsInc<T>(x: u64, r: u64): void {
    this.flagsBy('OF SF ZF AF PF', r);
  }
  flagsDec<T>(x: u64, r: u64): void {
    this.flagsBy('OF SF ZF AF PF', r);
  }
  /** The address is part of the access's text. */
  ea(i: Insn): u64 {
    this.i = i;
    return 0;
  }
  load<T>(segment: u32, ea: u64): u64 {
    const v = this.name();
    this.place();
    this.end();
    return v;
  }
  loadFlat<T>(segment: u32, ea: u64): u64 {
    return this.load<T>(segment, ea);
  }
  loadRmw<T>(segment: u32, ea: u64): u64 {
    return this.load<T>(segment, ea);
  }
  loadRmwFlat<T>(segment: u32, ea: u64): u64 {
    return this.load<T>(segment, ea);
  }
  storeRmw<T>(v: u64): void {
    this.place();
    this.text(' = ');
    this.use(v);
    this.end();
  }
}
