/**
 * Messages between APICs: interprocessor interrupts (SDM vol. 3A 10.6) and those of the I/O APIC. All vCPUs lie at fixed
 * places, so a message finds its destinations by looking at each.
 */
import * as S from '../shared/state';
import { MEMORY_PHYSICAL_MAP, MEMORY_VCPU } from '../shared/memory-map';
import {
  LAPIC_DFR,
  LAPIC_EXTINT_PENDING,
  LAPIC_ID,
  LAPIC_INIT_PENDING,
  LAPIC_LDR,
  LAPIC_SIPI_PENDING,
} from '../shared/lapic-state';
import { Eval } from '../machine/eval';
import {
  ERROR_SEND_VECTOR,
  isX2apic,
  lapicAcceptVector,
  lapicEnabled,
  lapicError,
  lapicField,
  lapicPresent,
  logicalX2apicId,
  MODE_EXTINT,
  MODE_FIXED,
  MODE_NMI,
  processorPriority,
} from './lapic';

const MODE_LOWEST: u32 = 1;
const MODE_INIT: u32 = 5;
const MODE_SIPI: u32 = 6;

const SHORTHAND_SELF: u32 = 1;
const SHORTHAND_ALL: u32 = 2;

const BROADCAST: u32 = 0xff;
const BROADCAST_32: u32 = 0xffffffff;

/** The vCPU block at `cpu`, null if none was created there. */
function vcpuAt(cpu: usize): Eval | null {
  return load<u32>(cpu, S.STATE_PRESENT) ? changetype<Eval>(cpu) : null;
}

/** 10.6.2: physical IDs, or logical ones in the flat or the cluster model. */
function matches(m: Eval, destination: u32, logical: bool): bool {
  if (!lapicPresent(m)) return false;
  if (isX2apic(m)) return matchesX2apic(m, destination, logical);
  if (!logical)
    return (
      destination == BROADCAST || destination == BROADCAST_32 || destination == load<u32>(lapicField(m, LAPIC_ID)) >> 24
    );
  const ldr = load<u32>(lapicField(m, LAPIC_LDR)) >> 24;
  if (load<u32>(lapicField(m, LAPIC_DFR)) >> 28 == 0xf) return (ldr & destination) != 0;
  const cluster = destination >> 4;
  return (cluster == 0xf || cluster == ldr >> 4) && (ldr & destination & 0xf) != 0;
}

/** 10.12.9 and 10.12.10: IDs of 32 bits; logical ones are a cluster and a set of its members. */
function matchesX2apic(m: Eval, destination: u32, logical: bool): bool {
  if (destination == BROADCAST_32 || (destination == BROADCAST && !logical)) return true;
  if (!logical) return destination == load<u32>(m.at, S.STATE_INDEX);
  const ldr = logicalX2apicId(m);
  return destination >> 16 == ldr >> 16 && (destination & ldr & 0xffff) != 0;
}

/** One APIC takes a message; true if it did. */
function accept(m: Eval, vector: u32, mode: u32, level: bool): bool {
  if (mode == MODE_FIXED || mode == MODE_LOWEST) {
    if (!lapicEnabled(m)) return false;
    lapicAcceptVector(m, vector, level);
    return true;
  }
  if (mode == MODE_NMI) store<u32>(m.at, 1, S.STATE_NMI_PENDING);
  else if (mode == MODE_INIT) store<u32>(lapicField(m, LAPIC_INIT_PENDING), 1);
  else if (mode == MODE_SIPI) store<u32>(lapicField(m, LAPIC_SIPI_PENDING), vector + 1);
  else if (mode == MODE_EXTINT) store<u32>(lapicField(m, LAPIC_EXTINT_PENDING), 1);
  else return false;
  m.resync();
  return true;
}

/** A message on the bus. Returns true if an APIC took it. */
export function lapicReceive(
  destination: u32,
  destinationMode: u32,
  vector: u32,
  deliveryMode: u32,
  trigger: u32,
  level: u32,
): bool {
  // De-assertion of a level matters to nobody since the Pentium 4.
  if (trigger && !level) return false;
  let taken = false;
  let lowest: Eval | null = null;
  for (let cpu: usize = MEMORY_VCPU; cpu < <usize>MEMORY_PHYSICAL_MAP; cpu += S.VCPU_SIZE) {
    const m = vcpuAt(cpu);
    if (!m || !matches(m, destination, destinationMode != 0)) continue;
    if (deliveryMode != MODE_LOWEST) {
      if (accept(m, vector, deliveryMode, trigger != 0)) taken = true;
    } else if (lapicEnabled(m) && (!lowest || processorPriority(m) < processorPriority(lowest))) lowest = m;
  }
  return lowest ? accept(lowest, vector, deliveryMode, trigger != 0) : taken;
}

/** The interrupt command register was written: its low half, and the destination in 8 or 32 bits. */
export function lapicSend(m: Eval, low: u32, destination: u32): void {
  const vector = low & 0xff;
  const mode = (low >> 8) & 7;
  const shorthand = (low >> 18) & 3;
  const isLevel = (low >> 15) & 1;
  if ((mode == MODE_FIXED || mode == MODE_LOWEST) && vector < 16) return lapicError(m, ERROR_SEND_VECTOR);
  // INIT level de-assert only synchronised arbitration IDs on old buses.
  if (mode == MODE_INIT && isLevel && !((low >> 14) & 1)) return;
  if (!shorthand) {
    lapicReceive(destination, (low >> 11) & 1, vector, mode, 0, 1);
    return;
  }
  for (let cpu: usize = MEMORY_VCPU; cpu < <usize>MEMORY_PHYSICAL_MAP; cpu += S.VCPU_SIZE) {
    const other = vcpuAt(cpu);
    if (!other) continue;
    const isSelf = other == m;
    if (shorthand == SHORTHAND_SELF ? isSelf : shorthand == SHORTHAND_ALL || !isSelf)
      accept(other, vector, mode, false);
  }
}
