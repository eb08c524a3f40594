// Performance counters as perf uses them (perf_event_open(2)): `perf stat` counts, `perf record` samples by overflow interrupt.
// Prints "NAME VALUE" lines; a loop of a known length is what is measured, and twice the loop, so that what surrounds it cancels.
#define _GNU_SOURCE
#include <errno.h>
#include <linux/perf_event.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/** Instructions in one round of the loop. */
#define ROUND 2
#define ROUNDS 500000u
#define PERIOD 10000
#define RING_PAGES 8
#define PAGE 4096

extern const char loop_start[], loop_end[];

static __attribute__((noinline)) void run_loop(uint32_t rounds) {
  __asm__ volatile(
      ".globl loop_start, loop_end\n"
      "loop_start: dec %0\n\tjnz loop_start\n"
      "loop_end:"
      : "+r"(rounds)
      :
      : "cc");
}

static void fail(const char *what) {
  printf("%s: %s\n", what, strerror(errno));
  exit(1);
}

static int open_counter(uint64_t event, int group, uint64_t period) {
  struct perf_event_attr attr;
  memset(&attr, 0, sizeof attr);
  attr.size = sizeof attr;
  attr.type = PERF_TYPE_HARDWARE;
  attr.config = event;
  attr.disabled = group < 0;
  attr.exclude_kernel = 1;
  attr.exclude_hv = 1;
  if (period != 0) {
    attr.sample_period = period;
    attr.sample_type = PERF_SAMPLE_IP | PERF_SAMPLE_TIME;
  }
  int fd = (int)syscall(SYS_perf_event_open, &attr, 0, -1, group, 0);
  if (fd < 0) fail("perf_event_open");
  return fd;
}

static uint64_t read_counter(int fd) {
  uint64_t value;
  if (read(fd, &value, sizeof value) != sizeof value) fail("read of a counter");
  return value;
}

#define COUNTERS 5

/** More counters of instructions than there are fixed ones, so that general ones count too; and cycles. */
static void count(uint32_t rounds, uint64_t values[COUNTERS]) {
  static const uint64_t events[COUNTERS] = {PERF_COUNT_HW_INSTRUCTIONS, PERF_COUNT_HW_INSTRUCTIONS, PERF_COUNT_HW_INSTRUCTIONS,
                                            PERF_COUNT_HW_CPU_CYCLES, PERF_COUNT_HW_REF_CPU_CYCLES};
  int fds[COUNTERS];
  for (int n = 0; n < COUNTERS; n++) fds[n] = open_counter(events[n], n == 0 ? -1 : fds[0], 0);
  ioctl(fds[0], PERF_EVENT_IOC_RESET, PERF_IOC_FLAG_GROUP);
  ioctl(fds[0], PERF_EVENT_IOC_ENABLE, PERF_IOC_FLAG_GROUP);
  run_loop(rounds);
  ioctl(fds[0], PERF_EVENT_IOC_DISABLE, PERF_IOC_FLAG_GROUP);
  for (int n = 0; n < COUNTERS; n++) {
    values[n] = read_counter(fds[n]);
    close(fds[n]);
  }
}

static void stat(void) {
  static const char *const names[COUNTERS] = {"instructions", "instructions-2", "instructions-3", "cycles", "ref-cycles"};
  uint64_t once[COUNTERS], twice[COUNTERS];
  count(ROUNDS, once);
  count(2 * ROUNDS, twice);
  for (int n = 0; n < COUNTERS; n++)
    printf("%s %llu\n", names[n], (unsigned long long)(twice[n] - once[n]));
}

/** RDPMC by the program itself, as the kernel's page for it describes (include/uapi/linux/perf_event.h). */
static void read_directly(void) {
  int fd = open_counter(PERF_COUNT_HW_INSTRUCTIONS, -1, 0);
  volatile struct perf_event_mmap_page *page = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
  if (page == MAP_FAILED) fail("mmap of a counter");
  ioctl(fd, PERF_EVENT_IOC_ENABLE, 0);
  uint32_t index = page->index;
  if (!page->cap_user_rdpmc || index == 0) {
    puts("rdpmc refused");
    return;
  }
  // The page counts from 1, because 0 says that the event has no counter.
  index--;
  uint32_t before, after, high, rounds = ROUNDS;
  __asm__ volatile(
      "rdpmc\n\tmov %%eax, %0\n"
      "1: dec %4\n\tjnz 1b\n\t"
      "rdpmc\n"
      : "=&r"(before), "=&a"(after), "=&d"(high), "+c"(index), "+r"(rounds)
      :
      : "cc");
  (void)high;
  printf("rdpmc %u\n", after - before);
  close(fd);
}

/** Samples of the loop: how many, and whether each stands inside it. */
static void record(void) {
  int fd = open_counter(PERF_COUNT_HW_INSTRUCTIONS, -1, PERIOD);
  char *ring = mmap(NULL, (1 + RING_PAGES) * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (ring == MAP_FAILED) fail("mmap of the samples");
  ioctl(fd, PERF_EVENT_IOC_ENABLE, 0);
  run_loop(ROUNDS);
  ioctl(fd, PERF_EVENT_IOC_DISABLE, 0);
  const struct perf_event_mmap_page *page = (const void *)ring;
  const char *data = ring + PAGE;
  unsigned samples = 0, inside = 0;
  for (uint64_t at = 0; at < page->data_head;) {
    const struct perf_event_header *header = (const void *)(data + at % (RING_PAGES * PAGE));
    if (header->type == PERF_RECORD_SAMPLE) {
      const char *ip = *(const char *const *)(header + 1);
      samples++;
      if (ip >= loop_start && ip <= loop_end) inside++;
    } else {
      printf("record-of-type-%u 1\n", header->type);
    }
    at += header->size;
  }
  printf("samples %u\ninside %u\ncounted %llu\n", samples, inside, (unsigned long long)read_counter(fd));
}

int main(void) {
  printf("expected %u\nround %u\nperiod %u\n", ROUNDS * ROUND, ROUND, PERIOD);
  stat();
  read_directly();
  record();
  puts("counters done");
  return 0;
}
