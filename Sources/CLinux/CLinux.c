#define _GNU_SOURCE
#include "CLinux.h"
#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sched.h>
#include <string.h>
#include <sys/vfs.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <time.h>

#if defined(__x86_64__)
#include <nmmintrin.h>

__attribute__((target("sse4.2"))) static uint32_t crc32c_hardware(uint32_t crc, const unsigned char *p, size_t n) {
    uint64_t c = crc;
    for (; n >= 8; n -= 8, p += 8) {
        uint64_t word;
        memcpy(&word, p, 8);
        c = _mm_crc32_u64(c, word);
    }
    for (; n; n--, p++) c = _mm_crc32_u8((uint32_t)c, *p);
    return (uint32_t)c;
}
static int has_hardware(void) { return __builtin_cpu_supports("sse4.2"); }
#elif defined(__aarch64__) && defined(__ARM_FEATURE_CRC32)
#include <arm_acle.h>

static uint32_t crc32c_hardware(uint32_t crc, const unsigned char *p, size_t n) {
    for (; n >= 8; n -= 8, p += 8) {
        uint64_t word;
        memcpy(&word, p, 8);
        crc = __crc32cd(crc, word);
    }
    for (; n; n--, p++) crc = __crc32cb(crc, *p);
    return crc;
}
static int has_hardware(void) { return 1; }
#else
static uint32_t crc32c_hardware(uint32_t crc, const unsigned char *p, size_t n) { (void)p; (void)n; return crc; }
static int has_hardware(void) { return 0; }
#endif

// Bit by bit: only for processors without the instruction.
static uint32_t crc32c_portable(uint32_t crc, const unsigned char *p, size_t n) {
    for (; n; n--, p++) {
        crc ^= *p;
        for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (0x82F63B78u & (0u - (crc & 1u)));
    }
    return crc;
}

uint32_t cl_crc32c(uint32_t crc, const void *bytes, size_t count) {
    crc = ~crc;
    crc = has_hardware() ? crc32c_hardware(crc, bytes, count) : crc32c_portable(crc, bytes, count);
    return ~crc;
}

_Static_assert(sizeof(struct cl_datagram) == sizeof(struct mmsghdr), "the kernel's layout");
_Static_assert(offsetof(struct cl_datagram, byte_count) == offsetof(struct mmsghdr, msg_len), "the kernel's layout");

int cl_recvmmsg(int fd, struct cl_datagram *datagrams, unsigned count, int flags) {
    int n = recvmmsg(fd, (struct mmsghdr *)datagrams, count, flags, NULL);
    return n < 0 ? -errno : n;
}

int cl_sendmmsg(int fd, struct cl_datagram *datagrams, unsigned count, int flags) {
    int n = sendmmsg(fd, (struct mmsghdr *)datagrams, count, flags);
    return n < 0 ? -errno : n;
}

static int set_option(int fd, int level, int name, int value) {
    return setsockopt(fd, level, name, &value, sizeof value) ? -errno : 0;
}

int cl_prepare_datagram_socket(int fd, int family, int buffer_byte_count, int tells_address) {
    int error = set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1);
    if (error) return error;
    // Beyond the system's limit where we may, up to it where we may not.
    if (set_option(fd, SOL_SOCKET, SO_RCVBUFFORCE, buffer_byte_count))
        set_option(fd, SOL_SOCKET, SO_RCVBUF, buffer_byte_count);
    if (set_option(fd, SOL_SOCKET, SO_SNDBUFFORCE, buffer_byte_count))
        set_option(fd, SOL_SOCKET, SO_SNDBUF, buffer_byte_count);
    if (family == AF_INET6) {
        error = set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
        if (!error) error = set_option(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_PROBE);
        if (!error && tells_address) error = set_option(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
    } else {
        error = set_option(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE);
        if (!error && tells_address) error = set_option(fd, IPPROTO_IP, IP_PKTINFO, 1);
    }
    return error;
}

int cl_receive_trains(int fd) { return set_option(fd, IPPROTO_UDP, UDP_GRO, 1); }

int cl_can_send_trains(int fd) {
    int value;
    socklen_t size = sizeof value;
    return getsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &value, &size) ? -errno : 0;
}

size_t cl_train_piece(struct msghdr *received) {
    for (struct cmsghdr *control = CMSG_FIRSTHDR(received); control; control = CMSG_NXTHDR(received, control)) {
        if (control->cmsg_level != IPPROTO_UDP || control->cmsg_type != UDP_GRO) continue;
        int piece;
        memcpy(&piece, CMSG_DATA(control), sizeof piece);
        return piece > 0 ? (size_t)piece : 0;
    }
    return 0;
}

size_t cl_write_source(struct msghdr *received, void *control) {
    for (struct cmsghdr *told = CMSG_FIRSTHDR(received); told; told = CMSG_NXTHDR(received, told)) {
        if (told->cmsg_level == IPPROTO_IP && told->cmsg_type == IP_PKTINFO) {
            memcpy(control, told, CMSG_SPACE(sizeof(struct in_pktinfo)));
            ((struct in_pktinfo *)CMSG_DATA((struct cmsghdr *)control))->ipi_ifindex = 0;
            return CMSG_SPACE(sizeof(struct in_pktinfo));
        }
        if (told->cmsg_level == IPPROTO_IPV6 && told->cmsg_type == IPV6_PKTINFO) {
            memcpy(control, told, CMSG_SPACE(sizeof(struct in6_pktinfo)));
            struct in6_pktinfo *info = (struct in6_pktinfo *)CMSG_DATA((struct cmsghdr *)control);
            if (!IN6_IS_ADDR_LINKLOCAL(&info->ipi6_addr)) info->ipi6_ifindex = 0;
            return CMSG_SPACE(sizeof(struct in6_pktinfo));
        }
    }
    return 0;
}

size_t cl_write_train_piece(void *control, uint16_t piece_byte_count) {
    struct cmsghdr *header = control;
    header->cmsg_level = IPPROTO_UDP;
    header->cmsg_type = UDP_SEGMENT;
    header->cmsg_len = CMSG_LEN(sizeof piece_byte_count);
    memcpy(CMSG_DATA(header), &piece_byte_count, sizeof piece_byte_count);
    return CMSG_SPACE(sizeof piece_byte_count);
}

uint32_t cl_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME_COARSE, &now);
    return (uint32_t)now.tv_sec;
}

uint64_t cl_milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

uint64_t cl_descriptor_limit(void) {
    struct rlimit limit;
    return getrlimit(RLIMIT_NOFILE, &limit) ? 0 : limit.rlim_cur;
}

int cl_pin_thread(int core) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(core, &set);
    return sched_setaffinity(0, sizeof set, &set) ? -errno : 0;
}

void *cl_reserve(size_t byte_count) {
    void *memory = mmap(NULL, byte_count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) return NULL;
    madvise(memory, byte_count, MADV_HUGEPAGE);
    return memory;
}

void cl_release(void *memory, size_t byte_count) { munmap(memory, byte_count); }

int64_t cl_file_system_type(int descriptor) {
    struct statfs system;
    return fstatfs(descriptor, &system) == 0 ? (int64_t)system.f_type : -1;
}

uint64_t cl_memory_byte_count(void) {
    struct sysinfo info;
    return sysinfo(&info) == 0 ? (uint64_t)info.totalram * info.mem_unit : 0;
}

uint64_t cl_free_memory_byte_count(void) {
    struct sysinfo info;
    return sysinfo(&info) == 0 ? (uint64_t)info.freeram * info.mem_unit : 0;
}
