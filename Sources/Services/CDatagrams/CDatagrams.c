#define _GNU_SOURCE
#include "CDatagrams.h"
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>

struct side {
    struct mmsghdr *messages;
    struct iovec *pieces;
    uint8_t *octets;
};

struct headwater_datagrams {
    unsigned capacity, answers;
    size_t size;
    struct sockaddr_storage *peers;
    struct side in, out;
};

static int make_side(struct side *side, unsigned count, size_t size) {
    side->messages = calloc(count, sizeof *side->messages);
    side->pieces = calloc(count, sizeof *side->pieces);
    side->octets = malloc(count * size);
    if (!side->messages || !side->pieces || !side->octets) return 0;
    for (unsigned i = 0; i < count; i++) {
        side->pieces[i].iov_base = side->octets + i * size;
        side->pieces[i].iov_len = size;
        side->messages[i].msg_hdr.msg_iov = &side->pieces[i];
        side->messages[i].msg_hdr.msg_iovlen = 1;
    }
    return 1;
}

static void free_side(struct side *side) {
    free(side->messages);
    free(side->pieces);
    free(side->octets);
}

struct headwater_datagrams *headwater_datagrams_make(unsigned count, size_t size) {
    struct headwater_datagrams *self = calloc(1, sizeof *self);
    if (!self) return NULL;
    self->capacity = count;
    self->size = size;
    self->peers = calloc(count, sizeof *self->peers);
    if (!make_side(&self->in, count, size) | !make_side(&self->out, count, size) || !self->peers) {
        headwater_datagrams_free(self);
        return NULL;
    }
    for (unsigned i = 0; i < count; i++) self->in.messages[i].msg_hdr.msg_name = &self->peers[i];
    return self;
}

void headwater_datagrams_free(struct headwater_datagrams *self) {
    free_side(&self->in);
    free_side(&self->out);
    free(self->peers);
    free(self);
}

int headwater_datagrams_receive(struct headwater_datagrams *self, int socket) {
    self->answers = 0;
    for (unsigned i = 0; i < self->capacity; i++)
        self->in.messages[i].msg_hdr.msg_namelen = sizeof(struct sockaddr_storage);
    return recvmmsg(socket, self->in.messages, self->capacity, MSG_DONTWAIT, NULL);
}

const uint8_t *headwater_datagrams_octets(const struct headwater_datagrams *self, int index, size_t *length) {
    *length = self->in.messages[index].msg_len;
    return self->in.pieces[index].iov_base;
}

const struct sockaddr *headwater_datagrams_peer(const struct headwater_datagrams *self, int index, socklen_t *length) {
    *length = self->in.messages[index].msg_hdr.msg_namelen;
    return (const struct sockaddr *)&self->peers[index];
}

uint8_t *headwater_datagrams_room(struct headwater_datagrams *self) {
    return self->out.octets + self->answers * self->size;
}

void headwater_datagrams_answer(struct headwater_datagrams *self, int index, size_t length) {
    struct msghdr *header = &self->out.messages[self->answers].msg_hdr;
    header->msg_name = &self->peers[index];
    header->msg_namelen = self->in.messages[index].msg_hdr.msg_namelen;
    self->out.pieces[self->answers].iov_len = length;
    self->answers++;
}

void headwater_datagrams_send(struct headwater_datagrams *self, int socket) {
    unsigned sent = 0;
    while (sent < self->answers) {
        int count = sendmmsg(socket, self->out.messages + sent, self->answers - sent, MSG_NOSIGNAL);
        if (count > 0) sent += count;
        else if (errno != EINTR) sent++;
    }
    self->answers = 0;
}
