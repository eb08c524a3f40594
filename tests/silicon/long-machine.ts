/**
 * A 64-bit system around user code, as user-machine.ts is a 32-bit one: the core is booted into 64-bit mode by
 * instructions of the guest, a case is entered with IRETQ and ends in an interrupt handler, one HLT for each vector.
 * Nothing is set behind the core's back but general registers, x87, SSE and AVX state and the bases of FS and GS.
 */
import { EXIT_HLT, EXIT_NAMES } from '../../assembly/shared/exit.ts';
import { ACTIVITY_ACTIVE, STATE_ACTIVITY, STATE_CR2, STATE_GPR, STATE_RIP } from '../../assembly/shared/state.ts';
import type { MachineState, Patch } from '../../recorder/wire.ts';
import {
  AddressSpace,
  CODE_AT,
  GDT_AT,
  IDT_AT,
  LDT_AT,
  LONG_SYSTEM,
  PAGE,
  STACK_TOP,
  SYSTEM,
  TSS_AT,
} from './address-space.ts';
import type { CaseMachine, Outcome, SystemTables } from './case-machine.ts';
import { enableAvx, readBases, readSelectors, readXsave, setRegisters, systemCr4 } from './case-state.ts';
import { addFeatures, createCore, type Core } from './core.ts';
import { USER_GATES, WITH_ERROR_CODE, accessByte, descriptorBytes, flagsNibble, le32, le64 } from './descriptors.ts';

const RAM_BYTES = 0x200000;
/** Linux's 64-bit code segment and data segment of the kernel; both of their descriptors are among the recorded ones. */
const KERNEL_CODE = 0x10;
const KERNEL_DATA = 0x18;
const TSS_SELECTOR = 0x40;
const LDT_SELECTOR = 0x50;
const HANDLERS = CODE_AT; // 256 x HLT
const ENTER = CODE_AT + 0x200;
const START = CODE_AT + 0x300;
/** MOV DS, EAX; MOV ES, ECX; MOV FS, EDX; MOV GS, EBX; IRETQ */
const ENTER_CODE = [0x8e, 0xd8, 0x8e, 0xc1, 0x8e, 0xe2, 0x8e, 0xeb, 0x48, 0xcf];
const ENTER_INSTRUCTIONS = 5;
const BUDGET = 400000;
const BOOT_INSTRUCTIONS = 100;

const CR0 = 0x80050033; // PG AM WP NE ET MP PE
const IA32_EFER = 0xc0000080;
const EFER_SCE_LME_NXE = 0x901;

export class LongMachine implements CaseMachine {
  readonly core: Core;
  readonly space: AddressSpace;
  readonly #tables: SystemTables;

  constructor(tables: SystemTables) {
    this.core = createCore(RAM_BYTES, tables.accelerator);
    this.#tables = tables;
    addFeatures(this.core, ['LM', 'SYSCALL', ...(tables.features ?? [])]);
    this.space = new AddressSpace(this.core, tables.regions, true);
    this.#writeTables();
    this.#boot();
  }

  #write(physical: number, bytes: readonly number[]): void {
    this.core.bytes.set(bytes, this.core.ram + physical);
  }

  #writeTables(): void {
    const { gdt, ldt } = this.#tables;
    for (const [index, access, flags, base, limit] of gdt)
      this.#write(GDT_AT + index * 8, descriptorBytes(base, limit, access, flags));
    const system = (at: number, limit: number, access: number): number[] => [
      ...descriptorBytes(Number(BigInt.asUintN(32, BigInt(LONG_SYSTEM + at))), limit, access, 0),
      ...le64(BigInt.asUintN(64, BigInt(LONG_SYSTEM + at)) >> 32n),
    ];
    this.#write(GDT_AT + TSS_SELECTOR, system(TSS_AT, 0x67, 0x89));
    this.#write(GDT_AT + LDT_SELECTOR, system(LDT_AT, Math.max(ldt.length * 8 - 1, 0), 0x82));
    ldt.forEach((e, index) => {
      if (e) this.#write(LDT_AT + index * 8, descriptorBytes(e.base, e.limit, accessByte(e), flagsNibble(e)));
    });
    for (let vector = 0; vector < 256; vector++) this.#writeGate(vector);
    this.#write(TSS_AT + 4, le64(LONG_SYSTEM + STACK_TOP)); // RSP0
    this.#write(TSS_AT + 0x64, le32(0x680000)); // I/O map beyond the limit: every port raises #GP
    this.core.bytes.fill(0xf4, this.core.ram + HANDLERS, this.core.ram + HANDLERS + 256);
    this.#write(ENTER, ENTER_CODE);
  }

  #writeGate(vector: number): void {
    const [a, b, ...rest] = le64(LONG_SYSTEM + HANDLERS + vector) as [number, number, ...number[]];
    const [c, d, ...upper] = rest as [number, number, ...number[]];
    const access = USER_GATES.has(vector) ? 0xee : 0x8e;
    this.#write(IDT_AT + vector * 16, [a, b, KERNEL_CODE, 0, 0, access, c, d, ...upper, 0, 0, 0, 0]);
  }

  /**
   * From the reset vector to 64-bit mode: code at the top of the first 4 GB turns everything on at once and jumps to code
   * that is mapped below 4 GB too, because a far jump of 16-bit code reaches no further.
   */
  #boot(): void {
    const { core, space } = this;
    const rom = RAM_BYTES - PAGE;
    core.exports.mapRam(0, RAM_BYTES / PAGE, core.ram);
    core.exports.mapRam(0xfffff, 1, core.ram + rom);
    this.#write(rom + 0xff0, [0xe9, 0x0d, 0xf0]); // JMP to the page's start
    this.#write(rom, this.#realModeCode());
    this.#write(START, this.#startCode());
    const lowPages = [GDT_AT, CODE_AT];
    space.mapSystemPage(0xfffff000, 0xfffff000);
    for (const page of lowPages) space.mapSystemPage(SYSTEM + page, page);
    core.exports.reset(core.cpu);
    const exit = core.exports.run(core.cpu, BOOT_INSTRUCTIONS);
    const rip = this.#rip();
    if (exit !== EXIT_HLT || rip < SYSTEM + START || rip >= SYSTEM + START + 0x100)
      throw new Error(`The core did not boot: ${EXIT_NAMES[exit]} at ${rip.toString(16)}`);
    space.unmap(0xfffff000);
    for (const page of lowPages) space.unmap(SYSTEM + page);
    core.exports.remapped(core.cpu);
  }

  #realModeCode(): number[] {
    const GDTR = 0x100;
    const movEax = (v: number): number[] => [0x66, 0xb8, ...le32(v)];
    const code = [
      ...[0x66, 0x2e, 0x0f, 0x01, 0x16, GDTR & 0xff, 0xf0 | (GDTR >> 8)], // LGDT CS:[F100]
      ...[...movEax(this.space.cr3), 0x0f, 0x22, 0xd8], // MOV CR3, EAX
      ...[...movEax(systemCr4(this.core)), 0x0f, 0x22, 0xe0], // MOV CR4, EAX
      ...[0x66, 0xb9, ...le32(IA32_EFER), ...movEax(EFER_SCE_LME_NXE), 0x66, 0x31, 0xd2, 0x0f, 0x30], // WRMSR
      ...[...movEax(CR0), 0x0f, 0x22, 0xc0], // MOV CR0, EAX
      ...[0x66, 0xea, ...le32(SYSTEM + START), KERNEL_CODE, 0], // JMP FAR
    ];
    const page = [...code, ...new Array<number>(GDTR - code.length).fill(0xf4)];
    page.push(this.#tables.gdtLimit & 0xff, this.#tables.gdtLimit >> 8, ...le32(SYSTEM + GDT_AT));
    return page;
  }

  /** 64-bit code: tables at their high addresses, segments, task and LDT registers, XCR0 = x87 SSE AVX. */
  #startCode(): number[] {
    const DATA = 0x80;
    const [gdtr, idtr] = [DATA, DATA + 0x10];
    const rax = (v: number): number[] => [0x48, 0xb8, ...le64(v)]; // MOV RAX, imm64
    const at = (offset: number): number[] => [...rax(LONG_SYSTEM + START + offset), 0x0f, 0x01];
    const code = [
      ...[...at(gdtr), 0x10], // LGDT [RAX]
      ...[...at(idtr), 0x18], // LIDT [RAX]
      ...[0xb8, KERNEL_DATA, 0, 0, 0, 0x8e, 0xd0], // MOV SS, EAX
      ...[0xb8, LDT_SELECTOR, 0, 0, 0, 0x0f, 0x00, 0xd0], // LLDT
      ...[0xb8, TSS_SELECTOR, 0, 0, 0, 0x0f, 0x00, 0xd8], // LTR
      ...[...rax(LONG_SYSTEM + STACK_TOP), 0x48, 0x89, 0xc4], // MOV RSP, RAX
      ...enableAvx(this.core),
      0xf4, // HLT
    ];
    const { gdtLimit } = this.#tables;
    const tables = [gdtLimit & 0xff, gdtLimit >> 8, ...le64(LONG_SYSTEM + GDT_AT), 0, 0, 0, 0, 0, 0];
    tables.push(0xff, 0x0f, ...le64(LONG_SYSTEM + IDT_AT));
    return [...code, ...new Array<number>(DATA - code.length).fill(0xf4), ...tables];
  }

  /** Signed, as all addresses here. */
  #rip(): number {
    return Number(this.core.view.getBigInt64(this.core.cpu + STATE_RIP, true));
  }

  run(before: MachineState, patches: readonly Patch[]): Outcome {
    const { core } = this;
    this.space.fill(patches);
    const [es, cs, ss, ds, fs, gs] = before.segments as unknown as number[] as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    const frame = [before.ip, cs, before.flags, before.general[4] as bigint, ss];
    const top = STACK_TOP - frame.length * 8;
    this.#write(
      top,
      frame.flatMap((v) => le64(v)),
    );
    const set = (n: number, v: number): void => core.view.setBigInt64(core.cpu + STATE_GPR + n * 8, BigInt(v), true);
    [ds, es, fs, gs, LONG_SYSTEM + top].forEach((v, n) => set([0, 1, 2, 3, 4][n] as number, v));
    core.view.setUint32(core.cpu + STATE_ACTIVITY, ACTIVITY_ACTIVE, true);
    core.view.setBigInt64(core.cpu + STATE_RIP, BigInt(LONG_SYSTEM + ENTER), true);
    core.exports.setFlags(core.cpu, 2);
    const entered = core.exports.run(core.cpu, ENTER_INSTRUCTIONS);
    if (entered !== 0) return this.#outcome(entered, 'entering the case');
    setRegisters(core, before);
    return this.#outcome(core.exports.run(core.cpu, BUDGET), 'the case');
  }

  #outcome(exit: number, where: string): Outcome {
    const { core } = this;
    const vector = this.#rip() - 1 - (LONG_SYSTEM + HANDLERS);
    const stopped = exit === EXIT_HLT && vector >= 0 && vector < 256 && where === 'the case';
    const general = BigUint64Array.from({ length: 16 }, (_, n) =>
      core.view.getBigUint64(core.cpu + STATE_GPR + n * 8, true),
    );
    const rest = { bases: readBases(core), xsave: readXsave(core) };
    let at = core.ram + Number(BigInt.asIntN(64, general[4] as bigint)) - LONG_SYSTEM;
    if (!stopped || at < core.ram || at >= core.ram + STACK_TOP) {
      const ip = BigInt.asUintN(64, BigInt(this.#rip()));
      const state = {
        general,
        ip,
        flags: core.exports.getFlags(core.cpu),
        segments: readSelectors(core, 0, 0),
        ...rest,
      };
      return { vector: -1, errorCode: 0, cr2: 0n, exit: `${EXIT_NAMES[exit] ?? exit} while ${where}`, state };
    }
    const pop = (): bigint => core.view.getBigUint64((at += 8) - 8, true);
    const errorCode = WITH_ERROR_CODE.has(vector) ? Number(pop()) : 0;
    const [ip, cs, flags, rsp, ss] = [pop(), Number(pop()), Number(pop()), pop(), Number(pop())];
    general[4] = rsp;
    const state = { general, ip, flags, segments: readSelectors(core, cs, ss), ...rest };
    return { vector, errorCode, cr2: core.view.getBigUint64(core.cpu + STATE_CR2, true), exit: 'exception', state };
  }
}
