#define _GNU_SOURCE
#include "Internal.h"

#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

const char *csystem_error_text(int code) {
    const char *text = strerrordesc_np(code);
    return text ? text : "unknown error";
}

void csystem_return_memory(void) { malloc_trim(0); }

int64_t csystem_now(void) {
    struct timespec time;
    clock_gettime(CLOCK_BOOTTIME, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

int csystem_poll_create(void) { return CALL(int, epoll_create1(EPOLL_CLOEXEC)); }

static int poll_control(
    int poll, int operation, int descriptor, uint32_t generation, uint32_t interest) {
    struct epoll_event event = {0};
    if (interest & CSYSTEM_READABLE) event.events |= EPOLLIN;
    if (interest & CSYSTEM_WRITABLE) event.events |= EPOLLOUT;
    event.data.u64 = (uint64_t)generation << 32 | (uint32_t)descriptor;
    return CALL(int, epoll_ctl(poll, operation, descriptor, &event));
}

int csystem_poll_add(int poll, int descriptor, uint32_t generation, uint32_t interest) {
    return poll_control(poll, EPOLL_CTL_ADD, descriptor, generation, interest);
}

int csystem_poll_modify(int poll, int descriptor, uint32_t generation, uint32_t interest) {
    return poll_control(poll, EPOLL_CTL_MOD, descriptor, generation, interest);
}

int csystem_poll_remove(int poll, int descriptor) {
    return poll_control(poll, EPOLL_CTL_DEL, descriptor, 0, 0);
}

// epoll_wait counts in milliseconds; rounding up makes sure that a deadline is due when it ends.
static int wait_milliseconds(int poll, struct epoll_event *events, int64_t nanoseconds) {
    int64_t milliseconds = nanoseconds < 0 ? -1 : (nanoseconds + 999999) / 1000000;
    if (milliseconds > INT32_MAX) milliseconds = INT32_MAX;
    return epoll_wait(poll, events, CSYSTEM_POLL_MAXIMUM, (int)milliseconds);
}

int csystem_poll_wait(int poll, struct csystem_event *events, int64_t nanoseconds) {
    struct epoll_event reported[CSYSTEM_POLL_MAXIMUM];
    struct timespec time = {nanoseconds / 1000000000, nanoseconds % 1000000000};
    int count = epoll_pwait2(
        poll, reported, CSYSTEM_POLL_MAXIMUM, nanoseconds < 0 ? NULL : &time, NULL);
    if (count < 0 && (errno == ENOSYS || errno == EPERM)) {
        count = wait_milliseconds(poll, reported, nanoseconds);
    }
    if (count < 0) return errno == EINTR ? 0 : -errno;
    for (int index = 0; index < count; index++) {
        uint32_t flags = reported[index].events;
        uint64_t data = reported[index].data.u64;
        events[index].descriptor = (int32_t)(uint32_t)data;
        events[index].generation = (uint32_t)(data >> 32);
        events[index].readiness = (flags & EPOLLIN ? CSYSTEM_READABLE : 0)
            | (flags & EPOLLOUT ? CSYSTEM_WRITABLE : 0)
            | (flags & (EPOLLHUP | EPOLLERR) ? CSYSTEM_HANGUP : 0);
    }
    return count;
}

int csystem_wakeup_create(bool blocking) {
    int flags = EFD_CLOEXEC | (blocking ? EFD_SEMAPHORE : EFD_NONBLOCK);
    return CALL(int, eventfd(0, flags));
}

int csystem_wakeup_signal(int descriptor) {
    uint64_t one = 1;
    return (int)CALL(ssize_t, write(descriptor, &one, sizeof one));
}

int csystem_wakeup_consume(int descriptor) {
    uint64_t count;
    return (int)CALL(ssize_t, read(descriptor, &count, sizeof count));
}

int csystem_timer_create(void) {
    return CALL(int, timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK));
}

int csystem_timer_arm(int descriptor, int64_t nanoseconds) {
    struct itimerspec time = {0};
    time.it_value.tv_sec = nanoseconds / 1000000000;
    time.it_value.tv_nsec = nanoseconds % 1000000000;
    return CALL(int, timerfd_settime(descriptor, TFD_TIMER_ABSTIME, &time, NULL));
}

int csystem_timer_consume(int descriptor) { return csystem_wakeup_consume(descriptor); }

int csystem_signals_create(const int *signals, int count) {
    sigset_t set;
    sigemptyset(&set);
    for (int index = 0; index < count; index++) sigaddset(&set, signals[index]);
    int error = pthread_sigmask(SIG_BLOCK, &set, NULL);
    if (error != 0) return -error;
    return CALL(int, signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}

int csystem_signals_next(int descriptor) {
    struct signalfd_siginfo information;
    ssize_t length = CALL(ssize_t, read(descriptor, &information, sizeof information));
    return length < 0 ? (int)length : (int)information.ssi_signo;
}

int csystem_ignore_broken_pipe(void) {
    return signal(SIGPIPE, SIG_IGN) == SIG_ERR ? -errno : 0;
}

int csystem_thread_start(void *(*body)(void *), void *context) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_t thread;
    // The new thread inherits the mask: signals stay with the thread of the event loop.
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&thread, NULL, body, context);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error != 0) return -error;
    pthread_detach(thread);
    return 0;
}

uint64_t csystem_thread_current(void) { return (uint64_t)pthread_self(); }

int csystem_memory_file(void) {
    // Kernels before 6.3 do not know the second flag, by which it can never be made executable.
    int result = CALL(int, memfd_create("p2pfwd", MFD_CLOEXEC | 0x0008U));
    return result == -EINVAL ? CALL(int, memfd_create("p2pfwd", MFD_CLOEXEC)) : result;
}
