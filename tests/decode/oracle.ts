/**
 * iced-x86 as the oracle of lengths and #UD. It is asked to decode as a CPU with Vitrine's features would: an instruction
 * whose CPUID feature is not advertised is undefined, unless an older CPU gave the same bytes another meaning.
 */
import { Code, CpuidFeature, Decoder, DecoderOptions, Instruction } from 'iced-x86';
import { hasFeature, type Core } from '../silicon/core.ts';
import { SLOT } from './byte-strings.ts';

export interface Expected {
  /** Length, or 0 for #UD. */
  readonly length: number;
  /** #UD by design (UD0, UD1, UD2): the decoder may say so, or give the length and leave it to the instruction. */
  readonly undefinedByDesign: boolean;
  /** What iced calls it, for the report. */
  readonly name: string;
}

const UNDEFINED_BY_DESIGN = /^Ud[012]/;

export class Oracle {
  readonly #core: Core;
  readonly #options: number;
  readonly #instruction = new Instruction();
  readonly #features = new Map<Code, readonly string[]>();

  constructor(core: Core) {
    this.#core = core;
    // 0F 0D and 0F 18-1F are NOPs whatever they hint at; F3 0F BC and BD are BSF and BSR without TZCNT and LZCNT
    let options: number = DecoderOptions.ForceReservedNop;
    if (!hasFeature(core, 'BMI1')) options |= DecoderOptions.NoMPFX_0FBC;
    if (!hasFeature(core, 'LZCNT')) options |= DecoderOptions.NoMPFX_0FBD;
    if (!hasFeature(core, 'WBNOINVD')) options |= DecoderOptions.NoWbnoinvd;
    this.#options = options;
  }

  #missing(code: Code): string | undefined {
    let features = this.#features.get(code);
    if (!features) {
      features = Array.from(this.#instruction.cpuidFeatures(), (f) => CpuidFeature[f] ?? '?');
      this.#features.set(code, features);
    }
    return features.find((f) => !hasFeature(this.#core, f));
  }

  /** Expectations for `count` strings of SLOT bytes each. */
  decode(bits: 16 | 32 | 64, strings: Uint8Array, count: number, check: (n: number, e: Expected) => void): void {
    const decoder = new Decoder(bits, strings, this.#options);
    for (let n = 0; n < count; n++) {
      decoder.position = n * SLOT;
      decoder.decodeOut(this.#instruction);
      check(n, this.#expected());
    }
    decoder.free();
  }

  #expected(): Expected {
    const code = this.#instruction.code;
    const name = Code[code] ?? '?';
    const undefinedByDesign = UNDEFINED_BY_DESIGN.test(name);
    if (code === Code.INVALID) return { length: 0, name, undefinedByDesign };
    const missing = this.#missing(code);
    if (missing !== undefined) return { length: 0, name: `${name} (${missing})`, undefinedByDesign };
    return { length: this.#instruction.length, name, undefinedByDesign };
  }
}
