"""Packets as messages: what DHCP, DNS, HTTP, FTP, SMTP, POP3 and IMAP say, in a few words each."""
import re
import struct
from dataclasses import dataclass

KINDS = {1: "DISCOVER", 2: "OFFER", 3: "REQUEST", 4: "DECLINE", 5: "ACK", 6: "NAK", 7: "RELEASE", 8: "INFORM"}
TYPES = {1: "A", 2: "NS", 5: "CNAME", 6: "SOA", 12: "PTR", 15: "MX", 16: "TXT", 28: "AAAA", 41: "OPT", 64: "SVCB", 65: "HTTPS",
         252: "AXFR"}
CODES = {0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 5: "REFUSED"}
LINES = {21: "FTP", 25: "SMTP", 587: "SMTP", 110: "POP3", 143: "IMAP"}
SECRET = {443: "HTTPS", 993: "IMAPS", 995: "POP3S"}


@dataclass
class Message:
    """What one host told another, in the words of a protocol."""
    time: float
    source: str
    target: str
    protocol: str
    text: str
    # What can be checked: see the functions below.
    facts: dict


def messages(packets, names):
    """What the packets say, in order of time; `names` are the hosts' by address, and by hardware address for those that
    have no other yet."""
    found, state = [], {}
    for packet in packets:
        if said := describe(packet, state):
            protocol, text, facts = said
            everybody = packet.target_mac == "ff:ff:ff:ff:ff:ff"
            facts |= {"packet": packet, "broadcast": everybody}
            source = names.get(packet.source_mac if packet.source == "0.0.0.0" else packet.source, packet.source)
            target = "everybody" if everybody else names.get(packet.target) or names.get(packet.target_mac, packet.target)
            found.append(Message(packet.time, source, target, protocol, text, facts))
    return found


def describe(packet, state):
    """The protocol, what is said, and facts that can be checked; nil for what says nothing by itself."""
    ports = {packet.source_port, packet.target_port}
    if packet.protocol == 17 and ports & {67, 68}:
        return dhcp(packet)
    if 53 in ports:
        payload = packet.payload
        if packet.protocol == 6:
            payload = payload[2:] if len(payload) > 14 else b""
        return dns(payload, packet.protocol == 6) if len(payload) >= 12 else None
    if packet.protocol != 6:
        return None
    if packet.flags & 4 and not packet.flags & 16 or packet.flags & 4 and not packet.payload and packet.flags & 20 == 20:
        return ("TCP", "refused (RST)", {"refused": True}) if state.pop(("syn", *reverse(packet)), None) else None
    if packet.flags & 18 == 2:
        state[("syn", *flow(packet))] = True
        return None
    if packet.flags & 18 == 18:
        state.pop(("syn", *reverse(packet)), None)
        return None
    if not packet.payload:
        return None
    return tcp(packet, state)


def flow(packet):
    return packet.source, packet.source_port, packet.target, packet.target_port


def reverse(packet):
    return packet.target, packet.target_port, packet.source, packet.source_port


def tcp(packet, state):
    start = packet.payload[:1600]
    if match := re.match(rb"(GET|HEAD|POST|PUT) (\S+) HTTP/1", start):
        path = match[2].decode("latin-1")
        host = re.search(rb"\r\nhost: *([^\r\n]*)", start, re.I)
        return "HTTP", f"{match[1].decode()} {short(path)}", {"path": path, "host": host[1].decode() if host else ""}
    if match := re.match(rb"HTTP/1\.. (\d+)", start):
        facts = {"status": int(match[1])}
        text = f"{facts['status']}"
        if length := re.search(rb"\r\ncontent-length: *(\d+)", start, re.I):
            facts["length"] = int(length[1])
            text += f", {amount(facts['length'])}"
        if cache := re.search(rb"\r\ncache-status: *([^\r\n]*)", start, re.I):
            facts["cache"] = cache[1].decode("latin-1")
            text += ", " + ("a hit" if re.search(r"; *hit", facts["cache"]) else "a miss")
        return "HTTP", text, facts
    port = next((p for p in (packet.source_port, packet.target_port) if p in LINES or p in SECRET), None)
    key = frozenset([flow(packet), reverse(packet)])
    if port in SECRET or packet.payload[:2] == b"\x16\x03":
        # Only its beginning tells anything.
        if packet.payload[0] == 22 and packet.payload[5:6] == b"\x01" and not state.get(key):
            state[key] = "TLS"
            return SECRET.get(port, "TLS"), "ClientHello", {}
        state[key] = "TLS"
        return None
    if port is None or state.get(key) == "TLS":
        return None
    line = packet.payload.split(b"\r\n")[0].decode("latin-1")
    if not line.isprintable() or len(line) > 200 or state.get(key) == "data" and packet.target_port == 25:
        if line != ".":
            return None
    if port in (25, 587) and packet.target_port == port:
        state[key] = "data" if line.upper() == "DATA" else "text"
    return LINES[port], re.sub(r"(?i)^(PASS|AUTH \S+) .*", r"\1 …", line)[:60], {"line": line}


def short(path):
    """A path with the fingerprint of its media left out."""
    return re.sub(r"/media/([^/]+)/[0-9a-f]{12}/", r"/media/\1/…/", path.split("?")[0])


def amount(octets):
    return f"{octets / 1e6:.1f} MB" if octets >= 1e6 else f"{octets / 1e3:.1f} kB" if octets >= 1e3 else f"{octets} B"


def dhcp(packet):
    data = packet.payload
    if len(data) < 240 or data[236:240] != b"\x63\x82\x53\x63":
        return None
    options, position = {}, 240
    while position + 1 < len(data) and data[position] != 255:
        if data[position] == 0:
            position += 1
            continue
        length = data[position + 1]
        options[data[position]] = options.get(data[position], b"") + data[position + 2:position + 2 + length]
        position += 2 + length

    def address(at):
        return ".".join(map(str, data[at:at + 4]))
    kind = KINDS.get((options.get(53) or b"\0")[0], "?")
    facts = {"kind": kind, "hops": data[3], "ciaddr": address(12), "yiaddr": address(16), "giaddr": address(24),
             "mac": data[28:34].hex(":"), "options": options, "transaction": data[4:8].hex()}
    text = kind
    if facts["yiaddr"] != "0.0.0.0":
        text += f" {facts['yiaddr']}"
    if facts["giaddr"] != "0.0.0.0":
        text += f" (giaddr {facts['giaddr']}" + (", option 82)" if 82 in options else ")")
    return "DHCP", text, facts


def name(data, position):
    """A name and the place behind it."""
    labels, end, jumps = [], None, 0
    while position < len(data) and (length := data[position]):
        if length >= 192:
            end = end or position + 2
            position = (length & 63) << 8 | data[position + 1]
            jumps += 1
            if jumps > 32:
                break
            continue
        labels.append(data[position + 1:position + 1 + length].decode("latin-1"))
        position += 1 + length
    return ".".join(labels) + ".", end or position + 1


def dns(data, over_tcp):
    try:
        return parsed_dns(data, over_tcp)
    except (IndexError, struct.error):
        return None


def parsed_dns(data, over_tcp):
    _, flags, questions, *counts = struct.unpack_from(">HHHHHH", data)
    if questions != 1:
        return None
    asked, position = name(data, 12)
    kind, = struct.unpack_from(">H", data, position)
    position += 4
    facts = {"name": asked.lower(), "type": TYPES.get(kind, f"TYPE{kind}"), "response": bool(flags & 0x8000),
             "recursion": bool(flags & 0x100), "code": flags & 15, "sections": []}
    for count in counts:
        section = []
        for _ in range(count):
            owner, position = name(data, position)
            type_, klass, ttl, length = struct.unpack_from(">HHIH", data, position)
            position += 10
            value = data[position:position + length]
            if type_ == 1:
                value = ".".join(map(str, value))
            elif type_ in (2, 5, 12):
                value = name(data, position)[0].lower()
            elif type_ == 41:
                facts["subnet"] = subnet(value)
            section.append((owner.lower(), TYPES.get(type_, f"TYPE{type_}"), ttl, value))
            position += length
        facts["sections"].append(section)
    question = f"{facts['name']} {facts['type']}"
    if facts.get("subnet"):
        question += f" for {facts['subnet']}"
    if not facts["response"]:
        return "DNS", f"{question}?" + (" (recursive)" if facts["recursion"] else ""), facts
    answers, authority, _ = facts["sections"]
    if flags & 0x200:
        text = "too long for UDP (TC)"
    elif facts["code"]:
        text = CODES.get(facts["code"], f"code {facts['code']}")
    elif answers:
        text = ", ".join(str(v) if isinstance(v, str) else k for _, k, _, v in answers[:3]) + f" for {answers[-1][2]} s"
    elif referral := [record for record in authority if record[1] == "NS"]:
        text = f"ask {referral[0][3]} about {referral[0][0]}"
    else:
        text = "no such record"
    return "DNS", f"{facts['name']}: {text}" + (" (TCP)" if over_tcp else ""), facts


def subnet(options):
    """The client subnet that EDNS carries (RFC 7871)."""
    position = 0
    while position + 4 <= len(options):
        code, length = struct.unpack_from(">HH", options, position)
        value = options[position + 4:position + 4 + length]
        if code == 8 and len(value) >= 4 and value[1] == 1:
            return ".".join(map(str, (value[4:] + bytes(4))[:4])) + f"/{value[2]}" + (f" (scope /{value[3]})" if value[3] else "")
        position += 4 + length
    return None
