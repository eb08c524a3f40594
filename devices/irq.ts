// Interrupt lines as values handed to devices: a wire has a level; what it reaches is decided by who built the machine.

export interface IrqLine {
  set(level: boolean): void;
  /** Up and down again, for inputs that latch an edge (IOAPIC). An 8259A forgets an edge whose line falls before it is acknowledged. */
  pulse(): void;
}

export type IrqInput = (level: boolean) => void;

/**
 * A wire from one output to any number of inputs: an ISA line reaches both the PIC and the IOAPIC.
 * Inputs hear changes only. Its level is never saved: on `load` every device drives its lines again and every interrupt
 * controller restores the levels it last saw on its pins, in whatever order.
 */
export class Line implements IrqLine {
  readonly #inputs: readonly IrqInput[];
  #level = false;

  constructor(...inputs: IrqInput[]) {
    this.#inputs = inputs;
  }

  get level(): boolean {
    return this.#level;
  }

  set(level: boolean): void {
    if (level === this.#level) return;
    this.#level = level;
    for (const input of this.#inputs) input(level);
  }

  pulse(): void {
    this.set(true);
    this.set(false);
  }
}

/** A wire shared by several outputs (PCI INTx, an ISA line with two UARTs): high while any of them drives it. */
export class SharedLine {
  readonly #out: Line;
  readonly #driving = new Set<Line>();

  constructor(...inputs: IrqInput[]) {
    this.#out = new Line(...inputs);
  }

  get level(): boolean {
    return this.#out.level;
  }

  /** One more output on the wire. */
  source(): IrqLine {
    const source: Line = new Line((level) => {
      if (level) this.#driving.add(source);
      else this.#driving.delete(source);
      this.#out.set(this.#driving.size > 0);
    });
    return source;
  }
}

/** A pin that is connected to nothing. */
export const UNCONNECTED: IrqLine = { set: () => {}, pulse: () => {} };
