"""What went over the lab's links: packets captured by tcpdump, read back as messages between hosts."""
import pathlib
import struct
import subprocess
import threading
from dataclasses import dataclass

import protocols
from network import Failure


@dataclass
class Packet:
    """One IPv4 packet as it left its sender."""
    time: float
    link: str
    source_mac: str
    target_mac: str
    source: str
    target: str
    identification: int
    protocol: int
    source_port: int
    target_port: int
    flags: int
    payload: bytes


class Captures:
    """One file for each of the router's interfaces: what goes over that link, in both directions."""

    def __init__(self, network, folder):
        self.network, self.folder, self.sniffers = network, folder, {}
        folder.mkdir(parents=True, exist_ok=True)

    def start(self, link):
        # The beginning of a segment's packets is enough: what they carry is no secret of the lab.
        sniffer = self.network.router.start(
            "tcpdump", "-i", link, "-w", self.folder / f"{link}.pcap", "-s", "1600", "-U", "--immediate-mode", "-Z", "root",
            "-B", "16384", stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        for line in sniffer.stderr:
            if "listening on" in line:
                break
        else:
            raise Failure(f"tcpdump does not listen on {link}")
        # Nobody else would read the rest.
        threading.Thread(target=sniffer.stderr.read, daemon=True).start()
        self.sniffers[link] = sniffer

    def packets(self):
        """Every IPv4 packet up to now, once, in order of time.

        What passes through the router is seen on two links; it counts where it came from."""
        links = {self.network.hosts[link].hardware(): link for link in self.sniffers}
        gateways = {word.split("/")[0] for line in self.network.router.run("ip", "-o", "-4", "address").splitlines()
                    for word in line.split()[3:4]}
        seen, found = {}, []
        for link in self.sniffers:
            for packet in read(self.folder / f"{link}.pcap", link):
                if links.get(packet.source_mac) != link and packet.source not in gateways:
                    continue
                # A broadcast of the router goes to each of its ports.
                key = (packet.source, packet.target, packet.identification, packet.payload[:64])
                if packet.source in gateways and abs(seen.get(key, -9) - packet.time) < 0.05:
                    continue
                seen[key] = packet.time
                found.append(packet)
        return sorted(found, key=lambda packet: packet.time)

    def messages(self, names, since=0.0):
        """What was said since a time; `names` are the hosts' by address."""
        return protocols.messages([packet for packet in self.packets() if packet.time >= since], names)


def read(path, link):
    """The IPv4 packets of a capture file; a last one that is not whole yet is left out."""
    data = pathlib.Path(path).read_bytes()
    if len(data) < 24:
        return
    order = "<" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    unit = 1e9 if data[:4] in (b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d") else 1e6
    position = 24
    while position + 16 <= len(data):
        seconds, fraction, length, _ = struct.unpack_from(order + "IIII", data, position)
        frame = data[position + 16:position + 16 + length]
        if len(frame) < length:
            return
        position += 16 + length
        if packet := decode(frame, seconds + fraction / unit, link):
            yield packet


def decode(frame, time, link):
    """One Ethernet frame; nil for what is no IPv4, or a fragment that does not begin a packet."""
    if len(frame) < 34 or frame[12:14] != b"\x08\x00":
        return None
    header = (frame[14] & 15) * 4
    total, identification, fragment = struct.unpack_from(">HHH", frame, 16)
    if fragment & 0x1FFF:
        return None
    body = frame[14 + header:]
    # Segmentation offload leaves the length at 0.
    if total >= header:
        body = body[:total - header]
    source_port = target_port = flags = 0
    payload = b""
    if frame[23] == 17 and len(body) >= 8:
        source_port, target_port = struct.unpack_from(">HH", body)
        payload = body[8:]
    elif frame[23] == 6 and len(body) >= 20:
        source_port, target_port = struct.unpack_from(">HH", body)
        flags, payload = body[13], body[(body[12] >> 4) * 4:]
    return Packet(time, link, frame[6:12].hex(":"), frame[:6].hex(":"), ".".join(map(str, frame[26:30])),
                  ".".join(map(str, frame[30:34])), identification, frame[23], source_port, target_port, flags, payload)
