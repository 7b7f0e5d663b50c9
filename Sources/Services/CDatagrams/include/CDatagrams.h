#pragma once
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/* Datagrams that one system call takes or sends: recvmmsg and sendmmsg, which Swift cannot see. Of one thread. */
struct headwater_datagrams;

/* Room for `count` datagrams of `size` octets that come in, and for as many answers. Null without memory. */
struct headwater_datagrams *headwater_datagrams_make(unsigned count, size_t size);
void headwater_datagrams_free(struct headwater_datagrams *);

/* Takes what has come, without waiting: how many, or -1 with errno. What was taken before is gone. */
int headwater_datagrams_receive(struct headwater_datagrams *, int socket);

/* One that came, and who sent it. */
const uint8_t *headwater_datagrams_octets(const struct headwater_datagrams *, int index, size_t *length);
const struct sockaddr *headwater_datagrams_peer(const struct headwater_datagrams *, int index, socklen_t *length);

/* Where the next answer may be written, `size` octets; and that it has `length` and goes to whom `index` came from. */
uint8_t *headwater_datagrams_room(struct headwater_datagrams *);
void headwater_datagrams_answer(struct headwater_datagrams *, int index, size_t length);

/* Sends the answers. One that the system refuses is left out. */
void headwater_datagrams_send(struct headwater_datagrams *, int socket);
