/* Tells a process another time than it is (LD_PRELOAD): wall and steady clock, each shifted and run at its own speed by
 * what stands in the file PROOF_CLOCK, which the test changes while the process runs (tests/proof/shifted.py).
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

/* told = told_base + (true - true_base) * speed; nanoseconds */
struct shift { int64_t true_base, told_base, speed; };
struct page { int64_t turn; struct shift wall, steady; };

static volatile struct page *page;

__attribute__((constructor)) static void begin(void) {
    const char *file = getenv("PROOF_CLOCK");
    if (file == NULL) return;
    int fd = open(file, O_RDONLY | O_CLOEXEC);
    if (fd < 0) abort();
    page = mmap(NULL, sizeof *page, PROT_READ, MAP_SHARED, fd, 0);
    if (page == MAP_FAILED) abort();
    close(fd);
}

static int64_t told(int is_wall, int64_t now) {
    for (;;) { /* `turn` is odd while the test writes */
        int64_t turn = __atomic_load_n(&page->turn, __ATOMIC_ACQUIRE);
        struct shift shift = is_wall ? page->wall : page->steady;
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
        if (!(turn & 1) && turn == page->turn) return shift.told_base + (now - shift.true_base) * shift.speed;
    }
}

int clock_gettime(clockid_t clock, struct timespec *at) {
    int done = (int)syscall(SYS_clock_gettime, clock, at);
    int is_wall = clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE;
    int is_steady = clock == CLOCK_MONOTONIC || clock == CLOCK_MONOTONIC_COARSE || clock == CLOCK_MONOTONIC_RAW ||
                    clock == CLOCK_BOOTTIME;
    if (done != 0 || page == NULL || !(is_wall || is_steady)) return done;
    int64_t now = told(is_wall, (int64_t)at->tv_sec * 1000000000 + at->tv_nsec);
    at->tv_sec = now / 1000000000;
    at->tv_nsec = now % 1000000000;
    return 0;
}

int gettimeofday(struct timeval *restrict at, void *restrict zone) {
    (void)zone;
    struct timespec now;
    if (clock_gettime(CLOCK_REALTIME, &now) != 0) return -1;
    at->tv_sec = now.tv_sec;
    at->tv_usec = now.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *at) {
    struct timespec now;
    if (clock_gettime(CLOCK_REALTIME, &now) != 0) return -1;
    if (at != NULL) *at = now.tv_sec;
    return now.tv_sec;
}
