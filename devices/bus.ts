// The two address spaces of the machine: 64 K ports and memory-mapped registers. Dispatches to regions, splits what is
// wider or less aligned than a region decodes, and counts by address what nobody claims. Nothing thrown leaves it.
import { allOnes, HostError, type Region, type Space, type Width } from './device.ts';
import type { Log } from './log.ts';
import { UnclaimedCounts, type UnclaimedAccess } from './unclaimed.ts';

/** A handler threw: a mistake of ours. The machine stops with a dump; a read answers all ones. */
export type BugHandler = (error: unknown, region: Region) => void;

const PORTS = 0x10000;

export class Bus {
  readonly #log: Log;
  readonly #onBug: BugHandler;
  readonly #regions: Record<Space, Region[]> = { pio: [], mmio: [] };
  /** For every port the slot of its region; slot 0 is nobody's. */
  readonly #portSlots = new Uint16Array(PORTS);
  readonly #slots: (Region | undefined)[] = [undefined];
  readonly #dwordPorts = new Map<number, Region | undefined>();
  readonly #unclaimed: UnclaimedCounts;
  #lastMmio: Region | undefined;

  constructor(log: Log, onBug: BugHandler) {
    this.#log = log;
    this.#onBug = onBug;
    this.#unclaimed = new UnclaimedCounts(log);
  }

  add(region: Region): void {
    this.#checkPlace(region);
    this.#regions[region.space].push(region);
    this.#regions[region.space].sort((a, b) => a.base - b.base);
    if (region.space === 'pio') this.#mapPorts(region, true);
  }

  remove(region: Region): void {
    const list = this.#regions[region.space];
    const index = list.indexOf(region);
    if (index < 0) return;
    list.splice(index, 1);
    if (this.#lastMmio === region) this.#lastMmio = undefined;
    if (region.space === 'pio') this.#mapPorts(region, false);
  }

  /** All regions by rising address, for `info mtree`. */
  regions(space: Space): readonly Region[] {
    return this.#regions[space];
  }

  /** What the guest touched and nobody claims, most frequent first. */
  unimplemented(): readonly UnclaimedAccess[] {
    return this.#unclaimed.list();
  }

  read(space: Space, address: number, width: Width): number {
    const region = this.#find(space, address, width);
    if (region !== undefined && fits(region, address, width)) return this.#readRegion(region, address, width);
    if (!this.#isClaimed(space, address, width)) {
      this.#nobody('read', space, address, width, allOnes(width));
      return allOnes(width);
    }
    let value = 0;
    for (let at = 0; at < width;) {
      const piece = this.#piece(space, address + at, width - at);
      value += this.read(space, wrap(space, address + at), piece) * 2 ** (8 * at);
      at += piece;
    }
    return value;
  }

  write(space: Space, address: number, width: Width, value: number): void {
    const region = this.#find(space, address, width);
    if (region !== undefined && fits(region, address, width)) return this.#writeRegion(region, address, width, value);
    if (!this.#isClaimed(space, address, width))
      return this.#nobody('write', space, address, width, (value & allOnes(width)) >>> 0);
    for (let at = 0; at < width;) {
      const piece = this.#piece(space, address + at, width - at);
      this.write(space, wrap(space, address + at), piece, value >>> (8 * at));
      at += piece;
    }
  }

  #readRegion(region: Region, address: number, width: Width): number {
    let value = allOnes(width);
    try {
      value = (region.read(address - region.base, width) & value) >>> 0;
    } catch (error) {
      this.#onBug(error, region);
    }
    if (this.#log.enabled(itemOf(region.space))) this.#trace(region.space, 'read', address, width, value, region.name);
    return value;
  }

  #writeRegion(region: Region, address: number, width: Width, value: number): void {
    const masked = (value & allOnes(width)) >>> 0;
    if (this.#log.enabled(itemOf(region.space)))
      this.#trace(region.space, 'write', address, width, masked, region.name);
    try {
      region.write(address - region.base, width, masked);
    } catch (error) {
      this.#onBug(error, region);
    }
  }

  #nobody(direction: 'read' | 'write', space: Space, address: number, width: Width, value: number): void {
    this.#unclaimed.count(space, address, direction);
    if (this.#log.enabled(itemOf(space))) this.#trace(space, direction, address, width, value, 'nobody');
  }

  #trace(space: Space, direction: string, address: number, width: Width, value: number, who: string): void {
    this.#log.write(itemOf(space), `${direction}${width * 8} ${hex(address)} = ${hex(value)} (${who})`);
  }

  #find(space: Space, address: number, width: Width): Region | undefined {
    if (space === 'mmio') return this.#findMmio(address);
    if (width === 4) {
      const dword = this.#dwordPorts.get(address);
      if (dword !== undefined) return dword;
    }
    return this.#slots[this.#portSlots[address & (PORTS - 1)] ?? 0];
  }

  #findMmio(address: number): Region | undefined {
    const last = this.#lastMmio;
    if (last !== undefined && address >= last.base && address < last.base + last.size) return last;
    const list = this.#regions.mmio;
    let low = 0;
    let high = list.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const region = list[middle];
      if (region !== undefined && region.base + region.size <= address) low = middle + 1;
      else high = middle;
    }
    const found = list[low];
    if (found === undefined || found.base > address) return undefined;
    this.#lastMmio = found;
    return found;
  }

  #isClaimed(space: Space, address: number, width: Width): boolean {
    for (let at = 0; at < width; at += 1) {
      if (this.#find(space, wrap(space, address + at), 1) !== undefined) return true;
    }
    return false;
  }

  /** The widest aligned part of a split access that its region takes whole. */
  #piece(space: Space, address: number, left: number): Width {
    if (left < 2) return 1;
    const region = this.#find(space, wrap(space, address), 2);
    return region !== undefined && fits(region, wrap(space, address), 2) ? 2 : 1;
  }

  #checkPlace(region: Region): void {
    const end = region.base + region.size;
    const name = `Device region ${region.name} (${region.space} ${hex(region.base)}, ${region.size} bytes)`;
    if (region.size <= 0 || region.base < 0 || (region.space === 'pio' && end > PORTS))
      throw new HostError(`${name} does not fit into its address space.`);
    if (region.dwordOnly && (region.space !== 'pio' || region.size !== 4))
      throw new HostError(`${name} is dword-only, so it must be four ports.`);
    const other = this.#regions[region.space].find(
      (known) =>
        known.base < end &&
        region.base < known.base + known.size &&
        Boolean(known.dwordOnly) === Boolean(region.dwordOnly),
    );
    if (other !== undefined)
      throw new HostError(`${name} overlaps ${other.name} at ${hex(other.base)}: give one of them another address.`);
  }

  #mapPorts(region: Region, isThere: boolean): void {
    if (region.dwordOnly) {
      this.#dwordPorts.set(region.base, isThere ? region : undefined);
      return;
    }
    const found = this.#slots.indexOf(isThere ? undefined : region, 1);
    const slot = found < 0 ? this.#slots.length : found;
    this.#slots[slot] = isThere ? region : undefined;
    this.#portSlots.fill(isThere ? slot : 0, region.base, region.base + region.size);
  }
}

function fits(region: Region, address: number, width: Width): boolean {
  return width <= region.width && address % width === 0 && address + width <= region.base + region.size;
}

/** Ports wrap at 64 K; physical addresses do not get that far. */
function wrap(space: Space, address: number): number {
  return space === 'pio' ? address & (PORTS - 1) : address;
}

function itemOf(space: Space): 'ioport' | 'mmio' {
  return space === 'pio' ? 'ioport' : 'mmio';
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
