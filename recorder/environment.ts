/** Which segments a case runs in, and its general registers, flags and stack pointer. */
import { CS, ES, ESP, SS, DS, EBP, ESI, EDI, FS, pointer, segment, setRegister, type Draft } from './draft.ts';
import {
  DATA,
  LONG,
  NOT_CANONICAL,
  STACK,
  USER_CODE,
  USER_CODE_64,
  USER_DATA,
  codeBase,
  ldtSelector,
} from './layout.ts';
import { value32, value64 } from './values.ts';

const CODE16 = ['code16', 'code16', 'code16', 'code16-execute-only', 'code16-short'];
const CODE32 = ['code32', 'code32', 'code32', 'code32-execute-only', 'code32-short'];
const STACK16 = ['stack16', 'stack16', 'stack16', 'stack16-short', 'stack16-down'];
const STACK32 = ['stack32', 'stack32', 'stack32-short', 'stack32-down'];
const DATA16 = ['data16', 'data16', 'data16', 'data16-short', 'data16-read-only', 'data16-down', 'stack16'];
const DATA32 = ['data32-based', 'data32-based', 'data32-down', 'data32-pages', 'stack32'];

function randomData(d: Draft): number {
  return d.r.weighted<() => number>([
    [8, () => ldtSelector(d.r.pick(d.bits === 16 ? DATA16 : DATA32))],
    [2, () => ldtSelector(d.r.pick(d.bits === 16 ? DATA32 : DATA16))],
    [2, () => USER_DATA],
    [1, () => 0], // the null selector: #GP on use (1 to 3 would not survive the IRET that starts the case)
    [1, () => ldtSelector(d.r.pick(['code32', 'code16']))], // readable code: #GP on a write
  ])();
}

/** Any base that is canonical (WRFSBASE takes no other): data is near, below, or reached by wrapping around. */
function randomBase(d: Draft): bigint {
  const { r } = d;
  const base = r.weighted<() => number>([
    [4, () => 0],
    [6, () => LONG + DATA + r.below(0x800)],
    [3, () => LONG + DATA - r.u32()],
    [2, () => DATA + r.below(0x800)],
    [1, () => -r.u32()],
    [1, () => NOT_CANONICAL - 1 - r.below(0x2000)],
    [1, () => -NOT_CANONICAL + r.below(0x2000)],
  ])();
  return BigInt.asUintN(64, BigInt(base));
}

/** 64-bit code sees selectors only when it stores them; the null ones are what Linux starts with. */
function chooseLongSegments(d: Draft): void {
  const { r, state } = d;
  state.segments[CS] = USER_CODE_64;
  state.segments[SS] = USER_DATA;
  for (const n of [ES, DS, FS, FS + 1]) state.segments[n] = r.pick([0, 0, 0, USER_DATA, ldtSelector('data16')]);
  for (let n = 0; n < 2; n++) state.bases[n] = randomBase(d);
}

/** Half of the 32-bit cases run in Linux's flat segments; the others, and all 16-bit ones, in the LDT's. */
export function chooseSegments(d: Draft): void {
  const { r, state } = d;
  if (d.bits === 64) return chooseLongSegments(d);
  const s = state.segments;
  if (d.bits === 32 && r.chance(0.5)) {
    s[CS] = USER_CODE;
    s[SS] = s[DS] = s[ES] = USER_DATA;
    s[4] = r.chance(0.5) ? USER_DATA : randomData(d);
    s[5] = r.chance(0.5) ? USER_DATA : randomData(d);
    return;
  }
  s[CS] = ldtSelector(r.pick(d.bits === 16 ? CODE16 : CODE32));
  const native = r.chance(0.75);
  s[SS] = r.chance(0.1) ? USER_DATA : ldtSelector(r.pick((d.bits === 16) === native ? STACK16 : STACK32));
  for (const n of [ES, DS, 4, 5]) s[n] = randomData(d);
  if (r.chance(0.5)) s[DS] = ldtSelector(d.bits === 16 ? 'data16' : 'data32-based');
}

/** As below, for a stack without a limit. */
function chooseLongStackPointer(d: Draft): void {
  const { r } = d;
  const stack = LONG + STACK;
  const address = r.weighted<() => number>([
    [24, () => stack + 0x400 + 8 * r.below(0x80)],
    [3, () => stack + r.between(0x100, 0xf00)],
    [2, () => stack + r.below(0x44)],
    [2, () => stack + 0x1000 - r.below(0x44)],
    [1, () => NOT_CANONICAL - 0x1000 + r.between(-0x20, 0x20)],
    [1, () => NOT_CANONICAL + r.between(-0x20, 0x20)],
    [1, () => DATA + 8 * r.below(0x200)],
  ])();
  setRegister(d, ESP, address);
}

/** ESP within the stack's segment: mid-page, misaligned, at the page's ends, at the segment's ends. */
export function chooseStackPointer(d: Draft): void {
  if (d.bits === 64) return chooseLongStackPointer(d);
  const { r } = d;
  const s = segment(d, SS);
  if (!s) throw new Error('a case needs a stack segment');
  const linear = r.weighted<() => number>([
    [20, () => STACK + 0x400 + 4 * r.below(0x80)],
    [3, () => STACK + r.between(0x100, 0x7c0)],
    [2, () => STACK + r.between(0x700, 0x800)],
    [2, () => STACK + r.below(0x24)],
    [2, () => STACK + 0x1000 - r.below(0x24)],
    [1, () => s.base + s.last + 2 - r.below(8)],
    [1, () => s.base + r.below(8)],
    [1, () => s.base + s.first + r.below(8)],
  ])();
  const offset = (linear - s.base) >>> 0;
  setRegister(d, ESP, offset);
  // with a 16-bit stack the upper half of ESP must neither be used nor be changed
  if (!s.big) setRegister(d, ESP, (r.u32() & 0xffff0000) | (offset & 0xffff));
}

export function chooseRegisters(d: Draft): void {
  const { r, state } = d;
  for (let i = 0; i < (d.bits === 64 ? 16 : 8); i++)
    if (r.chance(0.3)) setRegister(d, i, pointer(d, DS, 4));
    else if (d.bits === 64) state.general[i] = value64(r);
    else setRegister(d, i, value32(r));
  setRegister(d, ESI, pointer(d, DS, 4));
  setRegister(d, EDI, pointer(d, ES, 4));
  if (r.chance(0.5)) setRegister(d, EBP, pointer(d, SS, 4));
  chooseStackPointer(d);
}

const STATUS = [0x001, 0x004, 0x010, 0x040, 0x080, 0x800];

/** IF is set in user mode. DF now and then, AC rarely (it is most cases' #AC), ID and NT to see them kept. */
export function chooseFlags(d: Draft): void {
  const { r } = d;
  let flags = 0x202;
  for (const bit of STATUS) if (r.chance(0.5)) flags |= bit;
  if (r.chance(0.25)) flags |= 0x400;
  if (r.chance(0.06)) flags |= 0x40000;
  if (r.chance(0.05)) flags |= 0x200000;
  if (r.chance(0.03)) flags |= 0x4000;
  d.state.flags = flags;
}

/** Where the instruction stands: in mid-page, or against the end of its page or of its segment. */
export function chooseInstructionPointer(d: Draft): void {
  const { r, state } = d;
  const s = segment(d, CS);
  if (!s) throw new Error('a case needs a code segment');
  const code = codeBase(d.bits);
  const end = s.last >= 0xffffffff ? code + 0x2000 : s.base + s.last + 1;
  const length = d.bytes.length;
  const linear = r.weighted<() => number>([
    [40, () => code + 0x200 + r.below(0x400)],
    [3, () => code + 0x1000 - r.below(length + 1)], // across two pages
    [1, () => code + 0x2000 - r.between(1, length + 1)], // into nothing: #PF on the fetch
    [2, () => end - r.between(1, length + 2)], // beyond the limit: #GP
  ])();
  // the first byte must be within the limit, or the IRET that starts the case would fault
  state.ip = BigInt((linear < end ? linear : code + 0x400) - s.base);
}
