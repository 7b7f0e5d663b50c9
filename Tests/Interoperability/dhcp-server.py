#!/usr/bin/python3
"""dhcp-server.py HEADWATER: our DHCP server in network namespaces, before the clients and the relay agent of others.

One line a check. Needs root; without it, or where the kernel has no network namespaces, it says so and ends well."""
import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HEADWATER = os.path.abspath(sys.argv[1])
PREFIX = f"hwd{os.getpid() % 10000}"
SERVER, CLIENT, OTHER, RELAY, FAR = (f"{PREFIX}{letter}" for letter in "scorf")
LIMIT = 90
FOLDER = pathlib.Path(tempfile.mkdtemp(prefix="headwater-dhcp-"))

CONFIGURATION = """
limits: {quarantine-share: 1}
subnets:
  - subnet: 192.0.2.0/24
    pools: [192.0.2.100-192.0.2.149]
    lease-time: 8s
    rapid-commit: true
    domain: lan.test
    options:
      routers: 192.0.2.1
      name-servers: [192.0.2.53]
      domain-search: [lan.test, cdn.test]
      classless-routes: ["10.77.0.0/16 via 192.0.2.9", "default via 192.0.2.1"]
      ntp-servers: 192.0.2.123
    reservations:
      - {hardware: "02:00:00:00:00:77", address: 192.0.2.77, host-name: camera}
  - subnet: 10.66.0.0/24
    relays: [10.66.0.1]
    pools: [10.66.0.100-10.66.0.120]
    options: {routers: 10.66.0.1}
"""

ZONES = {
    "lan.test": "@ 60 IN SOA ns.lan.test. hostmaster.lan.test. 1 60 60 600 60\n@ 60 IN NS ns\nns 60 IN A 192.0.2.1\n"
                "printer 60 IN A 192.0.2.5\n",
    "2.0.192.in-addr.arpa": "@ 60 IN SOA ns.lan.test. hostmaster.lan.test. 1 60 60 600 60\n@ 60 IN NS ns.lan.test.\n",
}


def run(*command, check=True, **options):
    return subprocess.run([str(word) for word in command], check=check, capture_output=True, text=True, timeout=LIMIT,
                          **options)


def inside(space, *command, **options):
    return run("ip", "netns", "exec", space, *command, **options)


def until(what, condition):
    end = time.monotonic() + LIMIT
    while time.monotonic() < end:
        if result := condition():
            return result
        time.sleep(0.1)
    raise AssertionError(f"{what} did not come about in {LIMIT} s")


@contextlib.contextmanager
def network():
    """server (192.0.2.1, a bridge) — client and another host, and server (198.51.100.1) — relay agent (10.66.0.1) — far client."""
    spaces = [SERVER, CLIENT, OTHER, RELAY, FAR]
    try:
        for space in spaces:
            run("ip", "netns", "add", space)
            inside(space, "ip", "link", "set", "lo", "up")
        for left, right, first, second in [(SERVER, CLIENT, "port1", "eth0"), (SERVER, OTHER, "port2", "eth0"),
                                           (SERVER, RELAY, "uplink", "uplink"),
                                           (RELAY, FAR, "far0", "eth0")]:
            run("ip", "link", "add", first, "netns", left, "type", "veth", "peer", "name", second, "netns", right)
            inside(left, "ip", "link", "set", first, "up")
            inside(right, "ip", "link", "set", second, "up")
        inside(SERVER, "ip", "link", "add", "lan", "type", "bridge")
        inside(SERVER, "ip", "link", "set", "lan", "up")
        for port in ["port1", "port2"]:
            inside(SERVER, "ip", "link", "set", port, "master", "lan")
        inside(SERVER, "ip", "address", "add", "192.0.2.1/24", "dev", "lan")
        inside(SERVER, "ip", "address", "add", "198.51.100.1/24", "dev", "uplink")
        inside(RELAY, "ip", "address", "add", "198.51.100.2/24", "dev", "uplink")
        inside(RELAY, "ip", "address", "add", "10.66.0.1/24", "dev", "far0")
        inside(SERVER, "ip", "route", "add", "10.66.0.0/24", "via", "198.51.100.2")
        inside(RELAY, "sysctl", "-q", "-w", "net.ipv4.ip_forward=1")
        yield
    finally:
        for space in spaces:
            run("ip", "netns", "delete", space, check=False)


class Server:
    def __init__(self, *options):
        self.process = subprocess.Popen(
            ["ip", "netns", "exec", SERVER, HEADWATER, "dhcp", "serve", "--interface", "lan", "--interface", "uplink",
             "--config", str(FOLDER / "dhcp.yaml"), "--data", str(FOLDER / "data"), *options],
            stdout=subprocess.PIPE, text=True)
        lines = [self.process.stdout.readline().strip() for _ in range(2)]
        assert lines == ["listening on dhcp://lan", "listening on dhcp://uplink"], lines

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            assert self.process.wait(LIMIT) == 0, "the server ended badly"

    def kill(self):
        self.process.kill()
        self.process.wait()


def leases():
    return json.loads(run(HEADWATER, "dhcp", "leases", "--data", FOLDER / "data", "--json").stdout)["leases"]


def lease(hardware=None, address=None):
    found = [entry for entry in leases() if hardware in (None, entry["hardware"]) and address in (None, entry["address"])]
    return found[0] if found else None


def address_of(space):
    facts = json.loads(inside(space, "ip", "-json", "address", "show", "dev", "eth0").stdout)
    found = [entry["local"] for entry in facts[0]["addr_info"] if entry["family"] == "inet"]
    return found[0] if found else None


def hardware_of(space):
    return json.loads(inside(space, "ip", "-json", "link", "show", "dev", "eth0").stdout)[0]["address"]


def fresh(space, hardware):
    """A client that nobody knows."""
    inside(space, "ip", "address", "flush", "dev", "eth0")
    inside(space, "ip", "link", "set", "eth0", "down")
    inside(space, "ip", "link", "set", "eth0", "address", hardware)
    inside(space, "ip", "link", "set", "eth0", "up")


SCRIPT = """#!/bin/sh
env | sort >"{log}.$1"
case "$1" in
bound|renew) ip address replace "$ip/$mask" dev "$interface" ;;
esac
"""


def udhcpc(space, name, *options):
    """One exchange: what the client's script was told."""
    log, script = FOLDER / name, FOLDER / f"{name}.sh"
    script.write_text(SCRIPT.format(log=log))
    script.chmod(0o755)
    inside(space, "udhcpc", "-f", "-q", "-n", "-i", "eth0", "-t", "5", "-T", "2", "-s", script, *options)
    lines = pathlib.Path(f"{log}.bound").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)


def check_udhcpc():
    fresh(CLIENT, "02:00:00:00:00:01")
    facts = udhcpc(CLIENT, "udhcpc", "-x", "hostname:Viewer", "-O", "search", "-O", "staticroutes", "-O", "ntpsrv")
    assert facts["ip"] == "192.0.2.100" and facts["mask"] == "24" and facts["router"] == "192.0.2.1", facts
    assert facts["dns"] == "192.0.2.53" and facts["domain"] == "lan.test", facts
    assert facts["search"] == "lan.test cdn.test" and facts["ntpsrv"] == "192.0.2.123", facts
    assert facts["staticroutes"] == "10.77.0.0/16 192.0.2.9 0.0.0.0/0 192.0.2.1", facts
    entry = lease("02:00:00:00:00:01")
    assert entry["state"] == "bound" and entry["hostName"] == "viewer" and entry["address"] == "192.0.2.100", entry
    print("dhcp: udhcpc without an address is answered in a frame of its own, and told all options")


def check_reservation():
    fresh(CLIENT, "02:00:00:00:00:77")
    facts = udhcpc(CLIENT, "reserved", "-O", "hostname")
    assert facts["ip"] == "192.0.2.77" and facts["hostname"] == "camera", facts
    print("dhcp: a reservation goes to its hardware address")


def check_conflict():
    """Somebody sits on the next address of the pool."""
    inside(OTHER, "ip", "address", "add", "192.0.2.101/24", "dev", "eth0")
    fresh(CLIENT, "02:00:00:00:00:02")
    facts = udhcpc(CLIENT, "conflict")
    assert facts["ip"] == "192.0.2.102", facts
    entry = lease(address="192.0.2.101")
    assert entry["state"] == "declined", entry
    inside(OTHER, "ip", "address", "flush", "dev", "eth0")
    print("dhcp: an address that answers a probe is offered to nobody")


def check_dhclient():
    fresh(CLIENT, "02:00:00:00:00:03")
    files = ["-lf", FOLDER / "dhclient.leases", "-pf", FOLDER / "dhclient.pid"]
    inside(CLIENT, "dhclient", "-4", "-1", "-v", "-sf", "/bin/true", *files, "eth0")
    first = until("a lease for dhclient", lambda: lease("02:00:00:00:00:03"))
    text = (FOLDER / "dhclient.leases").read_text()
    assert "option routers 192.0.2.1" in text and "option dhcp-server-identifier 192.0.2.1" in text, text
    # The client has no address (its script does nothing), and so does not answer: it rebinds when half the lease is over.
    inside(CLIENT, "ip", "address", "add", first["address"] + "/24", "dev", "eth0")
    until("dhclient's renewal", lambda: (lease("02:00:00:00:00:03") or first)["expiry"] > first["expiry"])
    inside(CLIENT, "dhclient", "-4", "-r", "-sf", "/bin/true", *files, "eth0")
    until("dhclient's release", lambda: lease("02:00:00:00:00:03")["state"] == "released")
    print("dhcp: dhclient gets an address, renews it by unicast, and gives it back")


def check_dhcpcd():
    fresh(CLIENT, "02:00:00:00:00:04")
    configuration = FOLDER / "dhcpcd.conf"
    configuration.write_text("ipv4only\nnoipv4ll\nnohook resolv.conf, hostname\noption rapid_commit\noption domain_search\n")
    inside(CLIENT, "dhcpcd", "-4", "-1", "-f", configuration, "--nobackground", "-t", "60", "eth0", check=False)
    entry = until("a lease for dhcpcd", lambda: next(
        (entry for entry in leases() if entry["hardware"] == "02:00:00:00:00:04" and entry["state"] == "bound"), None))
    until("dhcpcd's address", lambda: address_of(CLIENT) == entry["address"])
    inside(CLIENT, "dhcpcd", "-x", "eth0", check=False)
    print("dhcp: dhcpcd gets an address, with rapid commit")


def check_relay():
    relay = subprocess.Popen(
        ["ip", "netns", "exec", RELAY, "dhcrelay", "-d", "-4", "-a", "-pf", str(FOLDER / "relay.pid"), "-id", "far0", "-iu",
         "uplink", "198.51.100.1"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        while "Sending on" not in relay.stderr.readline():
            pass
        fresh(FAR, "02:00:00:00:01:01")
        facts = udhcpc(FAR, "far")
        assert facts["ip"].startswith("10.66.0.1") and facts["router"] == "10.66.0.1", facts
        assert facts["serverid"] == "198.51.100.1", facts
        entry = lease("02:00:00:00:01:01")
        assert entry["agentInformation"] == "hex:0104" + b"far0".hex(), entry
        # Renewed past the relay agent.
        inside(FAR, "ip", "route", "add", "default", "via", "10.66.0.1")
        renewed = inside(FAR, "udhcpc", "-f", "-q", "-n", "-i", "eth0", "-r", facts["ip"], "-s", FOLDER / "far.sh")
        assert facts["ip"] in renewed.stdout + renewed.stderr, renewed
    finally:
        relay.terminate()
        relay.wait(LIMIT)
    print("dhcp: ISC dhcrelay asks for another subnet, with option 82")


ODD = r"""
import logging, sys
logging.getLogger("scapy.runtime").setLevel(logging.ERROR)
from scapy.all import *
conf.checkIPaddr = False
mac = "02:00:00:00:00:09"
raw = bytes.fromhex(mac.replace(":", ""))
def frame(options, **fields):
    return (Ether(src=mac, dst="ff:ff:ff:ff:ff:ff") / IP(src="0.0.0.0", dst="255.255.255.255") / UDP(sport=68, dport=67)
            / BOOTP(chaddr=raw, xid=fields.pop("xid", 7), flags=0x8000, **fields) / options)
def octets(*values):
    return Raw(b"\x63\x82\x53\x63" + bytes(values))
silent = [
    ("an option that ends too early", frame(octets(53, 1, 1, 61, 200, 1))),
    ("no kind", frame(octets(12, 1, 65, 255))),
    ("two kinds", frame(octets(53, 1, 1, 53, 1, 3, 255))),
    ("a short requested address", frame(octets(53, 1, 1, 50, 3, 1, 2, 3, 255))),
    ("overload of 9", frame(octets(53, 1, 1, 52, 1, 9, 255))),
    ("a stranger as relay agent", frame(octets(53, 1, 1, 255), giaddr="203.0.113.9")),
    ("an answer of a server", frame(octets(53, 1, 2, 255), op=2)),
    ("BOOTP without options", frame(Raw(b"\0" * 64))),
    ("a hardware address of 255 octets", frame(octets(53, 1, 1, 255), hlen=255)),
    ("99 relay agents", frame(octets(53, 1, 1, 255), hops=99, giaddr="10.66.0.1")),
    ("nothing", Ether(src=mac, dst="ff:ff:ff:ff:ff:ff") / IP(src="0.0.0.0", dst="255.255.255.255") / UDP(sport=68, dport=67)),
]
for what, packet in silent:
    answer = srp1(packet, iface="eth0", timeout=0.3, verbose=0, filter="udp and src port 67")
    assert answer is None, what
def exchange(options, **fields):
    answer = srp1(frame(DHCP(options=options), **fields), iface="eth0", timeout=20, verbose=0, filter="udp and src port 67")
    assert answer is not None, options
    assert answer[Ether].dst == "ff:ff:ff:ff:ff:ff" and answer[IP].dst == "255.255.255.255" and answer[BOOTP].chaddr[:6] == raw
    return answer
kind = lambda answer: dict(o for o in answer[DHCP].options if isinstance(o, tuple) and len(o) == 2)["message-type"]
offer = exchange([("message-type", 1), ("client_id", b"\xff\1\2\3"), "end"])
assert kind(offer) == 2 and offer[IP].src == "192.0.2.1"
assert dict(o for o in offer[DHCP].options if isinstance(o, tuple) and len(o) == 2)["client_id"] == b"\xff\1\2\3"
nak = exchange([("message-type", 3), ("requested_addr", "203.0.113.4"), "end"])
assert kind(nak) == 6 and nak[BOOTP].yiaddr == "0.0.0.0"
nak = exchange([("message-type", 3), ("requested_addr", "192.0.2.77"), ("server_id", "192.0.2.1"), "end"])
assert kind(nak) == 6
"""


def check_odd():
    fresh(CLIENT, "02:00:00:00:00:09")
    # Debian's own has the package python3-scapy.
    outcome = inside(CLIENT, "/usr/bin/python3", "-c", ODD, check=False)
    assert outcome.returncode == 0, outcome.stderr
    print("dhcp: malformed and foreign messages get silence, wrong addresses NAK, broadcasts where the flag asks for them")


def check_kill(server):
    """The server is killed while clients ask: whoever has heard an ACK has its lease on disk."""
    heard = {}
    for number in range(8):
        hardware = f"02:00:00:00:02:{number:02x}"
        fresh(CLIENT, hardware)
        heard[hardware] = udhcpc(CLIENT, f"kill{number}")["ip"]
        server.kill()
        server = Server("--zone-data", str(FOLDER / "zones.sqlite"))
    assert len(set(heard.values())) == len(heard), heard
    for hardware, address in heard.items():
        assert lease(hardware)["address"] == address, (hardware, address)
    print("dhcp: killed after each ACK, the server has lost none and given none twice")
    return server


def check_names():
    def zone():
        return run(HEADWATER, "zone", "export", "lan.test", "--zone-data", FOLDER / "zones.sqlite").stdout

    fresh(CLIENT, "02:00:00:00:03:01")
    facts = udhcpc(CLIENT, "name", "-x", "hostname:laptop")
    until("the client's record", lambda: any(
        line.split()[0] == "laptop.lan.test." and line.split()[-1] == facts["ip"] for line in zone().splitlines()
        if len(line.split()) > 3))
    reverse = run(HEADWATER, "zone", "export", "2.0.192.in-addr.arpa", "--zone-data", FOLDER / "zones.sqlite").stdout
    assert "laptop.lan.test." in reverse, reverse
    # A name with a record of somebody else's stays with them.
    fresh(CLIENT, "02:00:00:00:03:02")
    udhcpc(CLIENT, "taken", "-x", "hostname:printer")
    # When the lease ends, so does the record.
    until("the record's end", lambda: "laptop" not in zone())
    assert [line.split()[-1] for line in zone().splitlines() if line.startswith("printer.lan.test.")] == ["192.0.2.5"], zone()
    print("dhcp: names of clients are published forward and in reverse, taken ones are not, and end with their leases")


def check_faults():
    def fails(status, words, *options):
        outcome = run(HEADWATER, "dhcp", *options, check=False)
        assert outcome.returncode == status and words in outcome.stderr, (status, words, outcome)

    bad = FOLDER / "bad.yaml"
    bad.write_text("subnets:\n  - subnet: 192.0.2.0/24\n    pools: [10.0.0.1]\n")
    serve = ["serve", "--interface", "lo", "--data", FOLDER / "data"]
    fails(64, "--interface", "serve", "--config", bad, "--data", FOLDER / "data")
    fails(66, "none.yaml", *serve, "--config", FOLDER / "none.yaml")
    fails(78, "bad.yaml:3: subnets[0].pools[0]", *serve, "--config", bad)
    fails(66, "no leases", "leases", "--data", FOLDER / "none")
    # Another server has the folder.
    fails(75, "another server", *serve, "--config", FOLDER / "dhcp.yaml")
    print("dhcp: faults of files and folders are told in one line, with their exit codes")


def main():
    if os.geteuid() != 0:
        return print("dhcp: skipped: only root can make network namespaces")
    probe = run("ip", "netns", "add", PREFIX + "p", check=False)
    if probe.returncode:
        return print(f"dhcp: skipped: this machine makes no network namespaces ({probe.stderr.strip()})")
    run("ip", "netns", "delete", PREFIX + "p")
    (FOLDER / "dhcp.yaml").write_text(CONFIGURATION)
    for name, text in ZONES.items():
        (FOLDER / f"{name}.zone").write_text(text)
        run(HEADWATER, "zone", "import", FOLDER / f"{name}.zone", "--zone-data", FOLDER / "zones.sqlite")
    with network():
        server = Server("--zone-data", str(FOLDER / "zones.sqlite"))
        try:
            check_faults()
            check_udhcpc()
            check_reservation()
            check_conflict()
            check_dhclient()
            check_dhcpcd()
            check_relay()
            check_odd()
            check_names()
            server = check_kill(server)
        except subprocess.CalledProcessError as error:
            sys.exit(f"dhcp: {error.cmd} failed: {error.stdout}{error.stderr}")
        finally:
            server.__exit__()


try:
    main()
finally:
    shutil.rmtree(FOLDER, ignore_errors=True)
