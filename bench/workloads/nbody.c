// The Sun and four planets, by Newton's law; compiled twice, for the x87 and for SSE2. Units: astronomical unit, day, mass of the Sun.
#include "guest.h"

enum { BODIES = 5 };

struct body {
  double x[3], v[3], mass;
};

static inline __attribute__((always_inline)) double square_root(double value) {
#ifdef __SSE2_MATH__
  __asm__("sqrtsd %0, %0" : "+x"(value));
#else
  __asm__("fsqrt" : "+t"(value));
#endif
  return value;
}

static void step(struct body *bodies, double dt) {
  for (int i = 0; i < BODIES; i++)
    for (int j = i + 1; j < BODIES; j++) {
      double d[3], square = 0;
      for (int k = 0; k < 3; k++) d[k] = bodies[i].x[k] - bodies[j].x[k], square += d[k] * d[k];
      double factor = dt / (square * square_root(square));
      for (int k = 0; k < 3; k++) {
        bodies[i].v[k] -= d[k] * bodies[j].mass * factor;
        bodies[j].v[k] += d[k] * bodies[i].mass * factor;
      }
    }
  for (int i = 0; i < BODIES; i++)
    for (int k = 0; k < 3; k++) bodies[i].x[k] += dt * bodies[i].v[k];
}

/** The checksum is the last position of the outermost body, bit for bit. */
u32 NBODY(u32 count) {
  static struct body bodies[BODIES] = {
      {{0, 0, 0}, {0, 0, 0}, 1.0},
      {{4.84, -1.16, -0.10}, {0.00166, 0.0077, -0.000069}, 0.00095},
      {{8.34, 4.12, -0.40}, {-0.00277, 0.005, 0.000023}, 0.00029},
      {{12.89, -15.11, -0.22}, {0.00296, 0.00238, -0.00003}, 0.000044},
      {{15.38, -25.92, 0.18}, {0.00268, 0.00163, -0.000095}, 0.000052},
  };
  for (u32 i = 0; i < count * 100; i++) step(bodies, 0.5);
  union {
    double number;
    u64 bits;
  } last = {bodies[BODIES - 1].x[0]};
  return (u32)last.bits ^ (u32)(last.bits >> 32);
}
