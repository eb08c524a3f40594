/**
 * CPUID feature bits: word * 32 + bit. The decoder refuses the instructions of a feature whose bit is clear, CPUID reports
 * the same words, so that what is advertised and what runs cannot differ. Bits are named as in SDM vol. 2A, CPUID; QEMU's
 * names of them and what each needs are in devices/machine/cpu-features.ts.
 *
 * Words: 0 leaf 1 EDX, 1 leaf 1 ECX, 2 leaf 80000001 EDX, 3 leaf 80000001 ECX, 4 leaf 7 EBX, 5 leaf 7 ECX, 6 leaf 7 EDX,
 * 7 leaf 0Dh subleaf 1 EAX.
 */
export const FEATURE_FPU = 0;
export const FEATURE_VME = 1;
export const FEATURE_DE = 2;
export const FEATURE_PSE = 3;
export const FEATURE_TSC = 4;
export const FEATURE_MSR = 5;
export const FEATURE_PAE = 6;
export const FEATURE_MCE = 7;
export const FEATURE_CX8 = 8;
export const FEATURE_APIC = 9;
export const FEATURE_SEP = 11;
export const FEATURE_MTRR = 12;
export const FEATURE_PGE = 13;
export const FEATURE_MCA = 14;
export const FEATURE_CMOV = 15;
export const FEATURE_PAT = 16;
export const FEATURE_PSE36 = 17;
export const FEATURE_CLFSH = 19;
export const FEATURE_MMX = 23;
export const FEATURE_FXSR = 24;
export const FEATURE_SSE = 25;
export const FEATURE_SSE2 = 26;
export const FEATURE_HTT = 28;

export const FEATURE_SSE3 = 32;
export const FEATURE_PCLMULQDQ = 33;
export const FEATURE_MONITOR = 35;
export const FEATURE_SSSE3 = 41;
export const FEATURE_FMA = 44;
export const FEATURE_CX16 = 45;
export const FEATURE_PCID = 49;
export const FEATURE_SSE41 = 51;
export const FEATURE_SSE42 = 52;
export const FEATURE_X2APIC = 53;
export const FEATURE_MOVBE = 54;
export const FEATURE_POPCNT = 55;
export const FEATURE_TSC_DEADLINE = 56;
export const FEATURE_AES = 57;
export const FEATURE_XSAVE = 58;
/** Not a feature but a copy of CR4.OSXSAVE; cpu/cpuid.ts fills it in. */
export const CPUID_OSXSAVE = 59;
export const FEATURE_AVX = 60;
export const FEATURE_F16C = 61;
export const FEATURE_RDRAND = 62;

export const FEATURE_SYSCALL = 75;
export const FEATURE_NX = 84;
export const FEATURE_PDPE1GB = 90;
export const FEATURE_RDTSCP = 91;
export const FEATURE_LM = 93;

export const FEATURE_LAHF64 = 96;
export const FEATURE_SVM = 98;
export const FEATURE_LZCNT = 101;
export const FEATURE_PREFETCHW = 104;

export const FEATURE_FSGSBASE = 128;
export const FEATURE_TSC_ADJUST = 129;
export const FEATURE_BMI1 = 131;
export const FEATURE_AVX2 = 133;
export const FEATURE_SMEP = 135;
export const FEATURE_BMI2 = 136;
export const FEATURE_ERMS = 137;
export const FEATURE_INVPCID = 138;
export const FEATURE_RDSEED = 146;
export const FEATURE_ADX = 147;
export const FEATURE_SMAP = 148;
export const FEATURE_CLFLUSHOPT = 151;
export const FEATURE_CLWB = 152;
export const FEATURE_SHA = 157;

export const FEATURE_UMIP = 162;
export const FEATURE_VAES = 169;
export const FEATURE_VPCLMULQDQ = 170;
export const FEATURE_RDPID = 182;

export const FEATURE_FSRM = 196;
export const FEATURE_ARCH_CAPABILITIES = 221;

export const FEATURE_XSAVEOPT = 224;
export const FEATURE_XSAVEC = 225;
export const FEATURE_XGETBV1 = 226;

/**
 * What works: the words that a vCPU starts with. A machine may only take bits away. Whoever adds a feature's last
 * instruction adds its line here, and the models of devices/machine/cpu-model.ts that have the feature get it.
 */
export const FEATURES_DEFAULT_0 =
  (1 << FEATURE_FPU) |
  (1 << FEATURE_VME) |
  (1 << FEATURE_DE) |
  (1 << FEATURE_PSE) |
  (1 << FEATURE_TSC) |
  (1 << FEATURE_MSR) |
  (1 << FEATURE_PAE) |
  (1 << FEATURE_MCE) |
  (1 << FEATURE_CX8) |
  (1 << FEATURE_APIC) |
  (1 << FEATURE_SEP) |
  (1 << FEATURE_MTRR) |
  (1 << FEATURE_PGE) |
  (1 << FEATURE_MCA) |
  (1 << FEATURE_CMOV) |
  (1 << FEATURE_PAT) |
  (1 << FEATURE_PSE36) |
  (1 << FEATURE_CLFSH) |
  (1 << FEATURE_MMX) |
  (1 << FEATURE_FXSR) |
  (1 << FEATURE_SSE) |
  (1 << FEATURE_SSE2);
/** Each of the following is a sum of bits that starts with 0, one line for each feature. */
export const FEATURES_DEFAULT_1 =
  0 |
  (1 << (FEATURE_MONITOR - 32)) |
  (1 << (FEATURE_PCID - 32)) |
  (1 << (FEATURE_SSE3 - 32)) |
  (1 << (FEATURE_SSSE3 - 32)) |
  (1 << (FEATURE_SSE41 - 32)) |
  (1 << (FEATURE_X2APIC - 32)) |
  (1 << (FEATURE_TSC_DEADLINE - 32)) |
  (1 << (FEATURE_XSAVE - 32)) |
  (1 << (FEATURE_RDRAND - 32)) |
  (1 << (FEATURE_PCLMULQDQ - 32)) |
  (1 << (FEATURE_CX16 - 32)) |
  (1 << (FEATURE_MOVBE - 32)) |
  (1 << (FEATURE_POPCNT - 32)) |
  (1 << (FEATURE_AES - 32)) |
  (1 << (FEATURE_SSE42 - 32)) |
  (1 << (FEATURE_AVX - 32)) |
  (1 << (FEATURE_F16C - 32)) |
  (1 << (FEATURE_FMA - 32));
export const FEATURES_DEFAULT_2 =
  0 |
  (1 << (FEATURE_SYSCALL - 64)) |
  (1 << (FEATURE_LM - 64)) |
  (1 << (FEATURE_PDPE1GB - 64)) |
  (1 << (FEATURE_NX - 64)) |
  (1 << (FEATURE_RDTSCP - 64));
export const FEATURES_DEFAULT_3 =
  0 | (1 << (FEATURE_LAHF64 - 96)) | (1 << (FEATURE_PREFETCHW - 96)) | (1 << (FEATURE_LZCNT - 96));
export const FEATURES_DEFAULT_4 =
  0 |
  (1 << (FEATURE_FSGSBASE - 128)) |
  (1 << (FEATURE_SMEP - 128)) |
  (1 << (FEATURE_INVPCID - 128)) |
  (1 << (FEATURE_ERMS - 128)) |
  (1 << (FEATURE_SMAP - 128)) |
  (1 << (FEATURE_TSC_ADJUST - 128)) |
  (1 << (FEATURE_RDSEED - 128)) |
  (1 << (FEATURE_CLFLUSHOPT - 128)) |
  (1 << (FEATURE_CLWB - 128)) |
  (1 << (FEATURE_BMI1 - 128)) |
  (1 << (FEATURE_BMI2 - 128)) |
  (1 << (FEATURE_ADX - 128)) |
  (1 << (FEATURE_AVX2 - 128)) |
  (1 << (FEATURE_SHA - 128));
export const FEATURES_DEFAULT_5 = 0 | (1 << (FEATURE_UMIP - 160)) | (1 << (FEATURE_RDPID - 160));
export const FEATURES_DEFAULT_6 = 0 | (1 << (FEATURE_FSRM - 192)) | (1 << (FEATURE_ARCH_CAPABILITIES - 192));
export const FEATURES_DEFAULT_7 =
  0 | (1 << (FEATURE_XSAVEOPT - 224)) | (1 << (FEATURE_XSAVEC - 224)) | (1 << (FEATURE_XGETBV1 - 224));

/** MAXPHYADDR: physical addresses beyond it are reserved bits in page tables and MTRRs. */
export const PHYSICAL_ADDRESS_BITS = 40;
/** Linear address bits without long mode. */
export const LINEAR_ADDRESS_BITS = 32;

/**
 * Family 6, model 1Ch, stepping 2: the in-order Atom. Like this machine it does not speculate, so kernels leave out their
 * mitigations for speculative execution (page-table isolation above all). Steppings from 10 on have branch records that
 * kernels use unasked; this CPU has none.
 */
export const CPUID_SIGNATURE = 0x000106c2;
/** Last basic and last extended leaf. */
export const CPUID_LEAF_MAX = 0x16;
export const CPUID_EXTENDED_MAX = 0x80000008;

/** Performance counters (CPUID leaf 0Ah): general ones, fixed ones, their width. */
export const PMU_GENERAL = 4;
export const PMU_FIXED = 3;
export const PMU_COUNTER_BITS = 48;

/** The TSC counts virtual nanoseconds; the local APIC timer counts ticks of a 100 MHz bus clock. */
export const TSC_MHZ = 1000;
export const BUS_CLOCK_HZ = 100000000;
export const BUS_CLOCK_NS = 10;
