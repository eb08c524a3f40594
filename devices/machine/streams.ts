// Character streams of a machine: output is collected and handed to the host once a turn, input waits until the machine loop
// is between two slices and then as long as the chip needs.
import { CharQueue } from '../backend.ts';
import type { Output } from './host.ts';
import type { StreamId } from './protocol.ts';

class Stream {
  readonly queue: CharQueue;
  readonly #output: Output;
  #bytes = new Uint8Array(256);
  #length = 0;

  constructor(output: Output) {
    this.#output = output;
    this.queue = new CharQueue((byte) => {
      this.#collect(byte);
    });
  }

  flush(): void {
    if (this.#length === 0) return;
    const bytes = this.#bytes.slice(0, this.#length);
    this.#length = 0;
    this.#output(bytes);
  }

  #collect(byte: number): void {
    if (this.#length === this.#bytes.length) {
      const larger = new Uint8Array(this.#bytes.length * 2);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes[this.#length] = byte;
    this.#length += 1;
  }
}

export interface StreamInput {
  readonly stream: StreamId;
  readonly bytes: Uint8Array;
}

export class Streams {
  readonly #streams = new Map<StreamId, Stream>();
  #waiting: StreamInput[] = [];

  /** Makes the host end of a stream; the chip gets it as its back end. */
  open(id: StreamId, output: Output): CharQueue {
    const stream = new Stream(output);
    this.#streams.set(id, stream);
    return stream.queue;
  }

  /** Input from the host, at any time. False: there is no such stream. */
  post(input: StreamInput): boolean {
    if (!this.#streams.has(input.stream)) return false;
    if (input.bytes.length > 0) this.#waiting.push(input);
    return true;
  }

  get hasInput(): boolean {
    return this.#waiting.length > 0;
  }

  /** Bytes that chips have not taken yet. */
  get pending(): number {
    const posted = this.#waiting.reduce((sum, { bytes }) => sum + bytes.length, 0);
    return [...this.#streams.values()].reduce((sum, stream) => sum + stream.queue.pending, posted);
  }

  /** Hands what was posted to the chips, between two slices; answers it for the input log. */
  deliver(): readonly StreamInput[] {
    const inputs = this.#waiting;
    if (inputs.length === 0) return inputs;
    this.#waiting = [];
    for (const { stream, bytes } of inputs) this.#streams.get(stream)?.queue.push(bytes);
    return inputs;
  }

  flush(): void {
    for (const stream of this.#streams.values()) stream.flush();
  }
}
