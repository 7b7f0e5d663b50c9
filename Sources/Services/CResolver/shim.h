#pragma once
#include <arpa/nameser.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>

/* Why the last look-up of this thread failed: h_errno is a macro. */
static inline int headwater_resolver_error(void) { return h_errno; }
