#define _GNU_SOURCE
#include "CLinux.h"
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <sched.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/vfs.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <time.h>
#include <unistd.h>

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

int cl_prepare_listener(int fd, int family) {
    int error = set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    if (!error && family == AF_INET6) error = set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    // Accepted connections inherit these: answers leave at once, and peers that are gone are found.
    if (!error) error = set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    if (!error) error = set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    if (!error) error = set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, 60);
    if (!error) error = set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, 10);
    return error ? error : set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, 6);
}

int cl_accept(int fd, struct sockaddr *address, socklen_t *byte_count) {
    int accepted = accept4(fd, address, byte_count, SOCK_NONBLOCK | SOCK_CLOEXEC);
    return accepted < 0 ? -errno : accepted;
}

int cl_open_poll(void) {
    int poll = epoll_create1(EPOLL_CLOEXEC);
    return poll < 0 ? -errno : poll;
}

static int poll_add(int poll, int fd, uint32_t events) {
    struct epoll_event event = {.events = events, .data.fd = fd};
    return epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

int cl_poll_listener(int poll, int fd) { return poll_add(poll, fd, EPOLLIN | EPOLLEXCLUSIVE); }

int cl_poll_connection(int poll, int fd) { return poll_add(poll, fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET); }

int cl_poll_waker(int poll, int fd) { return poll_add(poll, fd, EPOLLIN | EPOLLET); }

int cl_poll_remove(int poll, int fd) { return epoll_ctl(poll, EPOLL_CTL_DEL, fd, NULL) ? -errno : 0; }

int cl_wait(int poll, struct cl_event *events, int count, int milliseconds) {
    struct epoll_event told[256];
    int n = epoll_wait(poll, told, count < 256 ? count : 256, milliseconds);
    if (n < 0) return -errno;
    for (int i = 0; i < n; i++) {
        uint32_t what = told[i].events;
        events[i].fd = told[i].data.fd;
        events[i].what = (what & EPOLLIN ? CL_READABLE : 0) | (what & EPOLLOUT ? CL_WRITABLE : 0)
            | (what & (EPOLLERR | EPOLLHUP | EPOLLRDHUP) ? CL_ENDED : 0);
    }
    return n;
}

int cl_open_waker(void) {
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return fd < 0 ? -errno : fd;
}

void cl_wake(int fd) {
    uint64_t one = 1;
    // Fails only when so many wakings wait already.
    ssize_t written = write(fd, &one, sizeof one);
    (void)written;
}

void cl_clear_waker(int fd) {
    uint64_t count;
    ssize_t got = read(fd, &count, sizeof count);
    (void)got;
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
