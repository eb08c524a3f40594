/** The local APIC's part of the state block: byte offsets from STATE_LAPIC (SDM vol. 3A chapter 10 for the registers). */
export const LAPIC_ID = 0x00; // u32
export const LAPIC_TPR = 0x04; // u32
export const LAPIC_LDR = 0x08; // u32
export const LAPIC_DFR = 0x0c; // u32
export const LAPIC_SVR = 0x10; // u32
/** What a read of ESR shows, and the errors since the last write to it. */
export const LAPIC_ESR = 0x14; // u32
export const LAPIC_ESR_PENDING = 0x18; // u32
export const LAPIC_ICR_LOW = 0x1c; // u32
export const LAPIC_ICR_HIGH = 0x20; // u32
/** Local vector table in register order: timer, thermal, performance, LINT0, LINT1, error. */
export const LAPIC_LVT = 0x24; // 6 x u32
export const LAPIC_LVT_TIMER = 0x24;
export const LAPIC_LVT_PERFORMANCE = 0x2c;
export const LAPIC_LVT_LINT0 = 0x30;
export const LAPIC_LVT_LINT1 = 0x34;
export const LAPIC_LVT_ERROR = 0x38;
export const LAPIC_INITIAL_COUNT = 0x3c; // u32
export const LAPIC_DIVIDE = 0x40; // u32
/** 1 while the timer counts; it counted from LAPIC_INITIAL_COUNT at virtual time LAPIC_TIMER_START. */
export const LAPIC_TIMER_ARMED = 0x44; // u32
export const LAPIC_TIMER_START = 0x48; // u64, ns
export const LAPIC_BASE_MSR = 0x50; // u64: IA32_APIC_BASE
/** Messages that the core takes between two instructions. */
export const LAPIC_INIT_PENDING = 0x58; // u32
export const LAPIC_SIPI_PENDING = 0x5c; // u32: vector + 1
export const LAPIC_EXTINT_PENDING = 0x60; // u32
/** Bit n: word n of IRR is not zero. */
export const LAPIC_IRR_SUMMARY = 0x64; // u32
/** IA32_TSC_DEADLINE, 0 = not armed. */
export const LAPIC_DEADLINE = 0x68; // u64
export const LAPIC_ISR = 0x80; // 8 x u32
export const LAPIC_TMR = 0xa0; // 8 x u32
export const LAPIC_IRR = 0xc0; // 8 x u32
