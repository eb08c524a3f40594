/**
 * The test machine in IA-32e mode: 4-level page tables that map the megabyte of RAM to itself for all rings, and again at HIGH;
 * 64-bit gates, a 64-bit TSS with interrupt stacks. Code, stack and handlers are where the 32-bit machine has them.
 */
import {
  CR0_ET,
  CR0_PE,
  CR0_PG,
  CR4_PAE,
  EFER_LMA,
  EFER_LME,
  EFER_NXE,
  EFER_SCE,
  SEG_UNUSABLE,
} from '../shared/register-bits.ts';
import * as F from '../shared/features.ts';
import * as S from '../shared/state.ts';
import type { Accelerator } from '../../tests/silicon/acceleration.ts';
import {
  CODE,
  CODE0,
  CODE3,
  DATA0,
  DATA3,
  GDT,
  HANDLERS,
  IDT,
  Machine,
  STACK,
  STACK0,
  TSS,
  TSS_SELECTOR,
} from './machine.ts';

/** Selectors beside those of the standard GDT: 64-bit code. TSS_SELECTOR takes two slots here. */
export const CODE64 = 0x68;
export const CODE64_3 = 0x73;
export const HIGH = 0xffff800000000000n;
export const IST1 = 0xd000n;
const PML4 = 0x30000;
const PDPT = 0x31000;
const PD = 0x32000;
const PT = 0x33000;

/** All that this part of the core has. */
const FEATURES = [
  F.FEATURE_LM,
  F.FEATURE_SYSCALL,
  F.FEATURE_NX,
  F.FEATURE_PDPE1GB,
  F.FEATURE_FSGSBASE,
  F.FEATURE_PCID,
  F.FEATURE_INVPCID,
  F.FEATURE_SMEP,
  F.FEATURE_SMAP,
  F.FEATURE_UMIP,
  F.FEATURE_MONITOR,
];

export class LongMachine extends Machine {
  constructor(accelerator: Accelerator = 'interp') {
    super(accelerator);
    for (let word = 0; word < S.STATE_FEATURE_WORDS; word++) {
      const bits = FEATURES.filter((n) => n >> 5 === word).reduce((sum, n) => sum | (1 << (n & 31)), 0);
      this.core.setFeatures(this.cpu, word, this.get32(S.STATE_CPUID_FEATURES + word * 4) | bits);
    }
  }

  get(offset: number): bigint {
    return this.view.getBigUint64(this.cpu + offset, true);
  }
  set(offset: number, v: bigint): void {
    this.view.setBigUint64(this.cpu + offset, BigInt.asUintN(64, v), true);
  }
  get rip(): bigint {
    return this.get(S.STATE_RIP);
  }
  set rip(v: bigint) {
    this.set(S.STATE_RIP, v);
  }
  get rsp(): bigint {
    return this.get(S.RSP);
  }
  set rsp(v: bigint) {
    this.set(S.RSP, v);
  }
  read64(at: number): bigint {
    return BigInt(this.read32(at)) | (BigInt(this.read32(at + 4)) << 32n);
  }
  write64(at: number, v: bigint): void {
    this.write32(at, Number(v & 0xffffffffn));
    this.write32(at + 4, Number((v >> 32n) & 0xffffffffn));
  }
  /** n quadwords from the top of the stack, which lies in the identity map. */
  frame(n: number): bigint[] {
    return Array.from({ length: n }, (_, i) => this.read64(Number(this.rsp & 0xfffffn) + i * 8));
  }
  push64(...values: (bigint | number)[]): void {
    for (const v of values.toReversed()) {
      this.rsp -= 8n;
      this.write64(Number(this.rsp), BigInt(v));
    }
  }
  gate64(vector: number, { access = 0x8e, selector = CODE64, offset = BigInt(HANDLERS + vector), ist = 0 } = {}): void {
    const low = (offset & 0xffffn) | (BigInt(selector) << 16n) | (BigInt(ist) << 32n) | (BigInt(access) << 40n);
    this.write64(IDT + vector * 16, low | (((offset >> 16n) & 0xffffn) << 48n));
    this.write64(IDT + vector * 16 + 8, offset >> 32n);
  }

  #tables(): void {
    this.gdt(CODE64, { access: 0x9a, flags: 0xa });
    this.gdt(CODE64_3, { access: 0xfa, flags: 0xa });
    this.gdt(TSS_SELECTOR, { base: TSS, limit: 0x67, access: 0x8b, flags: 0 });
    this.write64(GDT + (TSS_SELECTOR & 0xfff8) + 8, 0n);
    for (let vector = 0; vector < 128; vector++) this.gate64(vector);
    this.write64(TSS + 4, BigInt(STACK0));
    this.write64(TSS + 0x24, IST1);
    this.write64(PML4, BigInt(PDPT | 7));
    this.write64(PML4 + 256 * 8, BigInt(PDPT | 7));
    this.write64(PDPT, BigInt(PD | 7));
    this.write64(PD, BigInt(PT | 7));
    for (let n = 0; n < 256; n++) this.write64(PT + n * 8, BigInt((n << 12) | 7));
  }

  /** Entry of the page table for an address below 1 MB. */
  pte(at: number, bits: bigint): void {
    this.write64(PT + (at >>> 12) * 8, BigInt(at & 0xff000) | bits);
    this.core.remapped(this.cpu);
  }

  /** 64-bit mode in ring 0 or 3, with flat segments, or compatibility mode if `code` says so. */
  longMode(cpl: 0 | 3 = 0, code = cpl === 3 ? CODE64_3 : CODE64): this {
    this.protectedMode(cpl);
    this.#tables();
    this.set(S.STATE_CR3, BigInt(PML4));
    this.set(S.STATE_CR4, BigInt(CR4_PAE));
    this.set(S.STATE_EFER, BigInt(EFER_LME | EFER_LMA | EFER_NXE | EFER_SCE));
    this.set(S.STATE_CR0, BigInt(CR0_PE | CR0_ET) | BigInt(CR0_PG));
    this.set32(S.STATE_IDTR_LIMIT, 0x7ff);
    this.set32(S.STATE_ACTIVITY, S.ACTIVITY_ACTIVE);
    this.load(S.TR, TSS_SELECTOR);
    this.load(S.CS, code);
    this.core.setSegment(this.cpu, S.LDTR, 0, 0n, 0, SEG_UNUSABLE);
    this.core.modeChanged(this.cpu);
    this.core.remapped(this.cpu);
    this.rip = BigInt(CODE);
    this.rsp = BigInt(STACK);
    return this;
  }

  /** Sets bits of a control register or EFER from the outside. */
  enable(register: number, bits: number): this {
    this.set(register, this.get(register) | BigInt(bits >>> 0));
    this.core.modeChanged(this.cpu);
    this.core.remapped(this.cpu);
    return this;
  }
}

export { CODE, CODE0, CODE3, DATA0, DATA3, HANDLERS, STACK, STACK0, TSS };
