// How often the guest touched which device: counted per port and per page of memory-mapped registers, named when asked.
import type { Bus } from '../bus.ts';
import type { CountedName } from './protocol.ts';

const PORTS = 0x10000;
const PAGE = 0x1000;
const ONE_MEGABYTE = 0x100000;
/** A guest that probes memory must not fill the host's: pages beyond this many are counted together. */
const MAX_PAGES = 4096;
const ELSEWHERE = -1;

export class IoCounts {
  readonly #ports = new Uint32Array(PORTS);
  readonly #pages = new Map<number, number>();
  portReads = 0;
  portWrites = 0;
  mmioReads = 0;
  mmioWrites = 0;

  port(port: number): void {
    const index = port & (PORTS - 1);
    this.#ports[index] = (this.#ports[index] ?? 0) + 1;
  }

  mmio(address: number): void {
    let page = Math.floor(address / PAGE);
    const known = this.#pages.get(page);
    if (known === undefined && this.#pages.size >= MAX_PAGES) page = ELSEWHERE;
    this.#pages.set(page, (this.#pages.get(page) ?? 0) + 1);
  }

  exits(): CountedName[] {
    return [
      { name: 'port read', count: this.portReads },
      { name: 'port write', count: this.portWrites },
      { name: 'MMIO read', count: this.mmioReads },
      { name: 'MMIO write', count: this.mmioWrites },
    ].filter(({ count }) => count > 0);
  }

  /** By region of the bus as it is now. */
  byRegion(bus: Bus): CountedName[] {
    const counts = new Map<string, number>();
    const add = (name: string, count: number): void => {
      if (count > 0) counts.set(name, (counts.get(name) ?? 0) + count);
    };
    const claimed = new Map<number, string>();
    for (const region of bus.regions('pio'))
      for (let port = region.base; port < region.base + region.size; port += 1) claimed.set(port, region.name);
    this.#ports.forEach((count, port) => {
      if (count > 0) add(claimed.get(port) ?? 'nobody', count);
    });
    for (const [page, count] of this.#pages) {
      const start = page * PAGE;
      const region = bus.regions('mmio').find(({ base, size }) => base < start + PAGE && base + size > start);
      add(region?.name ?? (start < ONE_MEGABYTE ? 'memory under 1 MB' : 'nobody'), count);
    }
    return [...counts].map(([name, count]) => ({ name, count }));
  }
}
