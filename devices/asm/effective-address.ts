// ModR/M, SIB and displacement of a memory operand (SDM vol. 2, tables 2-1, 2-2 and 2-3).
import type { Value } from './expression.ts';
import { SyntaxMistake } from './lexer.ts';
import { findRegister } from './registers.ts';

export type AddressSize = 16 | 32 | 64;

export interface AddressForm {
  /** mod and rm of the ModR/M byte, with a zero in the reg field. */
  readonly modrm: number;
  /** SIB and displacement bytes. */
  readonly tail: readonly number[];
  /** REX.X and REX.B. */
  readonly rex?: number;
}

/** base and index register numbers and the scale's exponent, for 32- and 64-bit addressing. */
interface Parts {
  readonly base?: number;
  readonly index?: number;
  readonly scale: number;
}

/** rm of the 16-bit register pairs: the names sorted and joined. */
const PAIRS = new Map([
  ['bx+si', 0],
  ['bx+di', 1],
  ['bp+si', 2],
  ['bp+di', 3],
  ['si', 4],
  ['di', 5],
  ['bp', 6],
  ['bx', 7],
]);

const ESP = 4;
const EBP = 5;

/** The size that the registers imply, undefined if there are none. */
export function addressSizeOf(value: Value): AddressSize | undefined {
  const classes = new Set([...(value.terms?.keys() ?? [])].map((name) => findRegister(name)?.class));
  if (classes.size === 0) return undefined;
  if (classes.size === 1 && classes.has('r16')) return 16;
  if (classes.size === 1 && classes.has('r32')) return 32;
  if (classes.size === 1 && classes.has('r64')) return 64;
  throw new SyntaxMistake('the registers cannot form an address');
}

/** Every encoding of the address, shortest first. In 64-bit code an address without registers takes a SIB byte. */
export function addressForms(value: Value, size: AddressSize, bits: 16 | 32 | 64): AddressForm[] {
  const constant = BigInt.asIntN(size, value.constant);
  if (size === 64 && constant !== BigInt.asIntN(32, constant)) throw new SyntaxMistake('the displacement does not fit');
  const displacement = Number(constant);
  const limit = 1n << BigInt(size);
  if (value.constant >= limit || value.constant < -(limit / 2n))
    throw new SyntaxMistake('the displacement does not fit');
  return size === 16 ? forms16(value, displacement) : forms32(value, displacement, bits === 64);
}

function forms16(value: Value, displacement: number): AddressForm[] {
  const terms = [...(value.terms ?? [])];
  if (terms.length === 0) return [{ modrm: 6, tail: little(displacement, 2) }];
  const name = terms
    .map(([register]) => register)
    .sort()
    .join('+');
  const rm = PAIRS.get(name);
  if (rm === undefined || terms.some(([, coefficient]) => coefficient !== 1n)) {
    throw new SyntaxMistake(`[${name}] is not a 16-bit address`);
  }
  return withDisplacement(rm, [], displacement, rm === 6, 2);
}

function forms32(value: Value, displacement: number, is64: boolean): AddressForm[] {
  const parts = partsOf(value);
  const { scale } = parts;
  const rex = ((parts.index ?? 0) & 8 ? 2 : 0) | ((parts.base ?? 0) & 8 ? 1 : 0);
  const base = parts.base === undefined ? undefined : parts.base & 7;
  const index = parts.index === undefined ? undefined : parts.index & 7;
  if (base === undefined && index === undefined && !is64) return [{ modrm: EBP, tail: little(displacement, 4) }];
  if (base === undefined) {
    // Without a base, mod 0 and base 5 mean a 32-bit displacement.
    return [{ modrm: ESP, tail: [(scale << 6) | ((index ?? ESP) << 3) | EBP, ...little(displacement, 4)], rex }];
  }
  // rm 4 announces a SIB byte, so ESP as a base needs one; index 4 means none.
  const isSib = index !== undefined || base === ESP;
  const sib = isSib ? [(scale << 6) | ((index ?? ESP) << 3) | base] : [];
  const forms = withDisplacement(isSib ? ESP : base, sib, displacement, base === EBP, 4);
  return forms.map((form) => ({ ...form, rex }));
}

/** mod 0 with EBP or BP as the base means a displacement alone, so these always carry one. */
function withDisplacement(
  rm: number,
  sib: number[],
  displacement: number,
  needsOne: boolean,
  full: 2 | 4,
): AddressForm[] {
  const forms: AddressForm[] = [];
  if (displacement === 0 && !needsOne) forms.push({ modrm: rm, tail: sib });
  if (displacement >= -128 && displacement <= 127)
    forms.push({ modrm: 0x40 | rm, tail: [...sib, displacement & 0xff] });
  forms.push({ modrm: 0x80 | rm, tail: [...sib, ...little(displacement, full)] });
  return forms;
}

function partsOf(value: Value): Parts {
  let base: number | undefined;
  let index: number | undefined;
  let scale = 0;
  for (const [name, coefficient] of value.terms ?? []) {
    const register = findRegister(name)?.number ?? 0;
    if (coefficient === 1n && base === undefined) {
      base = register;
      continue;
    }
    // A second register without a factor, or the one with a factor, is the index.
    if (index !== undefined) throw new SyntaxMistake('too many registers in the address');
    index = register;
    // [eax*3] is [eax+eax*2], and so for 5 and 9; [eax*2] alone is shorter as [eax+eax].
    const isAlone = value.terms?.size === 1;
    const splits = isAlone && [2n, 3n, 5n, 9n].includes(coefficient) && register !== ESP;
    if (splits) base = register;
    scale = [1n, 2n, 4n, 8n].indexOf(splits ? coefficient - 1n : coefficient);
    if (scale < 0) throw new SyntaxMistake(`a register cannot be multiplied by ${coefficient}`);
  }
  // ESP cannot be an index, but changes places with an unscaled base.
  if (index === ESP && scale === 0 && base !== undefined) [base, index] = [index, base];
  if (index === ESP) throw new SyntaxMistake('ESP cannot be an index');
  return { ...(base === undefined ? {} : { base }), ...(index === undefined ? {} : { index }), scale };
}

export function little(value: number | bigint, bytes: number): number[] {
  let rest = BigInt.asUintN(bytes * 8, BigInt(value));
  return Array.from({ length: bytes }, () => {
    const byte = Number(rest & 0xffn);
    rest >>= 8n;
    return byte;
  });
}
