// Why this file exists: a few Linux calls are missing from `import Glibc`, either because their header is not
// in its module map (epoll, eventfd, sendfile) or because they are variadic (open, fcntl, ioctl), which Swift
// cannot import. Only headers and static inline functions: no C source is compiled.
#ifndef CAIRN_CSYSTEM_H
#define CAIRN_CSYSTEM_H

// _GNU_SOURCE must stay undefined: it changes fd_set and enumerations of glibc, and a target that also imports Glibc
// or COpenSSL, which are built without it, then does not compile. What only it would declare is declared here.
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <pthread.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/vfs.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include "checksum.h"

#ifndef _GNU_SOURCE
extern int pthread_setname_np(pthread_t thread, const char *name);
extern int accept4(int fd, struct sockaddr *address, socklen_t *length, int flags);
extern int fallocate(int fd, int mode, off_t offset, off_t length);
extern int sync_file_range(int fd, off_t offset, off_t length, unsigned int flags);
extern ssize_t preadv2(int fd, const struct iovec *vectors, int count, off_t offset, int flags);
#endif
#ifndef RWF_NOWAIT
#define RWF_NOWAIT 0x00000008
#endif

// open(2) is variadic.
static inline int cairn_open(const char *path, int flags, unsigned int mode) {
    return open(path, flags | O_CLOEXEC, mode);
}

// preadv2(2) with RWF_NOWAIT answers EAGAIN instead of waiting for the disk; the flag is a macro.
static inline ssize_t cairn_pread_nowait(int fd, void *buffer, size_t count, int64_t offset) {
    struct iovec vector = { buffer, count };
    return preadv2(fd, &vector, 1, offset, RWF_NOWAIT);
}

// Starts writing a range back without waiting; SYNC_FILE_RANGE_WRITE is 2 and hidden behind _GNU_SOURCE.
static inline void cairn_start_writeback(int fd, int64_t offset, int64_t length) {
    (void)sync_file_range(fd, offset, length, 2);
}

// The parameters of mallopt(3) are macros that Swift does not see.
static inline void cairn_limit_allocator(void) {
#ifdef __GLIBC__
    if (!getenv("MALLOC_ARENA_MAX")) (void)mallopt(M_ARENA_MAX, 4);
    // Fixed thresholds: by default each large buffer that is freed raises both, up to 32 and 64 MiB.
    if (!getenv("MALLOC_MMAP_THRESHOLD_")) (void)mallopt(M_MMAP_THRESHOLD, 2 << 20);
    if (!getenv("MALLOC_TRIM_THRESHOLD_")) (void)mallopt(M_TRIM_THRESHOLD, 4 << 20);
#endif
}
static inline void cairn_trim_allocator(void) {
#ifdef __GLIBC__
    (void)malloc_trim(0);
#endif
}

// On Linux the process 0 is the calling thread; the first argument's type depends on _GNU_SOURCE.
static inline void cairn_lower_thread_priority(void) {
    (void)setpriority(PRIO_PROCESS, 0, 10);
}

// epoll_event holds a union that Swift sees only as opaque fields; a 64-bit tag is all that is used.
static inline int cairn_epoll_control(int epoll, int operation, int fd, uint32_t events, uint64_t tag) {
    struct epoll_event event = { 0 };
    event.events = events;
    event.data.u64 = tag;
    return epoll_ctl(epoll, operation, fd, &event);
}
static inline uint64_t cairn_epoll_tag(const struct epoll_event *event) { return event->data.u64; }
static inline uint32_t cairn_epoll_events(const struct epoll_event *event) { return event->events; }

// pthread_setname_np(3) is a GNU extension that Glibc's module map leaves out.
static inline void cairn_name_thread(const char *name) { pthread_setname_np(pthread_self(), name); }

// Flags that are C expressions or unsigned enumerators, given one plain type.
static const uint32_t CAIRN_EPOLLIN = EPOLLIN, CAIRN_EPOLLOUT = EPOLLOUT, CAIRN_EPOLLRDHUP = EPOLLRDHUP,
                      CAIRN_EPOLLHUP = EPOLLHUP, CAIRN_EPOLLERR = EPOLLERR, CAIRN_EPOLLET = EPOLLET;

#endif
