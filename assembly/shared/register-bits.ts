/** Bits of EFLAGS, CR0, CR4, EFER and segment attributes, named as the SDM prints them. */
export const FLAG_CF = 0x1;
export const FLAG_FIXED = 0x2;
export const FLAG_PF = 0x4;
export const FLAG_AF = 0x10;
export const FLAG_ZF = 0x40;
export const FLAG_SF = 0x80;
export const FLAG_TF = 0x100;
export const FLAG_IF = 0x200;
export const FLAG_DF = 0x400;
export const FLAG_OF = 0x800;
export const FLAG_IOPL = 0x3000;
export const FLAG_NT = 0x4000;
export const FLAG_RF = 0x10000;
export const FLAG_VM = 0x20000;
export const FLAG_AC = 0x40000;
export const FLAG_VIF = 0x80000;
export const FLAG_VIP = 0x100000;
export const FLAG_ID = 0x200000;
/** CF PF AF ZF SF OF. */
export const FLAGS_ARITHMETIC = 0x8d5;

export const CR0_PE = 0x1;
export const CR0_MP = 0x2;
export const CR0_EM = 0x4;
export const CR0_TS = 0x8;
export const CR0_ET = 0x10;
export const CR0_NE = 0x20;
export const CR0_WP = 0x10000;
export const CR0_AM = 0x40000;
export const CR0_NW = 0x20000000;
export const CR0_CD = 0x40000000;
export const CR0_PG = 0x80000000;

export const CR4_VME = 0x1;
export const CR4_PVI = 0x2;
export const CR4_TSD = 0x4;
export const CR4_DE = 0x8;
export const CR4_PSE = 0x10;
export const CR4_PAE = 0x20;
export const CR4_MCE = 0x40;
export const CR4_PGE = 0x80;
export const CR4_PCE = 0x100;
export const CR4_OSFXSR = 0x200;
export const CR4_OSXMMEXCPT = 0x400;
export const CR4_UMIP = 0x800;
export const CR4_FSGSBASE = 0x10000;
export const CR4_PCIDE = 0x20000;
export const CR4_OSXSAVE = 0x40000;
export const CR4_SMEP = 0x100000;
export const CR4_SMAP = 0x200000;

/** With CR4.PCIDE, the process-context identifier. */
export const CR3_PCID = 0xfff;

/** DR6 and DR7 (SDM vol. 3B 17.2). */
export const DR6_B = 0xf;
export const DR6_BD = 0x2000;
export const DR6_BS = 0x4000;
export const DR6_BT = 0x8000;
/** Bits of DR6 and DR7 that always read as 1. */
export const DR6_FIXED = 0xffff0ff0;
export const DR7_FIXED = 0x400;
export const DR7_LOCAL = 0x155;
export const DR7_GD = 0x2000;

export const EFER_SCE = 0x1;
export const EFER_LME = 0x100;
export const EFER_LMA = 0x400;
export const EFER_NXE = 0x800;

/** Attribute word of a cached segment: byte 5 of the descriptor in bits 0-7, the high nibble of byte 6 in bits 12-15. */
export const SEG_ACCESSED = 0x1;
/** Code: readable. Data: writable. */
export const SEG_RW = 0x2;
/** Code: conforming. Data: expand-down. */
export const SEG_CE = 0x4;
export const SEG_CODE = 0x8;
export const SEG_S = 0x10;
export const SEG_DPL = 0x60;
export const SEG_P = 0x80;
export const SEG_AVL = 0x1000;
export const SEG_L = 0x2000;
export const SEG_DB = 0x4000;
export const SEG_G = 0x8000;
/** Not in any descriptor: the register holds a null selector, unusable for accesses. */
export const SEG_UNUSABLE = 0x10000;

/** Types of system descriptors: attribute bits 0-3 with S clear. Bit 3 set: the 32-bit kind, which in IA-32e mode is the 64-bit kind. */
export const TYPE_TSS16 = 0x1;
export const TYPE_LDT = 0x2;
export const TYPE_CALL16 = 0x4;
export const TYPE_TASK_GATE = 0x5;
export const TYPE_INTERRUPT16 = 0x6;
export const TYPE_TRAP16 = 0x7;
export const TYPE_TSS32 = 0x9;
export const TYPE_CALL32 = 0xc;
export const TYPE_INTERRUPT32 = 0xe;
export const TYPE_TRAP32 = 0xf;
/** Of a TSS type: busy. */
export const TYPE_BUSY = 0x2;
