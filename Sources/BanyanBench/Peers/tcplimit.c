/* tcplimit: what a TCP request/response server on one core costs at least, beside which a resolver's figure stands.
 * Frames as the Handle protocol has them: an envelope of 20 bytes whose last 4 say how many follow.
 *   without -n: answers each request with a fixed answer of -r bytes (request id kept), nothing is looked up: an echo.
 *   with -n N:  keeps N answers of -r bytes in the memory of a hash table (16-byte slots, sets of four, entries in an
 *               arena), keys "88.100.1/" and ten digits; each request's name is hashed, found, compared, its answer copied.
 * epoll, edge-triggered; one read and one write a turn; every whole frame of a read is answered into one buffer.
 * build: cc -O2 -Wall -Wextra tcplimit.c -o tcplimit     use: taskset -c 0 ./tcplimit [-p port] [-r answer bytes] [-n names]
 * Prints "port N" when it listens; ends on SIGTERM. Loopback only. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS = 256, IN = 65536, OUT = 1 << 20, HEAD = 20, WAYS = 4, WINDOW = 64 };
struct conn { int fd; size_t held, cap; uint8_t *rest; };   /* rest: the part of a frame that has come */
struct slot { uint64_t hash; uint64_t place; };

static int response = 220;
static uint64_t names, mask;
static struct slot *slots;
static uint8_t *arena;
static size_t entry_bytes;
static uint8_t in[IN], out[OUT];

static void die(const char *what) { perror(what); exit(1); }
static uint32_t be32(const uint8_t *p) { uint32_t v; memcpy(&v, p, 4); return ntohl(v); }
static uint64_t hash_of(const uint8_t *p, size_t n) {   /* eight bytes a step, multiplied and folded */
    uint64_t h = 0x9e3779b97f4a7c15u ^ n, w;
    for (; n >= 8; n -= 8, p += 8) { memcpy(&w, p, 8); __uint128_t m = (__uint128_t)(h ^ w) * 0xd6e8feb86659fd93u; h = (uint64_t)m ^ (uint64_t)(m >> 64); }
    w = 0; memcpy(&w, p, n); __uint128_t m = (__uint128_t)(h ^ w) * 0xa0761d6478bd642fu;
    return ((uint64_t)m ^ (uint64_t)(m >> 64)) | 1;
}

static void build(void) {   /* the table of -n names */
    uint64_t sets = 1;
    while (sets * WAYS < names * 2) sets *= 2;
    mask = sets - 1;
    entry_bytes = ((size_t)19 + (size_t)response + 15) & ~(size_t)15;
    size_t slot_bytes = sets * WAYS * sizeof *slots, arena_bytes = entry_bytes * names;
    slots = mmap(NULL, slot_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    arena = mmap(NULL, arena_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (slots == MAP_FAILED || arena == MAP_FAILED) die("mmap");
    madvise(slots, slot_bytes, MADV_HUGEPAGE);
    madvise(arena, arena_bytes, MADV_HUGEPAGE);
    for (uint64_t i = 0; i < names; i++) {
        char key[32];
        snprintf(key, sizeof key, "88.100.1/%010llu", (unsigned long long)i);
        uint8_t *entry = arena + i * entry_bytes, *answer = entry + 19;
        memcpy(entry, key, 19);
        answer[0] = 2; answer[1] = 11; answer[27] = 1;
        uint32_t length = htonl((uint32_t)response - HEAD);
        memcpy(answer + 16, &length, 4);
        uint64_t h = hash_of(entry, 19);
        for (uint64_t at = (h >> 16 & mask) * WAYS;; at = (at + 1) & (sets * WAYS - 1))   /* a full set runs over into the next */
            if (!slots[at].hash) { slots[at] = (struct slot){h, i}; break; }
    }
}
static const uint8_t *find(const uint8_t *key, size_t n, uint64_t h) {
    for (uint64_t at = (h >> 16 & mask) * WAYS; slots[at].hash; at = (at + 1) & (mask * WAYS + WAYS - 1)) {
        const uint8_t *entry = arena + slots[at].place * entry_bytes;
        if (slots[at].hash == h && n == 19 && !memcmp(entry, key, 19)) return entry + 19;
    }
    return NULL;
}

/* answers every whole frame; the bytes answered into `out`, and how many of `p` were used up */
static size_t answer(const uint8_t *p, size_t n, size_t *used) {
    const uint8_t *frame[WINDOW]; uint64_t hash[WINDOW]; size_t written = 0, at = 0;
    while (written + (size_t)WINDOW * (size_t)response <= OUT) {
        int count = 0;
        for (; count < WINDOW && n - at >= HEAD; count++) {
            size_t length = HEAD + be32(p + at + 16);
            if (length < 52 || n - at < length) break;
            frame[count] = p + at;
            at += length;
        }
        if (!count) break;
        if (names) {   /* slots, then entries, then answers: memory is waited for once a wave */
            for (int i = 0; i < count; i++) { hash[i] = hash_of(frame[i] + 48, be32(frame[i] + 44)); __builtin_prefetch(slots + (hash[i] >> 16 & mask) * WAYS); }
            for (int i = 0; i < count; i++) {
                const struct slot *set = slots + (hash[i] >> 16 & mask) * WAYS;
                for (int way = 0; way < WAYS; way++) if (set[way].hash == hash[i]) {
                    const uint8_t *entry = arena + set[way].place * entry_bytes;
                    for (size_t line = 0; line < entry_bytes; line += 64) __builtin_prefetch(entry + line);
                    break;
                }
            }
        }
        for (int i = 0; i < count; i++, written += (size_t)response) {
            const uint8_t *found = names ? find(frame[i] + 48, be32(frame[i] + 44), hash[i]) : NULL;
            if (found) memcpy(out + written, found, (size_t)response);
            else {   /* the fixed answer; with a table, code 100: no such name */
                memcpy(out + written, frame[i], HEAD);
                out[written + 27] = names ? 100 : 1;
                uint32_t length = htonl((uint32_t)response - HEAD);
                memcpy(out + written + 16, &length, 4);
            }
            memcpy(out + written + 4, frame[i] + 4, 8);
        }
    }
    *used = at;
    return written;
}

static int serve(struct conn *c) {   /* one read, one write; -1: the connection has ended */
    for (;;) {
        if (c->held) memcpy(in, c->rest, c->held);
        ssize_t n = recv(c->fd, in + c->held, IN - c->held, 0);
        if (n <= 0) return n < 0 && errno == EAGAIN ? 0 : -1;
        size_t have = c->held + (size_t)n, used, length = answer(in, have, &used);
        c->held = have - used;
        if (c->held > c->cap) { c->cap = c->held + 4096; if (!(c->rest = realloc(c->rest, c->cap))) die("memory"); }
        if (c->held) memcpy(c->rest, in + used, c->held);
        for (size_t sent = 0; sent < length;) {   /* a client that does not read stops us: it is ours */
            ssize_t m = send(c->fd, out + sent, length - sent, MSG_NOSIGNAL);
            if (m < 0 && errno != EAGAIN) return -1;
            if (m > 0) sent += (size_t)m;
        }
        if (have < IN) return 0;   /* a short read: epoll tells of what comes later */
    }
}

int main(int argc, char **argv) {
    int port = 0, opt, one = 1;
    while ((opt = getopt(argc, argv, "p:r:n:")) != -1) switch (opt) {
        case 'p': port = atoi(optarg); break;
        case 'r': response = atoi(optarg); break;
        case 'n': names = strtoull(optarg, NULL, 10); break;
        default: return 2;
    }
    if (response < 44 || response > 4096) return 2;
    if (names) build();
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), ep = epoll_create1(0);
    struct sockaddr_in self = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof self;
    if (bind(listener, (struct sockaddr *)&self, size) || listen(listener, 4096)) die("listen");
    getsockname(listener, (struct sockaddr *)&self, &size);
    struct epoll_event event = {.events = EPOLLIN}, events[EVENTS];
    epoll_ctl(ep, EPOLL_CTL_ADD, listener, &event);
    printf("port %d\n", ntohs(self.sin_port));
    fflush(stdout);
    for (;;) {
        int n = epoll_wait(ep, events, EVENTS, -1);
        for (int i = 0; i < n; i++) {
            struct conn *c = events[i].data.ptr;
            if (!c) {
                int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
                if (fd < 0) continue;
                setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
                if (!(c = calloc(1, sizeof *c))) die("memory");
                c->fd = fd;
                struct epoll_event watch = {.events = EPOLLIN | EPOLLET, .data.ptr = c};
                epoll_ctl(ep, EPOLL_CTL_ADD, fd, &watch);
            } else if (serve(c)) {
                close(c->fd);
                free(c->rest);
                free(c);
            }
        }
    }
}
