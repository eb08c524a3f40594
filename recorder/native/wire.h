/*
 * The two files that pass between the recorder and its driver (recorder/wire.ts is the other reader of this page).
 * Everything is little-endian, without padding. Every register has its 64-bit width: what a 32-bit case leaves unused
 * is zero.
 */
#ifndef VITRINE_RECORDER_WIRE_H
#define VITRINE_RECORDER_WIRE_H

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long u64;

#define WIRE_MAGIC 0x32435256u /* "VRC2" */

/* First in the input: then the regions with their images, the LDT entries, the cases. */
struct WireHeader {
    u32 magic, regionCount, ldtCount, caseCount;
};

/* One mapped range of guest memory; `size` image bytes follow. `protection` is mmap's PROT_* mask. */
struct WireRegion {
    u64 address;
    u32 size, protection;
};

/* A case: `patchCount` patches follow, each a WirePatch and its bytes. */
struct WireCase {
    u32 patchCount, flags;
};

/* The case starts in 64-bit mode: the bases of FS and GS are loaded by themselves, after the selectors. */
#define CASE_LONG 1u

/* Bytes that differ from the region's image. Also what the output lists as changed. */
struct WirePatch {
    u64 address;
    u32 size, reserved;
};

/* General registers in encoding order (rax rcx rdx rbx rsp rbp rsi rdi r8-r15), selectors in encoding order. */
struct WireState {
    u64 general[16];
    u64 ip, flags;
    u16 es, cs, ss, ds, fs, gs, reserved[2];
    u64 fsBase, gsBase; /* only where CASE_LONG is set */
    u8 fxsave[512];     /* the XSAVE area's legacy region, and of its rest the AVX state: YMM0-15, bits 128-255 */
    u8 ymmHigh[256];
};

/* One result for each case: `changeCount` changes follow. `vector` is VECTOR_TIMEOUT if the case never ended. */
struct WireResult {
    u32 vector, errorCode;
    u64 cr2;
    u32 changeCount, reserved;
};

#define VECTOR_TIMEOUT 0xffffffffu

#endif
