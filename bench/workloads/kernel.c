// What the kernel of the guest is asked for.
#include "guest.h"

u32 system_calls(u32 count) {
  u32 sum = 0;
  for (u32 i = 0; i < count * 1000; i++) sum += (u32)(call(SYS_GETPPID, 0, 0, 0, 0, 0, 0) > 0);
  return sum;
}

/** Maps a megabyte, touches each of its pages, gives it back. */
u32 page_faults(u32 count) {
  enum { SIZE = 1 << 20 };
  u32 sum = 0;
  for (u32 i = 0; i < count; i++) {
    volatile u8 *memory = take_pages(SIZE);
    for (u32 at = 0; at < SIZE; at += 4096) sum += ++memory[at];
    give_back((void *)memory, SIZE);
  }
  return sum;
}

u32 fork_exec(u32 count) {
  static const char PATH[] = "/bench/workloads";
  const char *const arguments[] = {PATH, 0};
  const char *const environment[] = {0};
  u32 good = 0;
  for (u32 i = 0; i < count; i++) {
    long child = call(SYS_FORK, 0, 0, 0, 0, 0, 0);
    if (child == 0) {
      call(SYS_EXECVE, (long)PATH, (long)arguments, (long)environment, 0, 0, 0);
      call(SYS_EXIT, 127, 0, 0, 0, 0, 0);
    }
    int status = -1;
    call(SYS_WAIT4, child, (long)&status, 0, 0, 0, 0);
    good += status == 0;
  }
  return good;
}
