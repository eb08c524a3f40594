// Where the machines that record a privileged test guest differ from the manual or do not model what it says. Lines are named by what they
// begin with; record.ts writes each entry into the head of the recording and refuses differences that are not listed, and entries for lines
// that do not differ.

export type MachineName = 'Bochs' | 'QEMU';

export interface Difference {
  /** The machine that is not believed. */
  readonly machine: MachineName;
  /** Beginnings of the lines. */
  readonly lines: readonly string[];
  /** From such a line on the machine's output means nothing. */
  readonly toTheEnd?: true;
  /** Why the other one, or the text below, is right. */
  readonly reason: string;
  /** What the manual says, where no machine prints it. */
  readonly text?: string;
}

const LIMITS = 'TCG checks no segment limits (SDM vol. 3, 6.3)';

export const DIFFERENCES: Readonly<Record<string, readonly Difference[]>> = {
  segments: [
    {
      machine: 'QEMU',
      lines: ['lar with rpl', 'code after a far jump'],
      reason: 'TCG does not set the accessed bit of a code segment that a far jump loads (SDM vol. 3, 3.4.5.1)',
    },
    { machine: 'QEMU', lines: ['ltr null'], reason: 'LTR of a null selector raises #GP(0) (SDM vol. 2, LTR)' },
  ],
  limits: [
    {
      machine: 'QEMU',
      lines: ['byte beyond'],
      toTheEnd: true,
      reason: `${LIMITS}, and the guest ends in a loop there`,
    },
  ],
  paging: [
    {
      machine: 'QEMU',
      lines: ['not present: add', 'not present: xchg', 'cmpxchg that does not write'],
      reason:
        'instructions that read and then write their operand fault as writes (SDM vol. 3, 5.7, W/R; vol. 2, CMPXCHG: always a write cycle)',
    },
    {
      machine: 'QEMU',
      lines: ['pusha across into a missing page'],
      reason: 'the first push is that of EAX, at the highest address (SDM vol. 2, PUSHA)',
    },
    {
      machine: 'QEMU',
      lines: ['across: low'],
      reason: 'what PUSHA had stored before it faulted is left over',
    },
    {
      machine: 'QEMU',
      lines: ['reserved bit 21'],
      reason: 'RSVD is set only together with P (SDM vol. 3, 5.7)',
    },
    {
      machine: 'QEMU',
      lines: ['pg without pe'],
      toTheEnd: true,
      reason: 'TCG lets CR0.PG be set without CR0.PE, where MOV to CR0 raises #GP (SDM vol. 2), and does not come back',
    },
  ],
  pae: [
    {
      machine: 'QEMU',
      lines: ['pointer entry'],
      reason: 'a PDPTE has no accessed bit: bit 5 is reserved (SDM vol. 3, table 5-8)',
    },
    {
      machine: 'QEMU',
      lines: ['pointer written, cr3 not loaded', 'reserved bit 1 of', 'reserved bit 7 of', 'reserved bit 63 of'],
      reason: 'the four PDPTEs are read and checked when CR3 is loaded (SDM vol. 3, 5.4.1), which TCG does not do',
    },
    {
      machine: 'QEMU',
      lines: ['bit 20 of', 'bit 13 of', 'bit 62 of', 'bit 52 of', 'bit 63 without nxe'],
      reason: 'RSVD is set only together with P (SDM vol. 3, 5.7)',
    },
  ],
  gates: [
    {
      machine: 'QEMU',
      lines: ['seen: cs 0073'],
      reason: 'a call gate to conforming code leaves CPL in CS.RPL (SDM vol. 2, CALL)',
    },
    {
      machine: 'QEMU',
      lines: ['gate beyond the limit', 'parameters beyond the outer stack', 'int beyond the limit of the code'],
      reason: LIMITS,
    },
    {
      machine: 'QEMU',
      lines: ['inner ss not present', 'retf outwards, ss not present'],
      reason: 'a stack segment that is not present raises #SS with its selector (SDM vol. 2, CALL and RET)',
    },
  ],
  tasks: [
    {
      machine: 'QEMU',
      lines: ['  saved eflags: 00000047', '  flags afterwards: 00000047'],
      reason: 'TCG loses the carry flag of the instruction before the switch',
    },
    {
      machine: 'QEMU',
      lines: ['  saved eflags: 00010006'],
      reason: 'a fault saves RF as 1 (SDM vol. 3, 19.3.1.1), through a task gate as well',
    },
    {
      machine: 'QEMU',
      lines: ['task gate into the ldt'],
      reason: 'a task gate whose selector is local raises #GP (SDM vol. 2, INT n)',
    },
    {
      machine: 'QEMU',
      lines: ['cs ', 'ss ', 'ds ', 'gs ', 'ldt ', 'eip beyond', 'a task in ring 3 with data of ring 0'],
      reason:
        'what fails after the switch is reported at the first instruction of the new task (SDM vol. 3, 9.3); TCG saves the EIP of the old one',
    },
    {
      machine: 'QEMU',
      lines: ['t flag', 'dr6'],
      reason: 'TCG does not model the T flag of a TSS (SDM vol. 3, 9.2.1)',
    },
    {
      machine: 'QEMU',
      lines: ['tss not mapped'],
      reason: 'the first access to the new TSS names its first byte; a processor may look at another one first',
    },
  ],
  double: [
    {
      machine: 'QEMU',
      lines: ['#UD, gate', '#BR, gate', '#UD, call gate', '#UD, task gate'],
      reason: 'a fault met while an exception is delivered has EXT set in its error code (SDM vol. 3, 7.13)',
    },
    {
      machine: 'QEMU',
      lines: ['int1, gate not present'],
      reason: 'TCG of this version raises #UD for INT1 (SDM vol. 2, INT n)',
    },
    {
      machine: 'QEMU',
      lines: ['#DF through a task gate', 'saved eip', 'saved ss', 'stack gone'],
      reason: `${LIMITS}: the push goes through`,
    },
  ],
  v86: [
    { machine: 'QEMU', lines: ['eflags: 00030002'], reason: 'a fault saves RF as 1 (SDM vol. 3, 19.3.1.1)' },
    {
      machine: 'QEMU',
      lines: ['iretd with vm in ring 3', 'eflags: 00000002'],
      reason: 'IRET loads VM only in ring 0 (SDM vol. 2, IRET)',
    },
    {
      machine: 'QEMU',
      lines: ['word at FFFF', 'byte at 10000', 'push with sp 1', 'jump beyond'],
      reason: LIMITS,
    },
    {
      machine: 'QEMU',
      lines: ['int to a gate of ring 1'],
      reason: 'from virtual-8086 mode an interrupt must lead to ring 0: #GP with the selector (SDM vol. 2, INT n)',
    },
    { machine: 'QEMU', lines: ['vme'], toTheEnd: true, reason: 'TCG has no VME' },
  ],
  sysenter: [
    {
      machine: 'QEMU',
      lines: ['sysenter with null and rpl 3', 'sysexit with null and rpl 3'],
      reason: 'only bits 15:2 of IA32_SYSENTER_CS count (SDM vol. 2, SYSENTER): 3 is null as well',
    },
  ],
  debug: [
    {
      machine: 'QEMU',
      lines: ['dr6, all written', 'dr7, reserved bits written'],
      reason: 'bits 12 and, in DR7, 14 and 15 read as 0 whatever is written (SDM vol. 3, figure 19-1)',
    },
    {
      machine: 'QEMU',
      lines: ['  rf: 0', '  rf: 1'],
      reason:
        'INT pushes RF as 0, because it has been cleared when the instruction began, and faults push it as 1 (SDM vol. 3, 19.3.1.1)',
    },
    {
      machine: 'QEMU',
      lines: ['dword, unaligned address', '  dr6: 0001', '  dr6: 0000'],
      reason: 'the low bits of the address do not count, by LEN (SDM vol. 3, 19.2.5)',
    },
    {
      machine: 'QEMU',
      lines: ['a write that faults'],
      reason: 'TCG does not check that segment for writes (SDM vol. 3, 6.5)',
    },
    {
      machine: 'Bochs',
      lines: ['  rf between iterations'],
      reason: 'between two iterations of a repeated instruction a trap pushes RF as 1 (SDM vol. 3, 19.3.1.1)',
      text: '  rf between iterations: 00010000',
    },
    {
      machine: 'QEMU',
      lines: ['  dr6: FFFF0FF6'],
      reason: 'all breakpoints that hit are reported (SDM vol. 3, 19.2.3)',
    },
    {
      machine: 'QEMU',
      lines: ['port without de'],
      reason: 'R/W 2 is an I/O breakpoint only while CR4.DE is set (SDM vol. 3, 19.2.4)',
    },
  ],
  steps: [
    {
      machine: 'QEMU',
      lines: ['sti:'],
      reason: 'the shadow of STI holds interrupts off, not single steps (SDM vol. 2, STI)',
    },
    {
      machine: 'QEMU',
      lines: ['with a data breakpoint', 'mov ss from watched'],
      reason: 'a data breakpoint traps behind the instruction, together with its single step (SDM vol. 3, 19.3.1.2)',
    },
    {
      machine: 'QEMU',
      lines: ['lss', 'breakpoint behind mov ss'],
      reason: 'MOV SS and POP SS hold debug exceptions off, LSS does not (SDM vol. 3, 7.8.3)',
    },
    { machine: 'QEMU', lines: ['int1'], reason: 'TCG of this version raises #UD for INT1 (SDM vol. 2, INT n)' },
    {
      machine: 'QEMU',
      lines: ['read with gd', '  rf: 1', '  dr6: FFFF2FF0', 'write with gd', '  dr7'],
      reason: 'TCG does not model DR7.GD (SDM vol. 3, 19.2.4)',
    },
    {
      machine: 'Bochs',
      lines: ['  rf of general detect'],
      reason: 'general detect is a fault, so it pushes RF as 1 (SDM vol. 3, 19.3.1.1)',
      text: '  rf of general detect: 1',
    },
  ],
  'code-pages': [
    {
      machine: 'Bochs',
      lines: ['second half in frame 3', 'second half gone'],
      reason:
        'INVLPG makes the processor forget the page, of instructions as well (SDM vol. 3, 5.10.4.1); Bochs keeps what it has decoded',
    },
  ],
  real: [
    {
      machine: 'QEMU',
      lines: [
        'word at FFFF',
        'dword at FFFD',
        'write at FFFF',
        'add at FFFF',
        '32-bit address 10000',
        'lodsw at FFFF',
        'movsw to FFFF',
        'lgdt at FFFC',
        'fld qword at FFFC',
        'lds at FFFD',
        'pop with sp FFFF',
        'push dword with sp 2',
        'bp at FFFF',
        'ss: at FFFF',
      ],
      reason: 'TCG does not check the limits of 64 KB (SDM vol. 2: #GP and #SS in real-address mode)',
    },
    {
      machine: 'QEMU',
      lines: ['a jump beyond'],
      toTheEnd: true,
      reason: 'nor that of code, and runs on until the processor shuts down',
    },
  ],
  pic: [
    {
      machine: 'Bochs',
      lines: ['irq 3 lowest', 'rotated by eoi'],
      reason:
        'the request of highest priority is chosen when the processor acknowledges (8259A, interrupt sequence), not when INT rises',
    },
    {
      machine: 'Bochs',
      lines: ['poll, irq 0', 'in service by the poll'],
      reason: 'a read in polling mode acknowledges: bit 7, the level, and ISR set (8259A, poll command)',
    },
  ],
  pit: [
    {
      machine: 'QEMU',
      lines: ['mode 0: 70'],
      toTheEnd: true,
      reason:
        'QEMU counts on while the gate is low, and loads counts at once (8254, mode definitions, read-back command)',
    },
    {
      machine: 'Bochs',
      lines: ['mode 2, count'],
      reason: 'a low gate stops counter 2 in mode 2 (8254, mode 2)',
      text: 'mode 2, count: 5678',
    },
    {
      machine: 'Bochs',
      lines: ['mode 3, loaded'],
      reason: 'the first count is loaded at the next clock whatever the gate is (8254, mode 3)',
      text: 'mode 3, loaded: B6',
    },
  ],
  'pit-modes': [
    {
      machine: 'QEMU',
      lines: [
        'mode 2: out',
        'mode 2, gate low',
        'mode 3, gate low',
        'mode 4: out',
        'mode 1, over',
        'mode 1, over again',
      ],
      reason:
        'OUT is high before the count, while the gate of modes 2 and 3 is low, and after a pulse of mode 1 (8254, mode definitions)',
    },
    {
      machine: 'QEMU',
      lines: ['bcd,'],
      reason: 'QEMU counts in binary, and while the gate is low as well (8254, control word)',
    },
    {
      machine: 'QEMU',
      lines: ['counter 0, mode 0'],
      reason: 'mode 0 lowers OUT, and the count is null (8254, mode 0, read-back command)',
    },
  ],
  'apic-timer': [
    {
      machine: 'Bochs',
      lines: ['neither lower nor its class', 'still none'],
      reason:
        'what is of the class in service waits (SDM vol. 3, 11.8.3.1); Bochs lets it through and finds nothing to deliver',
    },
    {
      machine: 'Bochs',
      lines: ['illegal vector sent'],
      reason: 'vectors below 16 are errors of the sender, reported in ESR bit 5 (SDM vol. 3, 11.5.3)',
      text: 'illegal vector sent: 00000020',
    },
    {
      machine: 'Bochs',
      lines: ['interrupt of the error'],
      reason: 'the error has the vector of its LVT entry (SDM vol. 3, 11.5.3)',
      text: 'interrupt of the error: int 50 ppr 50',
    },
    {
      machine: 'QEMU',
      lines: ['off: timer', 'off, timer written', 'on: timer'],
      reason: 'all LVT entries are masked while the APIC is off by software (SDM vol. 3, 11.4.7.2)',
    },
  ],
  'long-paging': [
    {
      machine: 'QEMU',
      lines: ['pte bit 51', 'pde bit 51', '2 mb page, bit 13', '1 gb page, bit 13', 'nx without nxe'],
      reason: 'RSVD is set only together with P (SDM vol. 3, 5.7)',
    },
    {
      machine: 'QEMU',
      lines: ['cr3 bit 63 without pcide'],
      toTheEnd: true,
      reason:
        'TCG does not check the reserved bits of CR3 (SDM vol. 2, MOV to control registers) and does not come back',
    },
  ],
  'long-gates': [
    {
      machine: 'QEMU',
      lines: ['read across'],
      reason: 'TCG looks at the first byte only: the access reaches a non-canonical address (SDM vol. 1, 3.3.7.1)',
    },
    {
      machine: 'QEMU',
      lines: ['rbp:', 'rsp:', 'pop:', 'ring 3: push'],
      reason: 'non-canonical stack accesses are #SS (SDM vol. 1, 3.3.7.1)',
    },
    {
      machine: 'QEMU',
      lines: ['jmp:', 'call:', 'ret:', 'target not canonical', 'not canonical', 'sysret, not canonical'],
      reason: 'TCG checks no canonical targets; the transfer itself faults (SDM vol. 2, each instruction)',
    },
    {
      machine: 'QEMU',
      lines: ['error code: rsp'],
      reason: 'a fault pushes RF set (SDM vol. 3, 19.3.1.1)',
    },
    {
      machine: 'QEMU',
      lines: ['beyond the limit', 'not present', '16-bit gate', 'task gate', 'call gate', 'dpl'],
      reason: 'the error code holds the number of the vector (SDM vol. 3, 7.13), not twice that',
    },
    {
      machine: 'Bochs',
      lines: ['stack not canonical'],
      reason: 'the error code is 0 where SS does not change (SDM vol. 2, INT n)',
    },
    {
      machine: 'QEMU',
      lines: ['null ss with rpl 1'],
      reason: 'the RPL of a null SS must be the new CPL (SDM vol. 2, IRET), which neither checks',
      text: 'null ss with rpl 1: #GP(0000) +13',
    },
    {
      machine: 'QEMU',
      lines: ['null ss with rpl 3'],
      reason: 'the same',
      text: 'null ss with rpl 3: #GP(0000) +13',
    },
    {
      machine: 'QEMU',
      lines: ['null ss to 32-bit code', 'ss null with rpl 3'],
      reason: 'TCG lets a null SS be loaded where it cannot be (SDM vol. 2, IRET and MOV)',
    },
    {
      machine: 'QEMU',
      lines: ['l and d', 'far jump to l and d'],
      reason: 'a code segment with L and D is invalid (SDM vol. 3, 5.2.1)',
    },
    {
      machine: 'QEMU',
      lines: ['syscall: rflags'],
      reason: 'TCG loses the arithmetic flags: RFLAGS becomes RFLAGS and not IA32_FMASK (SDM vol. 2, SYSCALL)',
    },
    { machine: 'QEMU', lines: ['rflags: 002'], reason: 'SYSRET loads the bits 3C7FD7h (SDM vol. 2, SYSRET)' },
    {
      machine: 'QEMU',
      lines: ['ring 3: cr9'],
      reason:
        'an undefined control register is #UD before the ring is looked at (SDM vol. 2, MOV to control registers)',
    },
    {
      machine: 'QEMU',
      lines: ['wrmsr not canonical', 'read back', 'wrfsbase, not canonical'],
      reason: 'registers that hold linear addresses take canonical ones only (SDM vol. 2, WRMSR and WRFSBASE)',
    },
    {
      machine: 'QEMU',
      lines: ['cr4, bit 32'],
      toTheEnd: true,
      reason: 'TCG ends where a reserved bit of CR4 is set, which is #GP(0) (SDM vol. 2, MOV to control registers)',
    },
  ],
};
