#pragma once
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* What Swift cannot import: structs with unions, macros that compute, control messages. Addresses and ports are in host
   order here; functions return -1 with errno as the system's own do. */

/* Closes a socket that is of no use; errno goes on saying why. */
static inline int headwater_link_abandon(int descriptor) {
    int number = errno;
    close(descriptor);
    errno = number;
    return -1;
}

/* What is known of an interface without netlink. */
struct headwater_link_facts {
    int index;
    int mtu;
    unsigned int flags;
    unsigned short hardware_type;
    uint8_t hardware_address[6];
};

static inline int headwater_link_facts(const char *name, struct headwater_link_facts *facts) {
    struct ifreq request;
    int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return -1;
    memset(&request, 0, sizeof request);
    memset(facts, 0, sizeof *facts);
    strncpy(request.ifr_name, name, IFNAMSIZ - 1);
    if (ioctl(descriptor, SIOCGIFINDEX, &request) != 0) return headwater_link_abandon(descriptor);
    facts->index = request.ifr_ifindex;
    if (ioctl(descriptor, SIOCGIFMTU, &request) != 0) return headwater_link_abandon(descriptor);
    facts->mtu = request.ifr_mtu;
    if (ioctl(descriptor, SIOCGIFFLAGS, &request) != 0) return headwater_link_abandon(descriptor);
    facts->flags = (unsigned short)request.ifr_flags;
    if (ioctl(descriptor, SIOCGIFHWADDR, &request) != 0) return headwater_link_abandon(descriptor);
    facts->hardware_type = request.ifr_hwaddr.sa_family;
    memcpy(facts->hardware_address, request.ifr_hwaddr.sa_data, 6);
    close(descriptor);
    return 0;
}

/* A socket for the payload of frames of one protocol on one interface; nothing comes that the filter does not let through. */
static inline int headwater_link_open(int index, uint16_t protocol, const struct sock_filter *filter, uint16_t count) {
    int on = 1;
    struct sock_fprog program = {count, (struct sock_filter *)filter};
    struct sockaddr_ll place;
    /* Of no protocol until the filter is in its place. */
    int descriptor = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0) return -1;
    memset(&place, 0, sizeof place);
    place.sll_family = AF_PACKET;
    place.sll_protocol = htons(protocol);
    place.sll_ifindex = index;
    if (setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == 0 &&
        setsockopt(descriptor, SOL_PACKET, PACKET_AUXDATA, &on, sizeof on) == 0 &&
        bind(descriptor, (struct sockaddr *)&place, sizeof place) == 0)
        return descriptor;
    return headwater_link_abandon(descriptor);
}

/* Where a frame comes from. */
struct headwater_link_origin {
    /* PACKET_HOST, PACKET_BROADCAST … */
    uint8_t kind;
    uint8_t hardware_length;
    uint8_t hardware_address[8];
    /* The checksum of what is in the frame was left to hardware that the frame never saw. */
    uint8_t checksum_is_pending;
    uint8_t is_truncated;
};

static inline ssize_t headwater_link_receive(int descriptor, void *octets, size_t room, struct headwater_link_origin *origin) {
    struct sockaddr_ll place;
    struct iovec part = {octets, room};
    union {
        struct cmsghdr header;
        uint8_t octets[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
    } control;
    struct msghdr message = {&place, sizeof place, &part, 1, &control, sizeof control, 0};
    memset(origin, 0, sizeof *origin);
    memset(&place, 0, sizeof place);
    ssize_t count = recvmsg(descriptor, &message, 0);
    if (count < 0) return count;
    origin->kind = place.sll_pkttype;
    origin->hardware_length = place.sll_halen > 8 ? 8 : place.sll_halen;
    memcpy(origin->hardware_address, place.sll_addr, 8);
    origin->is_truncated = (message.msg_flags & MSG_TRUNC) != 0;
    for (struct cmsghdr *item = CMSG_FIRSTHDR(&message); item; item = CMSG_NXTHDR(&message, item)) {
        struct tpacket_auxdata data;
        if (item->cmsg_level != SOL_PACKET || item->cmsg_type != PACKET_AUXDATA) continue;
        memcpy(&data, CMSG_DATA(item), sizeof data);
        origin->checksum_is_pending = (data.tp_status & TP_STATUS_CSUMNOTREADY) != 0;
    }
    return count;
}

static inline ssize_t headwater_link_send(
    int descriptor, int index, uint16_t protocol, const uint8_t *hardware_address, uint8_t hardware_length,
    const void *octets, size_t count) {
    struct sockaddr_ll place;
    memset(&place, 0, sizeof place);
    place.sll_family = AF_PACKET;
    place.sll_protocol = htons(protocol);
    place.sll_ifindex = index;
    place.sll_halen = hardware_length > 8 ? 8 : hardware_length;
    memcpy(place.sll_addr, hardware_address, place.sll_halen);
    return sendto(descriptor, octets, count, MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&place, sizeof place);
}

/* A UDP socket for all addresses of one interface, or of all where the name is empty. */
static inline int headwater_datagram_open(const char *interface, uint32_t address, uint16_t port) {
    int on = 1;
    /* What many clients say at once, as after a power cut, waits here; the system's default holds some hundred messages. */
    int room = 4 << 20;
    struct sockaddr_in place;
    int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0) return -1;
    memset(&place, 0, sizeof place);
    place.sin_family = AF_INET;
    place.sin_port = htons(port);
    place.sin_addr.s_addr = htonl(address);
    if (setsockopt(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room) != 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    if (setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
        setsockopt(descriptor, SOL_SOCKET, SO_BROADCAST, &on, sizeof on) == 0 &&
        setsockopt(descriptor, IPPROTO_IP, IP_PKTINFO, &on, sizeof on) == 0 &&
        (interface[0] == 0 ||
         setsockopt(descriptor, SOL_SOCKET, SO_BINDTODEVICE, interface, (socklen_t)strlen(interface) + 1) == 0) &&
        bind(descriptor, (struct sockaddr *)&place, sizeof place) == 0)
        return descriptor;
    return headwater_link_abandon(descriptor);
}

/* Where a datagram comes from, and where it went to. */
struct headwater_datagram_origin {
    uint32_t source;
    uint32_t destination;
    int index;
    uint16_t source_port;
    uint8_t is_truncated;
};

static inline ssize_t headwater_datagram_receive(
    int descriptor, void *octets, size_t room, struct headwater_datagram_origin *origin) {
    struct sockaddr_in place;
    struct iovec part = {octets, room};
    union {
        struct cmsghdr header;
        uint8_t octets[CMSG_SPACE(sizeof(struct in_pktinfo))];
    } control;
    struct msghdr message = {&place, sizeof place, &part, 1, &control, sizeof control, 0};
    memset(origin, 0, sizeof *origin);
    memset(&place, 0, sizeof place);
    ssize_t count = recvmsg(descriptor, &message, 0);
    if (count < 0) return count;
    origin->source = ntohl(place.sin_addr.s_addr);
    origin->source_port = ntohs(place.sin_port);
    origin->is_truncated = (message.msg_flags & MSG_TRUNC) != 0;
    for (struct cmsghdr *item = CMSG_FIRSTHDR(&message); item; item = CMSG_NXTHDR(&message, item)) {
        struct in_pktinfo data;
        if (item->cmsg_level != IPPROTO_IP || item->cmsg_type != IP_PKTINFO) continue;
        memcpy(&data, CMSG_DATA(item), sizeof data);
        origin->index = data.ipi_ifindex;
        origin->destination = ntohl(data.ipi_addr.s_addr);
    }
    return count;
}

/* From the address `source`, which is one of the machine's, or 0 for what the route says. */
static inline ssize_t headwater_datagram_send(
    int descriptor, const void *octets, size_t count, uint32_t source, uint32_t destination, uint16_t port) {
    struct sockaddr_in place;
    struct iovec part = {(void *)octets, count};
    struct in_pktinfo data;
    union {
        struct cmsghdr header;
        uint8_t octets[CMSG_SPACE(sizeof(struct in_pktinfo))];
    } control;
    struct msghdr message = {&place, sizeof place, &part, 1, &control, sizeof control, 0};
    struct cmsghdr *item = CMSG_FIRSTHDR(&message);
    memset(&place, 0, sizeof place);
    memset(&control, 0, sizeof control);
    memset(&data, 0, sizeof data);
    place.sin_family = AF_INET;
    place.sin_port = htons(port);
    place.sin_addr.s_addr = htonl(destination);
    data.ipi_spec_dst.s_addr = htonl(source);
    item->cmsg_level = IPPROTO_IP;
    item->cmsg_type = IP_PKTINFO;
    item->cmsg_len = CMSG_LEN(sizeof data);
    memcpy(CMSG_DATA(item), &data, sizeof data);
    return sendmsg(descriptor, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}
