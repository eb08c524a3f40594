// The page's door to the machine: the only file of web/ that takes values from devices/. It starts the worker, posts commands
// and hands events on; the flag table and the recognition of images come through here too.
import { FLAGS, defaultOptions, type Flag } from '../devices/machine/options.ts';
import type { Command, Event } from '../devices/machine/protocol.ts';

export { FLAGS, type Flag };

/** The CPU, MMU and local APIC, compiled from assembly/. */
export const CORE_URL = new URL('../build/core.wasm', import.meta.url);

/** One worker, which holds one machine. */
export class MachineClient {
  readonly #worker: Worker;

  constructor(onEvent: (event: Event) => void) {
    this.#worker = new Worker(new URL('../devices/worker.ts', import.meta.url), { type: 'module', name: 'machine' });
    this.#worker.onmessage = ({ data }: MessageEvent<Event>) => {
      onEvent(data);
    };
    this.#worker.onerror = (event) => {
      // Without a message the script itself did not come.
      const message = event.message
        ? event.message
        : 'The machine could not be loaded: reload the page when the network is back.';
      onEvent({ type: 'error', kind: event.message ? 'bug' : 'host', message });
    };
  }

  send(command: Command, transfer: Transferable[] = []): void {
    this.#worker.postMessage(command, transfer);
  }

  /** Switches the machine off, whatever it is doing. */
  terminate(): void {
    this.#worker.onmessage = null;
    this.#worker.onerror = null;
    this.#worker.terminate();
  }
}

/** What is wrong with a flag's value, as the end of the sentence "VALUE ..."; null if nothing is. */
export function complaintAbout(flag: Flag, text: string): string | null {
  return flag.syntax === null ? null : flag.set(defaultOptions(), text);
}

/** Loaded when someone brings a file, and for use without a network. */
export async function loadRecognition() {
  return import('../devices/machine/load/detect.ts');
}

/** Whether `-kernel` takes the file. */
export async function isKernel(name: string, bytes: Uint8Array): Promise<boolean> {
  const { detectKernel } = await loadRecognition();
  try {
    detectKernel({ name, bytes });
    return true;
  } catch {
    return false;
  }
}
