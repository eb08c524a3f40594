// Host ends of devices, as interfaces. Whoever implements one for real (terminal, page, file) posts input at a counted
// instruction: `push` is called by the machine loop between slices, never from a host callback.

/** The chip's side of a character stream. */
export interface CharReceiver {
  /** How many bytes it would take now; 0 asks the host end to wait for `acceptInput`. */
  canReceive(): number;
  receive(byte: number): void;
  /** The line was held in the space state for longer than a character. */
  receiveBreak?(): void;
}

/** The host's side of a character stream. */
export interface CharBackend {
  /** A byte from the guest. */
  write(byte: number): void;
  /** The guest began or ended a break condition. */
  setBreak?(on: boolean): void;
  connect(receiver: CharReceiver): void;
  /** The chip has room again. */
  acceptInput(): void;
}

/** Bytes wait here until the chip takes them, in order and without loss; output goes to one function. */
export class CharQueue implements CharBackend {
  readonly #output: (byte: number) => void;
  #input: number[] = [];
  #next = 0;
  #receiver: CharReceiver | null = null;
  #isDelivering = false;

  constructor(output: (byte: number) => void = () => {}) {
    this.#output = output;
  }

  /** Bytes that the chip has not taken yet. */
  get pending(): number {
    return this.#input.length - this.#next;
  }

  write(byte: number): void {
    this.#output(byte);
  }

  connect(receiver: CharReceiver): void {
    this.#receiver = receiver;
    this.acceptInput();
  }

  /** Input from the host. */
  push(bytes: Iterable<number>): void {
    for (const byte of bytes) this.#input.push(byte & 0xff);
    this.acceptInput();
  }

  acceptInput(): void {
    // A chip that takes a byte may say at once that it has room: the loop below already asks.
    if (this.#isDelivering || this.#receiver === null) return;
    this.#isDelivering = true;
    while (this.pending > 0 && this.#receiver.canReceive() > 0) {
      const byte = this.#input[this.#next] ?? 0;
      this.#next += 1;
      this.#receiver.receive(byte);
    }
    this.#isDelivering = false;
    if (this.pending > 0) return;
    this.#input = [];
    this.#next = 0;
  }
}

/** For tests and for callers that want the text: keeps everything the guest wrote. */
export class MemoryCharBackend extends CharQueue {
  readonly bytes: number[];

  constructor() {
    const bytes: number[] = [];
    super((byte) => bytes.push(byte));
    this.bytes = bytes;
  }

  get text(): string {
    return String.fromCharCode(...this.bytes);
  }

  type(text: string): void {
    this.push([...text].map((char) => char.charCodeAt(0)));
  }
}
