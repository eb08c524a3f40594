/**
 * The monitored line of MONITOR and MWAIT: SDM vol. 2B, vol. 3A 8.10.4. An interrupt or a write of a device ends the wait. Writes of
 * other processors are not seen, so with more than one of them MWAIT ends at once, which it may do for any reason.
 */
import * as S from '../shared/state';
import { MEMORY_PHYSICAL_MAP, MEMORY_VCPU } from '../shared/memory-map';
import { Eval } from '../machine/eval';

const LINE: u64 = 64;

const ARMED: u32 = 1;
const WAITING: u32 = 2;

export function armMonitor(m: Eval, pa: u64): void {
  store<u64>(m.at, pa & ~(LINE - 1), S.STATE_MONITOR_ADDRESS);
  store<u32>(m.at, ARMED, S.STATE_MONITOR_ARMED);
}

/** Every event ends the monitoring. */
export function disarmMonitor(m: Eval): void {
  store<u32>(m.at, 0, S.STATE_MONITOR_ARMED);
}

export function isMonitorArmed(m: Eval): bool {
  return load<u32>(m.at, S.STATE_MONITOR_ARMED) == ARMED;
}

function isAlone(m: Eval): bool {
  for (let cpu: usize = MEMORY_VCPU; cpu < <usize>MEMORY_PHYSICAL_MAP; cpu += S.VCPU_SIZE) {
    if (cpu != m.at && load<u32>(cpu, S.STATE_PRESENT)) return false;
  }
  return true;
}

export function waitOnMonitor(m: Eval): void {
  if (!isAlone(m)) return;
  store<u32>(m.at, WAITING, S.STATE_MONITOR_ARMED);
  store<u32>(m.at, S.ACTIVITY_HLT, S.STATE_ACTIVITY);
  m.resync();
}

/** A device or the host wrote [pa, pa + size). */
export function monitorWritten(m: Eval, pa: u64, size: u32): void {
  const state = load<u32>(m.at, S.STATE_MONITOR_ARMED);
  if (!state) return;
  const line = load<u64>(m.at, S.STATE_MONITOR_ADDRESS);
  if (pa >= line + LINE || line >= pa + size) return;
  disarmMonitor(m);
  if (state == WAITING) store<u32>(m.at, S.ACTIVITY_ACTIVE, S.STATE_ACTIVITY);
}
