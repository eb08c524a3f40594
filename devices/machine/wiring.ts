// Interrupt wires of the PC. Each of the 15 ISA lines reaches both an 8259 input and an IOAPIC input; the MADT tells guests
// where the two differ: IRQ0 is on IOAPIC input 2, and IRQ2 (the cascade) is on none. Several outputs may share an input.
import { Line, SharedLine, type IrqInput, type IrqLine } from '../irq.ts';

const ISA_LINES = 16;
const CASCADE = 2;
const IOAPIC_INPUTS = 24;
const PIT_IOAPIC_INPUT = 2;

export interface InterruptControllers {
  pic(irq: number): IrqInput;
  ioapic(input: number): IrqInput;
}

export class InterruptWires {
  readonly #pic: readonly SharedLine[];
  readonly #ioapic: readonly SharedLine[];

  constructor(controllers: InterruptControllers) {
    this.#pic = Array.from({ length: ISA_LINES }, (_, irq) => new SharedLine(controllers.pic(irq)));
    this.#ioapic = Array.from({ length: IOAPIC_INPUTS }, (_, input) => new SharedLine(controllers.ioapic(input)));
  }

  /** One more output on an ISA interrupt line. */
  isa(irq: number): IrqLine {
    if (irq === CASCADE) return new Line();
    const pic = at(this.#pic, irq).source();
    const ioapic = this.ioapic(irq === 0 ? PIT_IOAPIC_INPUT : irq);
    return new Line(
      (level) => {
        pic.set(level);
      },
      (level) => {
        ioapic.set(level);
      },
    );
  }

  /** One more output on an IOAPIC input, past the 8259s. */
  ioapic(input: number): IrqLine {
    return at(this.#ioapic, input).source();
  }
}

function at(lines: readonly SharedLine[], index: number): SharedLine {
  const line = lines[index];
  if (line === undefined) throw new RangeError(`there is no interrupt input ${index}`);
  return line;
}
