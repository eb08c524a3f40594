/**
 * Local APIC, x2APIC mode: SDM vol. 3A 10.12. The registers are MSRs 800h to 83Fh, the page is not there, IDs have 32 bits, and
 * what xAPIC mode ignores is #GP(0) here: registers that do not exist, reserved bits, writes to read-only registers.
 */
import * as S from '../shared/state';
import { LAPIC_ICR_HIGH, LAPIC_ICR_LOW } from '../shared/lapic-state';
import { FEATURE_X2APIC, PHYSICAL_ADDRESS_BITS } from '../shared/features';
import { Eval } from '../machine/eval';
import { flushTlb } from '../mmu/tlb';
import {
  APIC_BASE_BSP,
  APIC_BASE_ENABLE,
  APIC_BASE_EXTD,
  ERROR_SEND_VECTOR,
  isX2apic,
  lapicAcceptVector,
  lapicBase,
  lapicError,
  lapicField,
  lapicInit,
  lapicReadRegister,
  lapicSetBase,
  lapicWriteRegister,
  lvtBits,
} from './lapic';
import { lapicSend } from './lapic-bus';
import { lapicAdvance } from './lapic-timer';
import { hasFeature } from './mode';

export const X2APIC_FIRST: u32 = 0x800;
export const X2APIC_LAST: u32 = 0x8ff;

const ID: u32 = 0x02;
const VERSION: u32 = 0x03;
const TPR: u32 = 0x08;
const PPR: u32 = 0x0a;
const EOI: u32 = 0x0b;
const LDR: u32 = 0x0d;
const SVR: u32 = 0x0f;
const ISR: u32 = 0x10;
const ESR: u32 = 0x28;
const ICR: u32 = 0x30;
const LVT: u32 = 0x32;
const LVT_END: u32 = 0x38;
const INITIAL_COUNT: u32 = 0x38;
const CURRENT_COUNT: u32 = 0x39;
const DIVIDE: u32 = 0x3e;
const SELF_IPI: u32 = 0x3f;

/** Vector, delivery and destination modes, level, trigger mode, shorthand; there is no delivery status. */
const ICR_BITS: u64 = 0xffffffff000ccfff;
/** Delivery status and remote IRR: software may write back what it read. */
const LVT_READ_ONLY: u32 = 0x5000;

/** WRMSR to IA32_APIC_BASE, with the changes of mode that figure 10-27 allows. The bootstrap flag is not software's to change. */
export function writeApicBase(m: Eval, v: u64): void {
  const modes = APIC_BASE_ENABLE | (hasFeature(m, FEATURE_X2APIC) ? APIC_BASE_EXTD : 0);
  const address: u64 = (((<u64>1) << PHYSICAL_ADDRESS_BITS) - 1) & ~(<u64>0xfff);
  if (v & ~(modes | address | APIC_BASE_BSP)) return m.gp();
  const old = lapicBase(m) & (APIC_BASE_ENABLE | APIC_BASE_EXTD);
  const next = v & (APIC_BASE_ENABLE | APIC_BASE_EXTD);
  if (next == APIC_BASE_EXTD) return m.gp();
  if (old == 0 && next & APIC_BASE_EXTD) return m.gp();
  if (old & APIC_BASE_EXTD && next == APIC_BASE_ENABLE) return m.gp();
  // Leaving x2APIC mode means starting anew.
  if (old & APIC_BASE_EXTD && !next) lapicInit(m);
  lapicSetBase(m, (v & (modes | address)) | (lapicBase(m) & APIC_BASE_BSP));
  flushTlb(m, false);
}

function isReadable(n: u32): bool {
  if (n >= ISR && n <= ESR) return true;
  if (n >= LVT && n < LVT_END) return true;
  return (
    n == ID ||
    n == VERSION ||
    n == TPR ||
    n == PPR ||
    n == LDR ||
    n == SVR ||
    n == INITIAL_COUNT ||
    n == CURRENT_COUNT ||
    n == DIVIDE
  );
}

export function readX2apic(m: Eval, index: u32): u64 {
  const n = index - X2APIC_FIRST;
  if (isX2apic(m)) {
    if (n == ICR) {
      const high = <u64>load<u32>(lapicField(m, LAPIC_ICR_HIGH));
      return (high << 32) | load<u32>(lapicField(m, LAPIC_ICR_LOW));
    }
    if (n == ID) return load<u32>(m.at, S.STATE_INDEX);
    if (isReadable(n)) {
      lapicAdvance(m);
      return lapicReadRegister(m, n);
    }
  }
  m.gp();
  return 0;
}

/** Bits that a register takes; none for those that cannot be written. */
function writableBits(m: Eval, n: u32): u64 {
  if (n >= LVT && n < LVT_END) return lvtBits(m, n - LVT) | LVT_READ_ONLY;
  switch (n) {
    case TPR:
    case SELF_IPI:
      return 0xff;
    case SVR:
      return 0x3ff;
    case INITIAL_COUNT:
      return 0xffffffff;
    case DIVIDE:
      return 0xb;
    case ICR:
      return ICR_BITS;
    default:
      return 0;
  }
}

export function writeX2apic(m: Eval, index: u32, v: u64): void {
  const n = index - X2APIC_FIRST;
  const bits = writableBits(m, n);
  // EOI and ESR take 0 alone.
  if (!isX2apic(m) || (!bits && n != EOI && n != ESR) || v & ~bits) return m.gp();
  if (n == ICR) return writeIcr(m, v);
  if (n == SELF_IPI) return sendSelf(m, <u32>v);
  lapicWriteRegister(m, n, <u32>v);
}

function writeIcr(m: Eval, v: u64): void {
  store<u32>(lapicField(m, LAPIC_ICR_LOW), <u32>v);
  store<u32>(lapicField(m, LAPIC_ICR_HIGH), <u32>(v >> 32));
  lapicSend(m, <u32>v, <u32>(v >> 32));
}

function sendSelf(m: Eval, vector: u32): void {
  if (vector < 16) return lapicError(m, ERROR_SEND_VECTOR);
  lapicAcceptVector(m, vector, false);
}
