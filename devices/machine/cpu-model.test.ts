import { describe, expect, it } from 'vitest';
import * as features from '../../assembly/shared/features.ts';
import { CPU_FEATURES, IMPLEMENTED_WORDS, findFeature, isImplemented, withNeeds } from './cpu-features.ts';
import { availableFeatures, CPU_MODELS, cpuHelp, cpuModel, type CpuModel } from './cpu-model.ts';

function model(text: string): CpuModel {
  const one = cpuModel(text);
  if (typeof one === 'string') throw new Error(one);
  return one;
}

const has = ({ words }: CpuModel, name: string): boolean => {
  const bit = findFeature(name)?.bit ?? 0;
  return (((words[bit >>> 5] ?? 0) >>> (bit & 31)) & 1) !== 0;
};

describe('the table of CPU features', () => {
  it('has every bit of shared/features.ts once', () => {
    const bits = Object.entries(features).filter(([name]) => name.startsWith('FEATURE_'));
    expect(CPU_FEATURES.map(({ bit }) => bit).sort((a, b) => a - b)).toEqual(
      bits.map(([, bit]) => bit as number).sort((a, b) => a - b),
    );
    expect(new Set(CPU_FEATURES.map(({ name }) => name)).size).toBe(CPU_FEATURES.length);
  });

  it('needs only features that it has, and what works needs only what works', () => {
    for (const feature of CPU_FEATURES) {
      for (const need of feature.needs) {
        expect(findFeature(need)?.name).toBe(need);
      }
    }
  });

  it('knows a name for each bit that works', () => {
    const named = CPU_FEATURES.filter(isImplemented).length;
    const bits = IMPLEMENTED_WORDS.reduce((sum, word) => sum + word.toString(2).replaceAll('0', '').length, 0);
    expect(named).toBe(bits);
  });

  // SDM vol. 2A CPUID, tables 3-8 to 3-11: the same bit by the manual's numbering.
  it.each([
    ['sse4.2', 1, 20],
    ['xsave', 1, 26],
    ['lm', 2, 29],
    ['rdtscp', 2, 27],
    ['abm', 3, 5],
    ['avx2', 4, 5],
    ['smap', 4, 20],
    ['umip', 5, 2],
    ['rdpid', 5, 22],
    ['arch-capabilities', 6, 29],
    ['xsavec', 7, 1],
  ])('%s is word %i bit %i', (name, word, bit) => {
    expect(findFeature(name)?.bit).toBe(word * 32 + bit);
  });

  it.each(['SSE4_2', 'sse42', 'sse4.2', 'sse4-2'])('takes %s for sse4.2', (name) => {
    expect(findFeature(name)?.name).toBe('sse4.2');
  });
});

describe('-cpu', () => {
  it('every model has features that the table names', () => {
    for (const { features: names } of CPU_MODELS) for (const name of names) expect(findFeature(name)?.name).toBe(name);
  });

  it('the 486 and the Pentium are what they were', () => {
    const i486 = model('486');
    expect([i486.signature >> 8, i486.leafMax, i486.extendedLeafMax]).toEqual([4, 1, 0]);
    expect(i486.words).toEqual([0b1011, 0, 0, 0, 0, 0, 0, 0]);
    const pentium = model('pentium');
    expect(pentium.signature >> 8).toBe(5);
    expect(['tsc', 'msr', 'cx8'].filter((name) => !has(pentium, name))).toEqual([]);
    expect(['pae', 'cmov', 'apic', 'sep', 'fxsr'].filter((name) => has(pentium, name))).toEqual([]);
  });

  it('models show nothing that does not work', () => {
    for (const { name } of CPU_MODELS) {
      const { words } = model(name);
      expect(words.map((word, n) => word & ~(IMPLEMENTED_WORDS[n] ?? 0))).toEqual(words.map(() => 0));
    }
  });

  it('max is everything that works and stands together', () => {
    const works = availableFeatures();
    const stand = works.filter((name) => [...withNeeds([name])].every((need) => works.includes(need)));
    expect(works.filter((name) => has(model('max'), name))).toEqual(stand);
  });

  it('what a feature needs comes with it, what needs it goes with it', () => {
    const one = model('486,+nx');
    expect(['nx', 'pae', 'msr'].filter((name) => !has(one, name))).toEqual([]);
    expect(one.extendedLeafMax).toBe(0x80000001);
    expect(has(model('686,-pae'), 'nx')).toBe(false);
    expect(has(model('686,-pae,+pae'), 'pae')).toBe(true);
    expect(has(model('686,-msr'), 'apic')).toBe(false);
  });

  it('says what is wrong', () => {
    expect(cpuModel('686,+nx,-pae')).toBe('asks for nx without pae, which it needs');
    expect(cpuModel('686,-pae,+nx')).toBe('asks for nx without pae, which it needs');
    expect(cpuModel('x86-64-v4')).toBe('is not a CPU of this build; perhaps x86-64-v1');
    expect(cpuModel('686,+cmvo')).toBe('has no feature "cmvo"; perhaps cmov');
    expect(cpuModel('686,-')).toBe('has "-", which is neither +FEATURE nor -FEATURE');
  });

  it('help lists every model and every feature that works', () => {
    const words = cpuHelp().split(/\s+/u);
    for (const { name } of CPU_MODELS) expect(words).toContain(name);
    for (const name of availableFeatures()) expect(words).toContain(name);
    expect(words).not.toContain('svm');
  });

  it('the brand string fits and ends with a zero byte', () => {
    for (const { name } of CPU_MODELS) expect(model(`${name},-vme`).brand.length).toBeLessThan(48);
  });
});
