// Numbers at the edges of each format: zeros, denormals, the ends of the normal range, halfway cases, infinities, NaNs.
#pragma once
#include <stdint.h>

static const uint64_t edge_integers[] = {
    0x0000000000000000, 0xffffffffffffffff, 0x0000000000000001, 0x8000000000000000, 0x7fffffffffffffff,
    0x8080808080808080, 0x7f7f7f7f7f7f7f7f, 0x8000800080008000, 0x7fff7fff7fff7fff, 0x8000000080000000,
    0x7fffffff7fffffff, 0x0001000100010001, 0x0102030405060708, 0xff00ff00ff00ff00, 0x00000020ffffffff,
    0x0f8040201008040f,
};

static const uint32_t edge_singles[] = {
    0x00000000, 0x80000000, 0x00000001, 0x80000001, 0x007fffff, 0x00800000, 0x80800000, 0x00800001, // 0, denormals, smallest
    0x3f800000, 0xbf800000, 0x3f800001, 0x3f7fffff, 0x3f000000, 0xbf000000, 0x3fc00000, 0x40200000, // near 1, 0.5, 1.5, 2.5
    0x40400000, 0x3eaaaaab, 0xc0490fdb, 0x4b000001, 0x4b800000, 0x4effffff, 0x4f000000, 0xcf000000, // 3, 1/3, -pi, 2^23 + 1, 2^31
    0x5effffff, 0x5f000000, 0xdf000000, 0x7f7fffff, 0xff7fffff, 0x7f000000, 0x7f800000, 0xff800000, // 2^63, largest, infinity
    0x7fc00000, 0xffc12345, 0x7f800001, 0xffa00000, 0x477fe000, 0x477ff000, 0x33000000, 0x38800000, // NaNs, edges of binary16
};

static const uint64_t edge_doubles[] = {
    0x0000000000000000, 0x8000000000000000, 0x0000000000000001, 0x8000000000000001, 0x000fffffffffffff,
    0x0010000000000000, 0x8010000000000000, 0x3ff0000000000000, 0xbff0000000000000, 0x3ff0000000000001,
    0x3fefffffffffffff, 0x3fe0000000000000, 0xbfe0000000000000, 0x3ff8000000000000, 0x4004000000000000,
    0x3fd5555555555555, 0xc00921fb54442d18, 0x4330000000000001, 0x41dfffffffc00000, 0x41e0000000000000,
    0xc1e0000000000000, 0xc1e0000000200000, 0x43dfffffffffffff, 0x43e0000000000000, 0xc3e0000000000000,
    0x7fefffffffffffff, 0xffefffffffffffff, 0x7ff0000000000000, 0xfff0000000000000, 0x7ff8000000000000,
    0xfff8000000012345, 0x7ff0000000000001, 0x47efffffe0000000, 0x47effffff0000000, 0x36a0000000000000,
    0x380fffffffffffff,
};

struct extended {
  uint64_t significand;
  uint16_t exponent;
};

static const struct extended edge_extended[] = {
    {0, 0x0000},
    {0, 0x8000},
    {1, 0x0000}, // denormals
    {0x7fffffffffffffff, 0x8000},
    {0x8000000000000000, 0x0000}, // pseudo-denormal
    {0x8000000000000000, 0x0001},
    {0x8000000000000000, 0x3fff}, // 1
    {0x8000000000000000, 0xbfff},
    {0x8000000000000001, 0x3fff},
    {0xffffffffffffffff, 0x3ffe},
    {0xc000000000000000, 0x4000}, // 3
    {0xaaaaaaaaaaaaaaab, 0x3ffd}, // 1/3
    {0xc90fdaa22168c235, 0xc000}, // -pi
    {0x8000000000000800, 0x3fff}, // halves of the last place in double and single precision
    {0x8000008000000000, 0x3fff},
    {0xfffffffe00000000, 0x401d},
    {0x8000000000000000, 0x401e}, // 2^31
    {0xffff000000000000, 0x400d},
    {0x8000000000000000, 0xc03e}, // -2^63
    {0xffffffffffffffff, 0x403d},
    {0xde0b6b3a763fffff, 0x403a}, // near the largest packed decimal
    {0xffffffffffffffff, 0x7ffe},
    {0x8000000000000000, 0x7fff}, // infinity
    {0x8000000000000000, 0xffff},
    {0xc000000000000000, 0x7fff}, // NaNs
    {0xc000000000012345, 0xffff},
    {0x8000000000000001, 0x7fff},
    {0x4000000000000000, 0x3fff}, // unsupported: unnormal, pseudo-infinity
    {0x0000000000000000, 0x7fff},
    {0xfedcba9876543210, 0x4005},
    {0x9abcdef012345678, 0xbf80},
    {0x8000000000000000, 0x7ffe},
};
