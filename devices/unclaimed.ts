// Accesses that no region claims, counted by address and named, for `-d unimp` and the machine's report.
import type { Space } from './device.ts';
import type { Log } from './log.ts';

export interface UnclaimedAccess {
  readonly space: Space;
  /** -1 for the rest beyond what is told apart. */
  readonly address: number;
  readonly name: string;
  reads: number;
  writes: number;
}

/** Addresses beyond this many are no longer told apart: a guest probing memory must not fill the host's. */
const MAX_ADDRESSES = 4096;
const REST = -1;

const PORT_RANGES: readonly (readonly [first: number, last: number, name: string])[] = [
  [0x0000, 0x000f, 'DMA controller 1'],
  [0x0022, 0x0023, 'chipset configuration (Cyrix)'],
  [0x002e, 0x002f, 'Super I/O configuration'],
  [0x004e, 0x004f, 'Super I/O or TPM configuration'],
  [0x0050, 0x0053, 'second PIT'],
  [0x0080, 0x0080, 'POST code'],
  [0x0081, 0x008f, 'DMA page registers'],
  [0x00c0, 0x00df, 'DMA controller 2'],
  [0x00e9, 0x00e9, 'debug console'],
  [0x00ed, 0x00ed, 'I/O delay'],
  [0x00f0, 0x00f1, 'FPU error latch'],
  [0x0170, 0x0177, 'secondary IDE'],
  [0x01f0, 0x01f7, 'primary IDE'],
  [0x0200, 0x0207, 'game port'],
  [0x0220, 0x022f, 'Sound Blaster'],
  [0x0278, 0x027f, 'LPT2'],
  [0x0279, 0x0279, 'ISA PnP address'],
  [0x02e8, 0x02ef, 'COM4'],
  [0x02f8, 0x02ff, 'COM2'],
  [0x0300, 0x031f, 'NE2000'],
  [0x0330, 0x0331, 'MPU-401'],
  [0x0376, 0x0376, 'secondary IDE control'],
  [0x0378, 0x037f, 'LPT1'],
  [0x0388, 0x038b, 'AdLib'],
  [0x03b0, 0x03bb, 'MDA/VGA'],
  [0x03bc, 0x03be, 'LPT on the MDA'],
  [0x03c0, 0x03df, 'VGA'],
  [0x03e8, 0x03ef, 'COM3'],
  [0x03f0, 0x03f5, 'floppy controller'],
  [0x03f6, 0x03f6, 'primary IDE control'],
  [0x03f7, 0x03f7, 'floppy controller'],
  [0x03f8, 0x03ff, 'COM1'],
  [0x04d0, 0x04d1, 'PIC ELCR'],
  [0x0510, 0x051b, 'fw_cfg'],
  [0x0a79, 0x0a79, 'ISA PnP write data'],
  [0x0cd6, 0x0cd7, 'AMD power management'],
  [0x0cf8, 0x0cff, 'PCI configuration'],
  [0x5658, 0x5659, 'VMware backdoor'],
  [0xb004, 0xb007, 'PM control (Bochs power-off)'],
];

function portName(port: number): string {
  let name = 'port';
  for (const [first, last, text] of PORT_RANGES) {
    if (port >= first && port <= last) name = text;
  }
  return name;
}

export class UnclaimedCounts {
  readonly #log: Log;
  readonly #counts: Record<Space, Map<number, UnclaimedAccess>> = { pio: new Map(), mmio: new Map() };

  constructor(log: Log) {
    this.#log = log;
  }

  count(space: Space, address: number, direction: 'read' | 'write'): void {
    const access = this.#counts[space].get(address) ?? this.#first(space, address, direction);
    if (direction === 'read') access.reads += 1;
    else access.writes += 1;
  }

  /** Most frequent first. */
  list(): readonly UnclaimedAccess[] {
    const all = [...this.#counts.pio.values(), ...this.#counts.mmio.values()];
    return all.sort((a, b) => b.reads + b.writes - (a.reads + a.writes));
  }

  #first(space: Space, address: number, direction: 'read' | 'write'): UnclaimedAccess {
    const counts = this.#counts[space];
    const isFull = counts.size >= MAX_ADDRESSES;
    const rest = isFull ? counts.get(REST) : undefined;
    if (rest !== undefined) return rest;
    const name = isFull ? 'everything else' : space === 'pio' ? portName(address) : 'memory';
    const fresh: UnclaimedAccess = { space, address: isFull ? REST : address, name, reads: 0, writes: 0 };
    counts.set(fresh.address, fresh);
    if (this.#log.enabled('unimp'))
      this.#log.write('unimp', `${direction} of ${space} 0x${address.toString(16)} (${name}), which nothing claims`);
    return fresh;
  }
}
