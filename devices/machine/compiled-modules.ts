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
  /** Told when a region did not do what the interpreter does (lockstep-report.ts); must throw. */
  onDivergence: ((memory: ArrayBuffer, ramBase: number) => never) | null = null;
  /** Table index of the first place for compiled functions. */
  #first = 0;
  /** Modules alive: how many functions and bytes of WebAssembly, by the table index of the first function. */
  readonly #modules = new Map<number, { readonly functions: number; readonly bytes: number }>();

  constructor(memory: WebAssembly.Memory) {
    this.#memory = memory;
  }

  get figures(): CompilerFigures {
    const alive = [...this.#modules.values()];
    const sum = (pick: (module: (typeof alive)[number]) => number): number =>
      alive.reduce((total, module) => total + pick(module), 0);
    return {
      modules: alive.length,
      functions: sum(({ functions }) => functions),
      tableSize: this.#table?.length ?? 0,
      bytes: sum(({ bytes }) => bytes),
    };
  }

  /** Must be called with the core's exports before its compiler runs. */
  bind(exports: Exports): void {
    const functions = IMPORTED_FUNCTIONS.map((name, n) => [String.fromCharCode(FIRST_IMPORT + n), exports[name]]);
    this.#imports = {
      v: { m: this.#memory, ...(Object.fromEntries(functions) as Record<string, WebAssembly.ImportValue>) },
    };
    this.#table = exports['table'] as WebAssembly.Table;
    this.#first = this.#table.length;
  }

  /** Import of the core: table index of the first of `count` functions, which take the places from `first` on. */
  install(address: number, bytes: number, count: number, first: number): number {
    const table = this.#table;
    if (!table) return -1;
    // A copy, for the engine may keep what it was given.
    const binary = new Uint8Array(this.#memory.buffer, address, bytes).slice();
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(binary), this.#imports);
    const index = this.#first + first;
    if (index + count > table.length) table.grow(Math.max(GROWTH, index + count - table.length));
    for (let n = 0; n < count; n++) table.set(index + n, exports[String.fromCharCode(FIRST_NAME + n)]);
    this.#modules.set(index, { functions: count, bytes });
    this.onInstall?.(binary);
    return index;
  }

  /** Import of the core: the module at this table index will not be called again. */
  drop(index: number, count: number): void {
    for (let n = 0; n < count; n++) this.#table?.set(index + n, null);
    this.#modules.delete(index);
  }

  /** Import of the core: no module will. */
  dropAll(): void {
    for (const [index, { functions }] of [...this.#modules]) this.drop(index, functions);
  }
}
