// System calls and constants that Swift's Glibc module does not offer.
#ifndef P2PFWD_CSYSTEM_H
#define P2PFWD_CSYSTEM_H

#include <sys/epoll.h>
#include <sys/eventfd.h>

#endif
