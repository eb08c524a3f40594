/**
 * The generator behind RDRAND and RDSEED (SDM vol. 1 7.3.17): SplitMix64 of a seed that the host sets, so that a run repeats. It
 * is part of the vCPU's state; a reset lets it go on. A number is always there: CF = 1.
 */
import * as S from '../shared/state';
import { Eval } from '../machine/eval';

export function seedRandom(m: Eval, seed: u64): void {
  store<u64>(m.at, seed, S.STATE_RANDOM);
}

export function nextRandom(m: Eval): u64 {
  const state = load<u64>(m.at, S.STATE_RANDOM) + 0x9e3779b97f4a7c15;
  store<u64>(m.at, state, S.STATE_RANDOM);
  let z = (state ^ (state >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}
