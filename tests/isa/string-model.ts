/** What SDM vol. 2 says of MOVS STOS LODS SCAS CMPS and REP, one element after the other, for comparison with the core. */

export type Operation = 'movs' | 'stos' | 'lods' | 'scas' | 'cmps';

export interface Start {
  readonly operation: Operation;
  readonly size: number;
  readonly prefix: string;
  readonly down: boolean;
  readonly esi: number;
  readonly edi: number;
  readonly ecx: number;
  readonly eax: number;
  /** Of the address size. */
  readonly mask: number;
  readonly flags: number;
}

/** Is an access of the element at this address, at this offset, refused? */
export type Refused = (address: number, offset: number) => boolean;

export class StringModel {
  readonly memory: Uint8Array;
  readonly #start: Start;
  #esi: number;
  #edi: number;
  #ecx: number;
  #eax: number;
  #flags: number;
  faulted = false;

  constructor(memory: Uint8Array, start: Start) {
    this.memory = memory;
    this.#start = start;
    this.#esi = start.esi >>> 0;
    this.#edi = start.edi >>> 0;
    this.#ecx = start.ecx >>> 0;
    this.#eax = start.eax >>> 0;
    this.#flags = start.flags;
  }

  state(): Record<string, number> {
    return { esi: this.#esi, edi: this.#edi, ecx: this.#ecx, eax: this.#eax, flags: this.#flags };
  }

  /** A fault of SCAS or CMPS gives back the flags from before the instruction (SDM vol. 2B, REP). */
  run(refused: Refused): void {
    const { prefix, operation, mask } = this.#start;
    if (prefix === '') {
      this.#iterate(refused);
      return;
    }
    const compares = operation === 'scas' || operation === 'cmps';
    const flags = this.#flags;
    while ((this.#ecx & mask) >>> 0 !== 0) {
      if (!this.#iterate(refused)) {
        this.#flags = flags;
        return;
      }
      this.#ecx = this.#merge(this.#ecx, this.#ecx - 1);
      const equal = (this.#flags & 0x40) !== 0;
      if (compares && equal !== (prefix === 'rep')) return;
    }
  }

  #merge(old: number, value: number): number {
    const { mask } = this.#start;
    return ((old & ~mask) | (value & mask)) >>> 0;
  }

  #read(offset: number, refused: Refused): number | null {
    const { size } = this.#start;
    for (let n = 0; n < size; n++) if (refused(offset + n, offset)) return this.#fault();
    let value = 0;
    for (let n = size - 1; n >= 0; n--) value = value * 256 + (this.memory[offset + n] ?? 0);
    return value;
  }

  #write(offset: number, value: number, refused: Refused): boolean {
    const { size } = this.#start;
    for (let n = 0; n < size; n++) if (refused(offset + n, offset)) return this.#fault() !== null;
    for (let n = 0; n < size; n++) this.memory[offset + n] = value >>> (n * 8);
    return true;
  }

  #fault(): null {
    this.faulted = true;
    return null;
  }

  #iterate(refused: Refused): boolean {
    const { operation, mask, size } = this.#start;
    const [si, di] = [(this.#esi & mask) >>> 0, (this.#edi & mask) >>> 0];
    const accumulator = size === 4 ? this.#eax : this.#eax & (size === 2 ? 0xffff : 0xff);
    let right = 0;
    let left = accumulator;
    if (operation === 'scas' || operation === 'cmps') {
      const value = this.#read(di, refused);
      if (value === null) return false;
      right = value;
    }
    if (operation === 'movs' || operation === 'lods' || operation === 'cmps') {
      const value = this.#read(si, refused);
      if (value === null) return false;
      left = value;
    }
    if ((operation === 'movs' || operation === 'stos') && !this.#write(di, left, refused)) return false;
    if (operation === 'lods') this.#eax = ((this.#eax & ~sizeMask(size)) | left) >>> 0;
    if (operation === 'scas' || operation === 'cmps') this.#flags = flagsOfSubtraction(left, right, size);
    const step = this.#start.down ? -size : size;
    if ('movs lods cmps'.includes(operation)) this.#esi = this.#merge(this.#esi, this.#esi + step);
    if (operation !== 'lods') this.#edi = this.#merge(this.#edi, this.#edi + step);
    return true;
  }
}

function sizeMask(size: number): number {
  return size === 4 ? -1 : size === 2 ? 0xffff : 0xff;
}

function flagsOfSubtraction(x: number, y: number, size: number): number {
  const sign = 2 ** (size * 8 - 1);
  const r = x - y < 0 ? x - y + sign * 2 : x - y;
  const signs = [x >= sign, y >= sign, r >= sign];
  let ones = 0;
  for (let n = 0; n < 8; n++) ones += (r >>> n) & 1;
  let flags = x < y ? 1 : 0;
  if (ones % 2 === 0) flags |= 4;
  if ((x & 15) < (y & 15)) flags |= 0x10;
  if (r === 0) flags |= 0x40;
  if (signs[2]) flags |= 0x80;
  if (signs[0] !== signs[1] && signs[0] !== signs[2]) flags |= 0x800;
  return flags;
}
