/**
 * Which processor CPUID describes: signature, leaf limits, brand string and feature words. The machine's -cpu flag chooses
 * (devices/machine/cpu-model.ts); without it a vCPU has everything that works.
 */
import * as S from '../shared/state';
import {
  CPUID_EXTENDED_MAX,
  CPUID_LEAF_MAX,
  CPUID_SIGNATURE,
  FEATURES_DEFAULT_0,
  FEATURES_DEFAULT_1,
  FEATURES_DEFAULT_2,
  FEATURES_DEFAULT_3,
  FEATURES_DEFAULT_4,
  FEATURES_DEFAULT_5,
  FEATURES_DEFAULT_6,
  FEATURES_DEFAULT_7,
} from '../shared/features';
import { Eval } from '../machine/eval';

const BRAND: string = 'Vitrine virtual CPU';

function setWord(m: Eval, word: u32, bits: u32): void {
  store<u32>(m.at + (word << 2), bits, S.STATE_CPUID_FEATURES);
}

/** The machine chooses once, before the first reset with a meaning; a reset does not change the choice. */
export function chooseDefaultModel(m: Eval): void {
  if (load<u32>(m.at, S.STATE_CPU_SIGNATURE)) return;
  setCpuModel(m, CPUID_SIGNATURE, CPUID_LEAF_MAX, CPUID_EXTENDED_MAX);
  for (let n: u32 = 0; n < <u32>BRAND.length; n++) {
    store<u8>(m.at + n, <u8>BRAND.charCodeAt(n), S.STATE_CPU_BRAND);
  }
  setWord(m, 0, FEATURES_DEFAULT_0);
  setWord(m, 1, FEATURES_DEFAULT_1);
  setWord(m, 2, FEATURES_DEFAULT_2);
  setWord(m, 3, FEATURES_DEFAULT_3);
  setWord(m, 4, FEATURES_DEFAULT_4);
  setWord(m, 5, FEATURES_DEFAULT_5);
  setWord(m, 6, FEATURES_DEFAULT_6);
  setWord(m, 7, FEATURES_DEFAULT_7);
}

export function setCpuModel(m: Eval, signature: u32, leafMax: u32, extendedMax: u32): void {
  store<u32>(m.at, signature, S.STATE_CPU_SIGNATURE);
  store<u32>(m.at, leafMax, S.STATE_CPUID_LEAF_MAX);
  store<u32>(m.at, extendedMax, S.STATE_CPUID_EXTENDED_MAX);
}

export function cpuSignature(m: Eval): u32 {
  return load<u32>(m.at, S.STATE_CPU_SIGNATURE);
}
