/**
 * What can come between two instructions from outside: INIT, SIPI, NMI and interrupts of the local APIC and the PIC, in the
 * order of SDM vol. 3A table 6-2 and 6.9. The run loop asks while no interrupt shadow is in force.
 */
import * as S from '../shared/state';
import { EXCEPTION_NMI } from '../shared/exception';
import { FLAG_IF } from '../shared/register-bits';
import { LAPIC_EXTINT_PENDING, LAPIC_INIT_PENDING, LAPIC_SIPI_PENDING } from '../shared/lapic-state';
import { Eval } from '../machine/eval';
import { deliverExternal } from './exceptions';
import { acknowledgeInterrupt } from './host';
import { lapicAccept, lapicField, lapicPassesIntr, lapicPending } from './lapic';
import { initVcpu, startVcpu } from './reset';

/** True if something was taken: m.rip is the handler's. Wakes the processor from HLT. */
export function pollInterrupts(m: Eval): bool {
  if (load<u32>(lapicField(m, LAPIC_INIT_PENDING))) {
    store<u32>(lapicField(m, LAPIC_INIT_PENDING), 0);
    initVcpu(m);
    return true;
  }
  const activity = load<u32>(m.at, S.STATE_ACTIVITY);
  if (activity == S.ACTIVITY_WAIT_FOR_SIPI) return startUp(m);
  if (load<u32>(m.at, S.STATE_NMI_PENDING) && !load<u32>(m.at, S.STATE_NMI_BLOCKED)) {
    store<u32>(m.at, 0, S.STATE_NMI_PENDING);
    store<u32>(m.at, 1, S.STATE_NMI_BLOCKED);
    deliverExternal(m, EXCEPTION_NMI);
    return true;
  }
  if (!(m.flagsWord & FLAG_IF) || activity == S.ACTIVITY_SHUTDOWN) return false;
  const vector = nextVector(m);
  if (vector < 0) return false;
  deliverExternal(m, vector);
  return true;
}

/** Takes the interrupt of highest priority off its controller; -1 if there is none. */
function nextVector(m: Eval): i32 {
  const vector = lapicPending(m);
  if (vector >= 0) {
    lapicAccept(m, vector);
    return vector;
  }
  if (load<u32>(m.at, S.STATE_INTR) && lapicPassesIntr(m)) return acknowledgeInterrupt() & 0xff;
  if (!load<u32>(lapicField(m, LAPIC_EXTINT_PENDING))) return -1;
  // ExtINT from an I/O APIC: the vector comes from the PIC as well.
  store<u32>(lapicField(m, LAPIC_EXTINT_PENDING), 0);
  return acknowledgeInterrupt() & 0xff;
}

/** A processor that waits for SIPI hears nothing else but INIT. */
function startUp(m: Eval): bool {
  const message = load<u32>(lapicField(m, LAPIC_SIPI_PENDING));
  if (!message) return false;
  store<u32>(lapicField(m, LAPIC_SIPI_PENDING), 0);
  startVcpu(m, message - 1);
  return true;
}
