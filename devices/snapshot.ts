// Snapshots of devices: a state per device id, keyed and versioned. The CPU and RAM are saved by the machine beside this.
import { HostError, type Device, type DeviceState, type StateValue } from './device.ts';

/** What a chip's plain state object is made of, so that `{ version, ...fields }` is its whole DeviceState. */
export type FieldValue = number | boolean | Uint8Array | readonly number[];

/** No list in a chip is longer (queues of a few bytes): a damaged snapshot cannot make us hold more. */
const MAX_LIST = 4096;

export type DeviceStates = Readonly<Record<string, DeviceState>>;

export function saveDevices(devices: readonly Device[]): DeviceStates {
  return Object.fromEntries(devices.map((device) => [device.id, device.save()]));
}

/** All or nothing by name: a snapshot of a machine with other devices is refused before anything is changed. */
export function loadDevices(devices: readonly Device[], states: DeviceStates): void {
  const missing = devices.filter((device) => !(device.id in states)).map((device) => device.id);
  if (missing.length > 0)
    throw new HostError(
      `The snapshot has no state for ${missing.join(', ')}: start the machine with the devices it was taken with.`,
    );
  const known = new Set(devices.map((device) => device.id));
  const unknown = Object.keys(states).filter((id) => !known.has(id));
  if (unknown.length > 0)
    throw new HostError(
      `The snapshot holds ${unknown.join(', ')}, which this machine lacks: start it with the devices the snapshot was taken with.`,
    );
  for (const device of devices) {
    const state = states[device.id];
    if (state !== undefined) device.load(state);
  }
}

/** A copy of a chip's fields to put into its state: later changes of the chip must not reach a taken snapshot. */
export function copyFields(fields: { readonly [key: string]: FieldValue }): Record<string, FieldValue> {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [key, typeof value === 'object' ? value.slice() : value]),
  );
}

/** Typed reading of a saved state; what does not fit is a HostError that names the device and the key. */
export class StateReader {
  readonly #id: string;
  readonly #state: { readonly [key: string]: StateValue };

  constructor(id: string, version: number, state: DeviceState) {
    if (state.version !== version) {
      throw new HostError(
        `The snapshot of ${id} has version ${state.version}, this build reads version ${version}: take the snapshot again with this build.`,
      );
    }
    this.#id = id;
    this.#state = state;
  }

  number(key: string): number {
    const value = this.#state[key];
    if (typeof value !== 'number' || !Number.isFinite(value)) throw this.#wrong(key, 'a number');
    return value;
  }

  boolean(key: string): boolean {
    const value = this.#state[key];
    if (typeof value !== 'boolean') throw this.#wrong(key, 'true or false');
    return value;
  }

  /** An armed deadline or null. */
  deadline(key: string): number | null {
    return this.#state[key] === null ? null : this.number(key);
  }

  bytes(key: string, length: number): Uint8Array {
    const value = this.#state[key];
    if (!(value instanceof Uint8Array) || value.length !== length) throw this.#wrong(key, `${length} bytes`);
    return value.slice();
  }

  numbers(key: string, maxLength: number): number[] {
    const value = this.#state[key];
    if (!Array.isArray(value) || value.length > maxLength || !value.every((item) => typeof item === 'number')) {
      throw this.#wrong(key, `at most ${maxLength} numbers`);
    }
    return [...value] as number[];
  }

  /** Reads every key that `target` has, each as the type it has there: numbers, truth values, bytes and lists of numbers. */
  fill(target: { [key: string]: FieldValue }): void {
    for (const [key, old] of Object.entries(target)) {
      if (typeof old === 'number') target[key] = this.number(key);
      else if (typeof old === 'boolean') target[key] = this.boolean(key);
      else if (old instanceof Uint8Array) target[key] = this.bytes(key, old.length);
      else target[key] = this.numbers(key, MAX_LIST);
    }
  }

  /** States of equal parts: the counters of a PIT, the two PICs of a pair. */
  parts(key: string, count: number): readonly StateReader[] {
    const value = this.#state[key];
    if (!Array.isArray(value) || value.length !== count) throw this.#wrong(key, `${count} parts`);
    return value.map((part: StateValue, index) => {
      if (!isRecord(part)) throw this.#wrong(`${key}[${index}]`, 'an object');
      return new StateReader(`${this.#id}.${key}[${index}]`, 0, { ...part, version: 0 });
    });
  }

  #wrong(key: string, expected: string): HostError {
    return new HostError(`The snapshot of ${this.#id} is damaged: "${key}" should be ${expected}.`);
  }
}

function isRecord(value: StateValue): value is { readonly [key: string]: StateValue } {
  return value !== null && typeof value === 'object' && !Array.isArray(value) && !(value instanceof Uint8Array);
}
