// What Glibc's Swift module lacks: batched datagrams, clocks, core affinity, prefetch, CRC-32C.
//
// No feature macro here: other modules read the same system headers without one, and the types must agree.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/// CRC-32C (Castagnoli) of `count` bytes, continuing from `crc` (0 to begin).
uint32_t cl_crc32c(uint32_t crc, const void *bytes, size_t count);

/// What kind of file system the open file is on (`f_type` of statfs(2)), or -1 with errno.
int64_t cl_file_system_type(int descriptor);

/// A datagram of a batch, laid out as the kernel's `struct mmsghdr`.
struct cl_datagram {
    struct msghdr header;
    /// Bytes received or sent.
    unsigned byte_count;
};

// The calls below answer as the kernel does: a count or 0, or the negated error number.

/// Receives up to `count` datagrams in one call.
int cl_recvmmsg(int fd, struct cl_datagram *datagrams, unsigned count, int flags);

/// Sends up to `count` datagrams in one call.
int cl_sendmmsg(int fd, struct cl_datagram *datagrams, unsigned count, int flags);

/// Makes the socket one of several on its port, with large buffers (bytes), whose datagrams are never cut by IP; with
/// `tells_address` each datagram comes with the address that was asked.
int cl_prepare_datagram_socket(int fd, int family, int buffer_byte_count, int tells_address);

/// Lets a train, datagrams of one peer that follow each other, come as one (UDP_GRO); fails where the kernel cannot.
int cl_receive_trains(int fd);

/// Fails where the kernel cannot send a train in one piece (UDP_SEGMENT).
int cl_can_send_trains(int fd);

/// Bytes of each datagram but the last of the train that was received; 0: it is one datagram.
size_t cl_train_piece(struct msghdr *received);

/// Writes the control message that makes an answer leave from the address that was asked (IP_PKTINFO, IPV6_PKTINFO), as
/// the kernel told it with a datagram. The route chooses the interface, except for addresses that mean something on
/// one link only. Returns the bytes written, at most 40; 0: it told none.
size_t cl_write_source(struct msghdr *received, void *control);

/// Writes the control message that makes the kernel cut what is sent into datagrams of so many bytes. Returns the bytes
/// written, 24 or fewer; `control` must be aligned as `struct cmsghdr` is.
size_t cl_write_train_piece(void *control, uint16_t piece_byte_count);

/// Makes a stream socket one that listens when it is bound: IPv6 alone for that family; its connections send at once
/// and find out by themselves that a peer is gone.
int cl_prepare_listener(int fd, int family);

/// Takes a connection that waits, with the peer's address. -EAGAIN: there is none.
int cl_accept(int fd, struct sockaddr *address, socklen_t *byte_count);

/// What an event loop is told: there is something to read, room to write, no more to come from the other side.
enum { CL_READABLE = 1, CL_WRITABLE = 2, CL_ENDED = 4 };
struct cl_event { int fd; int what; };

/// Opens an epoll instance.
int cl_open_poll(void);

/// Waits for a listener, of which several loops may wait: one of them is woken.
int cl_poll_listener(int poll, int fd);

/// Waits for a connection: told once when it can be read or written again after it could not.
int cl_poll_connection(int poll, int fd);

/// Waits for others' wish to wake the loop: told once for all that have come.
int cl_poll_waker(int poll, int fd);

int cl_poll_remove(int poll, int fd);

/// Waits at most so many milliseconds, for ever if negative; the number of events, at most 256.
int cl_wait(int poll, struct cl_event *events, int count, int milliseconds);

/// A descriptor by which another thread wakes a loop; it is waited for as a connection is.
int cl_open_waker(void);
void cl_wake(int fd);
void cl_clear_waker(int fd);

/// Seconds since 1970, by the wall clock.
uint32_t cl_seconds(void);

/// Milliseconds by a clock that never goes back, to about four of them.
uint64_t cl_milliseconds(void);

/// Descriptors that this process may have open.
uint64_t cl_descriptor_limit(void);

/// Bytes of the machine's memory, and how many of them are free.
uint64_t cl_memory_byte_count(void);
uint64_t cl_free_memory_byte_count(void);

/// Keeps the calling thread on one core.
int cl_pin_thread(int core);

/// Memory of zeros for a table: taken from the system as it is used, in huge pages where it has them. NULL when there
/// is none. Given back by `cl_release` with the same size.
void *cl_reserve(size_t byte_count);
void cl_release(void *memory, size_t byte_count);

/// Asks for the cache line at `address` before it is needed.
static inline void cl_prefetch(const void *address) { __builtin_prefetch(address); }
