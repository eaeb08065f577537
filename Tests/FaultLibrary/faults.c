// A library to preload (ld.so(8)): the calls of a program meet the faults that a test has ordered, and what it writes
// into one file is logged, so that every state which a power cut could leave can be built from the log.
//
//   FAULTS_NAME     end of the path of the file that faults and log are about, such as "/data.mdb"
//   FAULTS_LOG      the log, made by the test; each entry is kind, zero, offset, length (32, 32, 64, 64 bits), bytes
//   FAULTS_CONTROL  a file of 64 bytes that the test maps as well: struct control
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

struct control {
    // Error numbers that the calls fail with; 0: they do what they should.
    int32_t write_error, sync_error, read_error, open_error;
    // Writes and syncs that still succeed before the errors above count.
    int32_t grace;
    int32_t reserved;
    // Seconds that the wall clock is wrong by.
    int64_t clock_offset;
};

// The entries of the log: bytes that may be on the disk; everything before is on it; the entry before is on it.
enum { WRITTEN = 1, SYNCED = 2, WRITTEN_THROUGH = 3 };

static volatile struct control *control;
static const char *name;
static int log_descriptor = -1;
static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;

#define REAL(function) ((__typeof__(&function))dlsym(RTLD_NEXT, #function))

__attribute__((constructor)) static void begin(void) {
    name = getenv("FAULTS_NAME");
    const char *log = getenv("FAULTS_LOG"), *path = getenv("FAULTS_CONTROL");
    if (log) log_descriptor = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_APPEND | O_CLOEXEC);
    if (!path) return;
    int descriptor = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC);
    void *memory = descriptor < 0 ? MAP_FAILED : mmap(NULL, 64, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    if (memory != MAP_FAILED) control = memory;
    if (descriptor >= 0) syscall(SYS_close, descriptor);
}

static int is_named(const char *path) {
    if (!name) return 0;
    size_t length = strlen(path), end = strlen(name);
    return length >= end && !strcmp(path + length - end, name);
}

static int is_watched(int descriptor) {
    if (!name) return 0;
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t count = readlink(link, path, sizeof path - 1);
    if (count < 0) return 0;
    path[count] = 0;
    return is_named(path);
}

// Whether the call is to fail; errno says with what.
static int fails(int descriptor, volatile int32_t *error) {
    if (!control || !*error || !is_watched(descriptor)) return 0;
    if (error != &control->read_error && __atomic_fetch_sub(&control->grace, 1, __ATOMIC_SEQ_CST) > 0) return 0;
    errno = *error;
    return 1;
}

static void note(uint32_t kind, uint64_t offset, const struct iovec *parts, int count) {
    uint64_t length = 0;
    for (int i = 0; i < count; i++) length += parts[i].iov_len;
    size_t total = 24 + length;
    unsigned char *entry = malloc(total);
    if (!entry) abort();
    uint32_t head[2] = {kind, 0};
    uint64_t place[2] = {offset, length};
    memcpy(entry, head, 8);
    memcpy(entry + 8, place, 16);
    size_t end = 24;
    for (int i = 0; i < count; i++) {
        memcpy(entry + end, parts[i].iov_base, parts[i].iov_len);
        end += parts[i].iov_len;
    }
    pthread_mutex_lock(&log_lock);
    if (syscall(SYS_write, log_descriptor, entry, total) != (ssize_t)total) abort();
    pthread_mutex_unlock(&log_lock);
    free(entry);
}

// A write enters the log before it is done, a sync when it is done: nothing counts as safe too early.
static int begin_write(int descriptor, off_t offset, const struct iovec *parts, int count) {
    if (log_descriptor < 0 || !is_watched(descriptor)) return 0;
    note(WRITTEN, (uint64_t)offset, parts, count);
    return 1;
}

static void end_write(int descriptor, int is_logged) {
    if (is_logged && fcntl(descriptor, F_GETFL) & O_DSYNC) note(WRITTEN_THROUGH, 0, NULL, 0);
}

ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t offset) {
    if (control && fails(descriptor, &control->write_error)) return -1;
    struct iovec part = {(void *)bytes, count};
    int is_logged = begin_write(descriptor, offset, &part, 1);
    ssize_t written = REAL(pwrite)(descriptor, bytes, count, offset);
    end_write(descriptor, is_logged);
    return written;
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t count, off64_t offset) {
    return pwrite(descriptor, bytes, count, offset);
}

ssize_t writev(int descriptor, const struct iovec *parts, int count) {
    if (control && fails(descriptor, &control->write_error)) return -1;
    int is_logged = begin_write(descriptor, lseek(descriptor, 0, SEEK_CUR), parts, count);
    ssize_t written = REAL(writev)(descriptor, parts, count);
    end_write(descriptor, is_logged);
    return written;
}

ssize_t pwritev(int descriptor, const struct iovec *parts, int count, off_t offset) {
    if (control && fails(descriptor, &control->write_error)) return -1;
    int is_logged = begin_write(descriptor, offset, parts, count);
    ssize_t written = REAL(pwritev)(descriptor, parts, count, offset);
    end_write(descriptor, is_logged);
    return written;
}

ssize_t write(int descriptor, const void *bytes, size_t count) {
    if (control && fails(descriptor, &control->write_error)) return -1;
    return REAL(write)(descriptor, bytes, count);
}

static int synchronize(int descriptor, int (*real)(int)) {
    if (control && fails(descriptor, &control->sync_error)) return -1;
    int code = real(descriptor);
    if (!code && log_descriptor >= 0 && is_watched(descriptor)) note(SYNCED, 0, NULL, 0);
    return code;
}

int fdatasync(int descriptor) { return synchronize(descriptor, REAL(fdatasync)); }
int fsync(int descriptor) { return synchronize(descriptor, REAL(fsync)); }

ssize_t pread(int descriptor, void *bytes, size_t count, off_t offset) {
    if (control && fails(descriptor, &control->read_error)) return -1;
    return REAL(pread)(descriptor, bytes, count, offset);
}

ssize_t pread64(int descriptor, void *bytes, size_t count, off64_t offset) {
    return pread(descriptor, bytes, count, offset);
}

ssize_t read(int descriptor, void *bytes, size_t count) {
    if (control && fails(descriptor, &control->read_error)) return -1;
    return REAL(read)(descriptor, bytes, count);
}

#define OPEN(function, ...)                                                                   \
    mode_t mode = 0;                                                                          \
    if (flags & (O_CREAT | O_TMPFILE)) {                                                      \
        va_list rest;                                                                         \
        va_start(rest, flags);                                                                \
        mode = va_arg(rest, mode_t);                                                          \
        va_end(rest);                                                                         \
    }                                                                                         \
    if (control && control->open_error && flags & (O_WRONLY | O_RDWR) && is_named(path)) {    \
        errno = control->open_error;                                                          \
        return -1;                                                                            \
    }                                                                                         \
    return REAL(function)(__VA_ARGS__, flags, mode)

int open(const char *path, int flags, ...) { OPEN(open, path); }
int open64(const char *path, int flags, ...) { OPEN(open64, path); }
int openat(int folder, const char *path, int flags, ...) { OPEN(openat, folder, path); }

int clock_gettime(clockid_t clock, struct timespec *now) {
    int code = (int)syscall(SYS_clock_gettime, clock, now);
    int is_wall = clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE;
    if (!code && is_wall && control) now->tv_sec += control->clock_offset;
    return code < 0 ? -1 : 0;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    (void)zone;
    struct timespec time;
    int code = clock_gettime(CLOCK_REALTIME, &time);
    now->tv_sec = time.tv_sec;
    now->tv_usec = time.tv_nsec / 1000;
    return code;
}

time_t time(time_t *result) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (result) *result = now.tv_sec;
    return now.tv_sec;
}
