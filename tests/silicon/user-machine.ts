/**
 * A flat protected-mode system around user code: boots the core by instructions of the guest (no state is set behind
 * its back but registers), enters the case with IRET and ends it in an interrupt handler, one HLT for each vector.
 * Exceptions are delivered for real: what is compared is the frame on the handler's stack.
 */
import { EXIT_HLT, EXIT_NAMES } from '../../assembly/shared/exit.ts';
import { ACTIVITY_ACTIVE, STATE_ACTIVITY, STATE_CR2, STATE_GPR, STATE_RIP } from '../../assembly/shared/state.ts';
import type { MachineState, Patch } from '../../recorder/wire.ts';
import { AddressSpace, CODE_AT, GDT_AT, IDT_AT, LDT_AT, PAGE, STACK_TOP, SYSTEM, TSS_AT } from './address-space.ts';
import type { CaseMachine, Outcome, SystemTables } from './case-machine.ts';
import { enableAvx, readSelectors, readXsave, setRegisters, systemCr4 } from './case-state.ts';
import { addFeatures, createCore, type Core } from './core.ts';
import { WITH_ERROR_CODE, USER_GATES, accessByte, flagsNibble, le32 } from './descriptors.ts';

const RAM_BYTES = 0x200000;
const KERNEL_CODE = 0x08;
const KERNEL_DATA = 0x18;
const TSS_SELECTOR = 0x40;
const LDT_SELECTOR = 0x50;
const HANDLERS = CODE_AT; // 256 x HLT
const ENTER = CODE_AT + 0x200;
const START = CODE_AT + 0x300;
/** POP DS, POP ES, POP FS, POP GS, IRETD */
const ENTER_CODE = [0x1f, 0x07, 0x0f, 0xa1, 0x0f, 0xa9, 0xcf];
const ENTER_INSTRUCTIONS = 5;
const BUDGET = 400000;
export class UserMachine implements CaseMachine {
  readonly core: Core;
  readonly space: AddressSpace;
  readonly #tables: SystemTables;

  constructor(tables: SystemTables) {
    this.core = createCore(RAM_BYTES, tables.accelerator);
    this.#tables = tables;
    addFeatures(this.core, tables.features ?? []);
    this.space = new AddressSpace(this.core, tables.regions, false);
    this.#boot();
  }

  #u32(physical: number, value: number): void {
    this.core.view.setUint32(this.core.ram + physical, value >>> 0, true);
  }

  #descriptor(at: number, base: number, limit: number, access: number, flags: number): void {
    this.#u32(at, (limit & 0xffff) | (base << 16));
    this.#u32(at + 4, ((base >>> 16) & 0xff) | (access << 8) | (limit & 0xf0000) | (flags << 20) | (base & 0xff000000));
  }

  #writeTables(): void {
    const { gdt, ldt } = this.#tables;
    for (const [index, access, flags, base, limit] of gdt)
      this.#descriptor(GDT_AT + index * 8, base, limit, access, flags);
    // LTR wants an available TSS and makes it the busy one that the recordings' GDT shows
    this.#descriptor(GDT_AT + TSS_SELECTOR, SYSTEM + TSS_AT, 0x67, 0x89, 0);
    this.#descriptor(GDT_AT + LDT_SELECTOR, SYSTEM + LDT_AT, Math.max(ldt.length * 8 - 1, 0), 0x82, 0);
    ldt.forEach((e, index) => {
      if (e) this.#descriptor(LDT_AT + index * 8, e.base, e.limit, accessByte(e), flagsNibble(e));
    });
    for (let vector = 0; vector < 256; vector++) {
      const offset = SYSTEM + HANDLERS + vector;
      this.#u32(IDT_AT + vector * 8, (offset & 0xffff) | (KERNEL_CODE << 16));
      this.#u32(IDT_AT + vector * 8 + 4, (offset & 0xffff0000) | (USER_GATES.has(vector) ? 0xee00 : 0x8e00));
    }
    this.#u32(TSS_AT + 4, SYSTEM + STACK_TOP); // ESP0
    this.#u32(TSS_AT + 8, KERNEL_DATA); // SS0
    this.#u32(TSS_AT + 0x64, 0x680000); // I/O map beyond the limit: every port raises #GP
    this.core.bytes.fill(0xf4, this.core.ram + HANDLERS, this.core.ram + HANDLERS + 256);
    this.core.bytes.set(ENTER_CODE, this.core.ram + ENTER);
  }

  /** From the reset vector into paged, flat, 32-bit protected mode, by code at the top of memory. */
  #boot(): void {
    const { core } = this;
    this.#writeTables();
    const rom = RAM_BYTES - PAGE;
    core.exports.mapRam(0, RAM_BYTES / PAGE, core.ram);
    core.exports.mapRam(0xfffff, 1, core.ram + rom);
    core.bytes.set([0xe9, 0x0d, 0xf0], core.ram + rom + 0xff0); // JMP to the page's start
    core.bytes.set(realModeCode(this.space.cr3, systemCr4(core), this.#tables.gdtLimit), core.ram + rom);
    core.bytes.set(START_CODE(core), core.ram + START);
    this.space.mapSystemPage(0xfffff000, 0xfffff000);
    core.exports.reset(core.cpu);
    const exit = core.exports.run(core.cpu, 100);
    if (exit !== EXIT_HLT) throw new Error(`The core did not boot: run() ended with ${EXIT_NAMES[exit]}`);
    this.space.unmap(0xfffff000);
    core.exports.remapped(core.cpu);
  }

  /** Enters user mode with the case's selectors and flags, then sets what IRET does not load, and runs to the handler. */
  run(before: MachineState, patches: readonly Patch[]): Outcome {
    const { core } = this;
    this.space.fill(patches);
    const [es, cs, ss, ds, fs, gs] = before.segments;
    const [ip, esp] = [Number(before.ip), Number(before.general[4])];
    const frame = [ds, es, fs, gs, ip, cs, before.flags, esp, ss];
    const top = STACK_TOP - frame.length * 4;
    frame.forEach((v, i) => this.#u32(top + i * 4, v as number));
    core.view.setUint32(core.cpu + STATE_ACTIVITY, ACTIVITY_ACTIVE, true);
    core.view.setBigUint64(core.cpu + STATE_RIP, BigInt(SYSTEM + ENTER), true);
    core.view.setBigUint64(core.cpu + STATE_GPR + 4 * 8, BigInt(SYSTEM + top), true);
    core.exports.setFlags(core.cpu, 2);
    const entered = core.exports.run(core.cpu, ENTER_INSTRUCTIONS);
    if (entered !== 0) return this.#outcome(entered, 'entering the case');
    setRegisters(core, before);
    return this.#outcome(core.exports.run(core.cpu, BUDGET), 'the case');
  }

  #outcome(exit: number, where: string): Outcome {
    const { core } = this;
    const register = (n: number): number => core.view.getUint32(core.cpu + STATE_GPR + n * 8, true);
    const rip = Number(core.view.getBigUint64(core.cpu + STATE_RIP, true));
    const vector = rip - 1 - (SYSTEM + HANDLERS);
    const stopped = exit === EXIT_HLT && vector >= 0 && vector < 256 && where === 'the case';
    const general = BigUint64Array.from({ length: 16 }, (_, n) => BigInt(n < 8 ? register(n) : 0));
    const rest = { bases: new BigUint64Array(2), xsave: readXsave(core) };
    let at = core.ram + ((register(4) - SYSTEM) >>> 0);
    if (!stopped || at < core.ram || at >= core.ram + STACK_TOP) {
      const flags = core.exports.getFlags(core.cpu);
      const state = { general, ip: BigInt(rip), flags, segments: readSelectors(core, 0, 0), ...rest };
      return { vector: -1, errorCode: 0, cr2: 0n, exit: `${EXIT_NAMES[exit] ?? exit} while ${where}`, state };
    }
    const pop = (): number => core.view.getUint32((at += 4) - 4, true);
    const errorCode = WITH_ERROR_CODE.has(vector) ? pop() : 0;
    const [ip, cs, flags, esp, ss] = [BigInt(pop()), pop(), pop(), pop(), pop()];
    general[4] = BigInt(esp);
    const state = { general, ip, flags, segments: readSelectors(core, cs, ss), ...rest };
    const cr2 = core.view.getBigUint64(core.cpu + STATE_CR2, true);
    return { vector, errorCode, cr2, exit: 'exception', state };
  }
}

/** 16-bit code at F000 of the reset segment. CR0 = PG AM WP NE ET MP PE, EFER = NXE. */
function realModeCode(cr3: number, cr4: number, gdtLimit: number): number[] {
  const GDTR = 0x100;
  const IDTR = 0x108;
  const movEax = (v: number): number[] => [0x66, 0xb8, ...le32(v)];
  const code = [
    ...[0x66, 0x2e, 0x0f, 0x01, 0x16, GDTR & 0xff, 0xf0 | (GDTR >> 8)], // LGDT CS:[F100]
    ...[0x66, 0x2e, 0x0f, 0x01, 0x1e, IDTR & 0xff, 0xf0 | (IDTR >> 8)], // LIDT CS:[F108]
    ...[...movEax(cr3), 0x0f, 0x22, 0xd8], // MOV CR3, EAX
    ...[...movEax(cr4), 0x0f, 0x22, 0xe0], // MOV CR4, EAX
    ...[0x66, 0xb9, ...le32(0xc0000080), ...movEax(0x800), 0x66, 0x31, 0xd2, 0x0f, 0x30], // WRMSR
    ...[...movEax(0x80050033), 0x0f, 0x22, 0xc0], // MOV CR0, EAX
    ...[0x66, 0xea, ...le32(SYSTEM + START), KERNEL_CODE, 0], // JMP FAR
  ];
  const page = [...code, ...new Array<number>(GDTR - code.length).fill(0xf4)];
  page.push(gdtLimit & 0xff, gdtLimit >> 8, ...le32(SYSTEM + GDT_AT), 0, 0, 0xff, 0x07, ...le32(SYSTEM + IDT_AT));
  return page;
}

const START_CODE = (core: Core): number[] => [
  ...[0xb8, KERNEL_DATA, 0, 0, 0], // MOV EAX, KERNEL_DATA
  ...[0x8e, 0xd0, 0x8e, 0xd8, 0x8e, 0xc0, 0x8e, 0xe0, 0x8e, 0xe8], // MOV SS DS ES FS GS, AX
  ...[0xbc, ...le32(SYSTEM + STACK_TOP)], // MOV ESP
  ...[0xb8, LDT_SELECTOR, 0, 0, 0, 0x0f, 0x00, 0xd0], // LLDT
  ...[0xb8, TSS_SELECTOR, 0, 0, 0, 0x0f, 0x00, 0xd8], // LTR
  ...enableAvx(core),
  0xf4, // HLT
];
