/**
 * What was delivered last: a ring of exceptions that outlives a shutdown, and a report of every event for `-d int`. Deliveries
 * are rare enough that the ring is always on.
 */
import * as S from '../shared/state';
import { systemEvent } from '../cpu/host';
import { Eval } from '../machine/eval';

/** An event is about to be delivered; m.rip is what its handler will see. */
export function noteDelivery(m: Eval, vector: u32, error: u32, kind: u32): void {
  if (kind == S.KIND_FAULT || kind == S.KIND_TRAP) record(m, vector, error);
  if (load<u32>(m.at, S.STATE_DELIVERY_TRACE)) systemEvent(S.SYSTEM_EVENT_DELIVERY, vector | (kind << 8));
}

function record(m: Eval, vector: u32, error: u32): void {
  const count = load<u32>(m.at, S.STATE_DELIVERY_COUNT);
  store<u32>(m.at, count + 1, S.STATE_DELIVERY_COUNT);
  const at = m.at + S.STATE_DELIVERIES + <usize>((count % S.DELIVERIES) * S.DELIVERY_SIZE);
  store<u32>(at, vector, S.DELIVERY_VECTOR);
  store<u32>(at, error, S.DELIVERY_ERROR);
  store<u32>(at, load<u32>(m.segmentAt(S.CS), S.STATE_SEGMENTS + S.SEGMENT_SELECTOR), S.DELIVERY_CS);
  store<u64>(at, m.rip, S.DELIVERY_RIP);
  store<u64>(at, load<u64>(m.at, S.STATE_CR2), S.DELIVERY_CR2);
}
