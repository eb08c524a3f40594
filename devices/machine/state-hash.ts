// One number for a machine's whole state, to compare runs: CPU state, RAM and what every device saves.
import type { DeviceState, StateValue } from '../device.ts';
import type { DeviceStates } from '../snapshot.ts';

/** Two 32-bit multiplicative hashes with different constants over 32-bit words: 64 bits, good enough to tell runs apart. */
class Hasher {
  #a = 0x9e3779b9;
  #b = 0x85ebca6b;

  word(value: number): void {
    this.#a = Math.imul(this.#a ^ value, 0x01000193);
    this.#a ^= this.#a >>> 15;
    this.#b = Math.imul(this.#b + value, 0xcc9e2d51 | 0);
    this.#b = (this.#b << 13) | (this.#b >>> 19);
  }

  bytes(bytes: Uint8Array): void {
    this.word(bytes.length);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const whole = bytes.length & ~3;
    for (let at = 0; at < whole; at += 4) this.word(view.getInt32(at, true));
    for (let at = whole; at < bytes.length; at += 1) this.word(bytes[at] ?? 0);
  }

  text(text: string): void {
    this.bytes(new TextEncoder().encode(text));
  }

  get digest(): string {
    return [this.#a, this.#b].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('');
  }
}

export function hashState(cpu: Uint8Array, ram: Uint8Array, devices: DeviceStates): string {
  const hasher = new Hasher();
  hasher.bytes(cpu);
  hasher.bytes(ram);
  for (const id of Object.keys(devices).sort()) {
    hasher.text(id);
    hashValue(hasher, devices[id] as DeviceState);
  }
  return hasher.digest;
}

/** Keys in sorted order: how a device builds its state does not matter. */
function hashValue(hasher: Hasher, value: StateValue): void {
  if (value instanceof Uint8Array) hasher.bytes(value);
  else if (isList(value)) {
    hasher.word(value.length);
    for (const item of value) hashValue(hasher, item);
  } else if (value !== null && typeof value === 'object') {
    for (const [key, item] of Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) {
      hasher.text(key);
      hashValue(hasher, item);
    }
  } else hasher.text(JSON.stringify(value));
}

function isList(value: StateValue): value is readonly StateValue[] {
  return Array.isArray(value);
}
