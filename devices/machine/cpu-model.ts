// `-cpu MODEL,-FEATURE`: which feature words CPUID shows. The core can do what assembly/shared/features.ts lists as its default;
// a machine may only take bits away.
import * as features from '../../assembly/shared/features.ts';
import { nearest } from './nearest.ts';

/** `max` is QEMU's word for everything that works; here it is the same as `base`. */
const MODELS = ['base', 'max'];
const PREFIX = 'FEATURE_';
const DEFAULT_PREFIX = 'FEATURES_DEFAULT_';

/** Feature name, lower case -> word * 32 + bit. */
const BITS = new Map<string, number>(
  Object.entries(features).flatMap(([name, value]): [string, number][] =>
    name.startsWith(PREFIX) ? [[name.slice(PREFIX.length).toLowerCase(), value]] : [],
  ),
);

export const DEFAULT_WORDS: readonly number[] = Object.entries(features).reduce<number[]>(
  (words, [name, value]) => {
    if (name.startsWith(DEFAULT_PREFIX)) words[Number(name.slice(DEFAULT_PREFIX.length))] = value >>> 0;
    return words;
  },
  Array.from({ length: 8 }, () => 0),
);

/** Features that work, in the order of CPUID. */
export function availableFeatures(): string[] {
  return [...BITS].filter(([, bit]) => isAvailable(bit)).map(([name]) => name);
}

function isAvailable(bit: number): boolean {
  return (((DEFAULT_WORDS[bit >>> 5] ?? 0) >>> (bit & 31)) & 1) !== 0;
}

/** The CPUID feature words, or what is wrong with the text, to complete "-cpu TEXT ...". */
export function featureWords(text: string): readonly number[] | string {
  const [model = '', ...changes] = text.split(',');
  if (!MODELS.includes(model))
    return `is not a CPU of this build; there are ${MODELS.join(' and ')}, each with -FEATURE to take features away`;
  const words = [...DEFAULT_WORDS];
  for (const change of changes) {
    const match = /^(?:([+-])([a-z0-9_.]+)|([a-z0-9_.]+)=(on|off))$/u.exec(change);
    if (match === null) return `has "${change}", which is neither +FEATURE nor -FEATURE`;
    const name = (match[2] ?? match[3] ?? '').replaceAll(/[._]/gu, '');
    const isOn = match[1] === '+' || match[4] === 'on';
    const bit = BITS.get(name);
    if (bit === undefined) {
      const near = nearest(name, [...BITS.keys()]);
      return `has no feature "${name}"${near === null ? `; there are ${availableFeatures().join(', ')}` : `; perhaps ${near}`}`;
    }
    if (isOn && !isAvailable(bit)) return `asks for ${name}, which this CPU cannot do yet`;
    if (!isOn) words[bit >>> 5] = ((words[bit >>> 5] ?? 0) & ~(1 << (bit & 31))) >>> 0;
  }
  return words;
}
