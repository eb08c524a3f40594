// The modules that the core's compiler writes (assembly/jit/compiler.ts): instantiated here and put into the core's table.

/** What the core's exports offer to compiled code; imported there by the letters from A on. */
export const IMPORTED_FUNCTIONS: readonly string[] = [
  'condition',
  'rotateFlags',
  'carryFlag',
  'runHandler',
  'runString',
  'logStore',
  'f80Add',
  'f80Sub',
  'f80Mul',
  'f80Div',
  'f80Compare',
  'f80Sqrt',
  'f80RoundToInt',
  'f80ToF64',
  'f80ToF32',
  'f80ToInteger',
  'f80FromF64',
  'f80FromF32',
  'f80LoadF64',
  'f80LoadF32',
];
const FIRST_IMPORT = 0x41;
/** Functions are exported under characters from this one on. */
const FIRST_NAME = 0x30;
/** Entries that the table grows by at once. */
const GROWTH = 1024;

/** How much there is at the moment. */
export interface CompilerFigures {
  readonly modules: number;
  readonly functions: number;
  /** Entries of the core's table, free ones too. */
  readonly tableSize: number;
  /** WebAssembly in the modules, in bytes. */
  readonly bytes: number;
}

type Exports = Readonly<Record<string, unknown>>;

export class CompiledModules {
  readonly #memory: WebAssembly.Memory;
  #table: WebAssembly.Table | null = null;
  #imports: WebAssembly.Imports = {};
  /** Gets each module once it is there. */
  onInstall: ((module: Uint8Array) => void) | null = null;
  /** Table index of the first compiled function, and of the next. */
  #first = 0;
  #next = 0;
  /** Modules alive, and bytes of WebAssembly in them. */
  modules = 0;
  bytes = 0;

  constructor(memory: WebAssembly.Memory) {
    this.#memory = memory;
  }

  get figures(): CompilerFigures {
    const { modules, bytes } = this;
    return { modules, functions: this.#next - this.#first, tableSize: this.#table?.length ?? 0, bytes };
  }

  /** Must be called with the core's exports before its compiler runs. */
  bind(exports: Exports): void {
    const functions = IMPORTED_FUNCTIONS.map((name, n) => [String.fromCharCode(FIRST_IMPORT + n), exports[name]]);
    this.#imports = {
      v: { m: this.#memory, ...(Object.fromEntries(functions) as Record<string, WebAssembly.ImportValue>) },
    };
    this.#table = exports['table'] as WebAssembly.Table;
    this.#first = this.#table.length;
    this.#next = this.#first;
  }

  /** Import of the core: index of the first of `count` functions in the table. */
  install(address: number, bytes: number, count: number): number {
    const table = this.#table;
    if (!table) return -1;
    // A copy, for the engine may keep what it was given.
    const binary = new Uint8Array(this.#memory.buffer, address, bytes).slice();
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(binary), this.#imports);
    const index = this.#next;
    this.#next += count;
    if (this.#next > table.length) table.grow(Math.max(GROWTH, count));
    for (let n = 0; n < count; n++) table.set(index + n, exports[String.fromCharCode(FIRST_NAME + n)]);
    this.modules++;
    this.bytes += bytes;
    this.onInstall?.(binary);
    return index;
  }

  /** Import of the core: nothing that was installed will be called again. */
  drop(): void {
    for (let n = this.#first; n < this.#next; n++) this.#table?.set(n, null);
    this.#next = this.#first;
    this.modules = 0;
    this.bytes = 0;
  }
}
