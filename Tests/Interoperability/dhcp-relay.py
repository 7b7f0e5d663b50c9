#!/usr/bin/python3
"""`headwater dhcp relay` and `headwater dhcp client` among others' clients and servers, in network namespaces of their own.

Usage: dhcp-relay.py HEADWATER; needs root. Prints one line a check and a closing line, and ends with 1 when one failed."""
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HEADWATER = os.path.realpath(sys.argv[1])
LIMIT = 60
PREFIX = f"hwrl{os.getpid()}-"
WORK = tempfile.mkdtemp(prefix="headwater-dhcp-")
processes = []
passed, failed = 0, 0


def run(*command, check=True):
    done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT)
    assert not check or done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


def ip(host, *arguments, check=True):
    return run("ip", "-n", PREFIX + host, *arguments, check=check)


def addresses(host):
    return [item for link in json.loads(ip(host, "-j", "-4", "address", "show", "eth0")) for item in link.get("addr_info", [])]


def inside(host, *command):
    return ["ip", "netns", "exec", PREFIX + host, *command]


class Program:
    """Something that runs in a namespace, and what it writes."""

    def __init__(self, host, *command, ready=None, name=None):
        self.name = name or os.path.basename(command[0])
        self.path = f"{WORK}/{self.name}-{len(processes)}.log"
        environment = dict(os.environ, KEA_LOCKFILE_DIR=WORK, KEA_PIDFILE_DIR=WORK)
        with open(self.path, "w") as log:
            self.process = subprocess.Popen(
                inside(host, *command), stdout=log, stderr=subprocess.STDOUT, env=environment)
        processes.append(self)
        if ready:
            self.wait(ready)

    @property
    def text(self):
        return open(self.path, errors="replace").read()

    def wait(self, pattern, limit=LIMIT):
        """Until a line matches."""
        deadline = time.monotonic() + limit
        while not (found := re.search(pattern, self.text)):
            over = self.process.poll() is not None
            assert not over or re.search(pattern, self.text), f"{self.name} ended:\n{self.text}"
            assert time.monotonic() < deadline, f"{self.name}: no {pattern!r} in\n{self.text}"
            time.sleep(0.05)
        return found

    def end(self, number=signal.SIGTERM):
        """Stops it, and gives its status."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(LIMIT)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def until(condition, what):
    deadline = time.monotonic() + LIMIT
    while not (value := condition()):
        assert time.monotonic() < deadline, what
        time.sleep(0.05)
    return value


def check(name, body, *arguments):
    global passed, failed
    try:
        body(*arguments)
        print(f"ok - {name}", flush=True)
        passed += 1
    except Exception as error:
        print(f"not ok - {name}", flush=True)
        print("    " + f"{type(error).__name__}: {error}".replace("\n", "\n    "), flush=True)
        for program in processes[-4:]:
            print(f"    --- {program.name}\n    " + "\n    ".join(program.text.splitlines()[-12:]), flush=True)
        failed += 1
    finally:
        for program in processes:
            program.__exit__()
        for host in ("cli", "leaf"):
            ip(host, "-4", "address", "flush", "dev", "eth0", check=False)
            ip(host, "-4", "route", "flush", "table", "main", check=False)


# The network: srv — (192.0.2.0/24) — rel — (10.1.0.0/24, a bridge) — cli, squatter, far — (10.2.0.0/24) — leaf

def cable(one, first, other, second):
    ip(one, "link", "add", first, "type", "veth", "peer", "name", second, "netns", PREFIX + other)
    for host, name in ((one, first), (other, second)):
        ip(host, "link", "set", name, "up")


def build():
    for host in ("srv", "rel", "cli", "sq", "far", "leaf"):
        run("ip", "netns", "add", PREFIX + host)
        ip(host, "link", "set", "lo", "up")

    cable("srv", "s0", "rel", "up0")
    cable("cli", "eth0", "rel", "p1")
    cable("sq", "eth0", "rel", "p2")
    cable("far", "up0", "rel", "p3")
    cable("leaf", "eth0", "far", "c0")
    ip("rel", "link", "add", "c0", "type", "bridge", "forward_delay", "0")
    ip("rel", "link", "set", "c0", "up")
    for port in ("p1", "p2", "p3"):
        ip("rel", "link", "set", port, "master", "c0")
    for host, name, address in (
            ("srv", "s0", "192.0.2.1/24"), ("rel", "up0", "192.0.2.254/24"), ("rel", "c0", "10.1.0.1/24"),
            ("far", "up0", "10.1.0.2/24"), ("far", "c0", "10.2.0.1/24")):
        ip(host, "address", "add", address, "dev", name)
    ip("srv", "route", "add", "10.0.0.0/8", "via", "192.0.2.254")
    ip("rel", "route", "add", "10.2.0.0/24", "via", "10.1.0.2")
    ip("far", "route", "add", "default", "via", "10.1.0.1")
    for host in ("rel", "far"):
        run(*inside(host, "sysctl", "-qw", "net.ipv4.ip_forward=1"))


def destroy():
    for program in processes:
        program.__exit__()
    for host in ("srv", "rel", "cli", "sq", "far", "leaf"):
        run("ip", "netns", "del", PREFIX + host, check=False)
    shutil.rmtree(WORK, ignore_errors=True)


# Servers. Each gives 10.1.0.100–150 and 10.2.0.100–150.

def file(name, text, mode=0o644):
    path = f"{WORK}/{name}"
    with open(path, "w") as target:
        target.write(text)
    os.chmod(path, mode)
    return path


def dnsmasq(host="srv", interface="s0", *more):
    return Program(
        host, "dnsmasq", "--no-daemon", "--conf-file=/dev/null", "--port=0", f"--interface={interface}", "--user=root",
        "--pid-file=", f"--dhcp-leasefile={file('dnsmasq.leases', '')}", "--no-ping", "--log-dhcp",
        "--dhcp-authoritative", "--dhcp-rapid-commit", "--dhcp-range=set:one,10.1.0.100,10.1.0.150,255.255.255.0,10m",
        "--dhcp-range=set:two,10.2.0.100,10.2.0.150,255.255.255.0,10m", "--dhcp-option=tag:one,3,10.1.0.1",
        "--dhcp-option=tag:two,3,10.2.0.1", "--dhcp-option=6,192.0.2.53", "--dhcp-option=15,cdn.test",
        "--dhcp-option=119,cdn.test,test", *more, ready="DHCP, sockets bound|DHCP, IP range .*\n.*IP range")


def kea(host="srv", interface="s0", lifetime=600, renew=300, rebind=500, pool="10.1.0.100-10.1.0.150"):
    def subnet(number, pool, router):
        return {"id": number, "subnet": f"10.{number}.0.0/24", "pools": [{"pool": pool}],
                "option-data": [{"name": "routers", "data": router}]}
    configuration = {"Dhcp4": {
        "interfaces-config": {"interfaces": [interface], "dhcp-socket-type": "raw"},
        "lease-database": {"type": "memfile", "persist": False}, "valid-lifetime": lifetime,
        "renew-timer": renew, "rebind-timer": rebind,
        "option-data": [
            {"name": "domain-name-servers", "data": "192.0.2.53"}, {"name": "domain-name", "data": "cdn.test"}],
        "subnet4": [subnet(1, pool, "10.1.0.1"), subnet(2, "10.2.0.100-10.2.0.150", "10.2.0.1")],
        "loggers": [{"name": "kea-dhcp4", "severity": "INFO", "output_options": [{"output": "stdout"}]}]}}
    return Program(host, "kea-dhcp4", "-c", file("kea.json", json.dumps(configuration)), ready="DHCP4_STARTED")


def dhcpd(host="srv", interface="s0"):
    configuration = file("dhcpd.conf", """
authoritative; default-lease-time 600; max-lease-time 600;
option domain-name-servers 192.0.2.53; option domain-name "cdn.test";
subnet 192.0.2.0 netmask 255.255.255.0 { }
subnet 10.1.0.0 netmask 255.255.255.0 { range 10.1.0.100 10.1.0.150; option routers 10.1.0.1; }
subnet 10.2.0.0 netmask 255.255.255.0 { range 10.2.0.100 10.2.0.150; option routers 10.2.0.1; }
""")
    return Program(host, "dhcpd", "-4", "-f", "-d", "-cf", configuration, "-lf", file("dhcpd.leases", ""), "--no-pid",
                   interface, ready="Server starting service")


def udhcpd(host="rel", interface="c0"):
    configuration = file("udhcpd.conf", f"""start 10.1.0.100
end 10.1.0.150
interface {interface}
lease_file {file('udhcpd.leases', '')}
pidfile {WORK}/udhcpd.pid
option subnet 255.255.255.0
option router 10.1.0.1
option dns 192.0.2.53
option domain cdn.test
option lease 600
""")
    return Program(host, "udhcpd", "-f", configuration, ready="started")


def ours(host="srv", interface="s0"):
    configuration = file("serve.yaml", """
subnets:
  - subnet: 10.1.0.0/24
    relays: [10.1.0.1]
    pools: [10.1.0.100-10.1.0.150]
    options: {routers: 10.1.0.1, name-servers: 192.0.2.53, domain-name: cdn.test}
  - subnet: 10.2.0.0/24
    relays: [10.2.0.1]
    pools: [10.2.0.100-10.2.0.150]
    options: {routers: 10.2.0.1, name-servers: 192.0.2.53, domain-name: cdn.test}
""")
    data = f"{WORK}/serve-{len(processes)}"
    return Program(host, HEADWATER, "dhcp", "serve", "--interface", interface, "--config", configuration, "--data", data,
                   ready="listening on")


def relay(*options, host="rel", clients=("c0",), server="192.0.2.1"):
    interfaces = [word for name in clients for word in ("--client-interface", name)]
    return Program(host, HEADWATER, "dhcp", "relay", *interfaces, "--server", server, "--log-level", "debug", *options,
                   ready="listening on", name="relay")


# Clients: each gives the address that it got.

def client(*options, host="cli"):
    return Program(host, HEADWATER, "dhcp", "client", "eth0", "--start-delay", "10ms", "--log-level", "debug", *options,
                   name="client")


def our_client(host="cli", *options):
    with client("--once", "--json", *options, host=host) as program:
        assert program.process.wait(LIMIT) == 0, program.text
        return json.loads(re.search(r"^\{.*\}$", program.text, re.M)[0])["address"]


def recorded(variable, host="cli"):
    """A script that writes an environment variable of each event into a file."""
    path = f"{WORK}/events-{host}"
    open(path, "w").close()
    return path, file(f"script-{host}", f'#!/bin/sh\necho "$1 $reason ${variable}" >>{path}\n', 0o755)


def udhcpc(host="cli"):
    path, script = recorded("ip", host)
    with Program(host, "udhcpc", "-f", "-i", "eth0", "-n", "-q", "-t", "8", "-T", "2", "-s", script) as program:
        assert program.process.wait(LIMIT) == 0, program.text
    return re.search(r"bound\s+(\S+)", open(path).read())[1]


def dhclient(host="cli"):
    path, script = recorded("new_ip_address", host)
    with Program(host, "dhclient", "-4", "-d", "-v", "-sf", script, "-lf", file("dhclient.leases", ""), "-cf",
                 file("dhclient.conf", "initial-interval 2;\n"), "--no-pid", "eth0"):
        return until(lambda: re.search(r"BOUND (\S+)", open(path).read()), "dhclient is not bound")[1]


def dhcpcd(host="cli"):
    # It leaves notes for others of its kind, who may be on other hosts here.
    alone = ["sh", "-c", "mkdir -p /run/dhcpcd && mount -t tmpfs none /run/dhcpcd && mount -t tmpfs none /var/lib/dhcpcd && "
             "exec \"$@\"", "sh"]
    with Program(host, *alone, "dhcpcd", "-4", "-1", "-B", "-d", "-t", "30", "-A", "-f", file("dhcpcd.conf", "nohook resolv.conf\n"),
                 "-c", "/bin/true", "eth0", name="dhcpcd") as program:
        program.process.wait(LIMIT)
        return re.search(r"leased (\S+) for", program.text)[1]


# The wire.

class Capture(Program):
    """What passes an interface."""

    def __init__(self, host, interface):
        self.pcap = f"{WORK}/{host}-{interface}-{len(processes)}.pcap"
        super().__init__(host, "tcpdump", "-U", "-n", "-i", interface, "-w", self.pcap, "udp port 67 or udp port 68",
                         ready="listening on")

    def packets(self, kind, count=1):
        """DHCP packets of a kind, as soon as there are so many."""
        from scapy.all import BOOTP, DHCP, rdpcap

        def found():
            try:
                packets = rdpcap(self.pcap)
            except Exception:
                return None
            chosen = [packet for packet in packets if BOOTP in packet and DHCP in packet
                      and options(packet).get("message-type") == kind]
            return chosen if len(chosen) >= count else None
        return until(found, f"no message of kind {kind} on the wire")


def options(packet):
    from scapy.all import DHCP
    return {item[0]: item[1] for item in packet[DHCP].options if isinstance(item, tuple)}


def has_right_checksums(packet):
    from scapy.all import IP, UDP, raw
    copy = IP(raw(packet[IP]))
    sums = copy.chksum, copy[UDP].chksum
    del copy.chksum, copy[UDP].chksum
    copy = IP(raw(copy))
    return sums == (copy.chksum, copy[UDP].chksum)


# Scenarios.

def direct(server, host, interface):
    """Our client and somebody's server on one link."""
    with server(host, interface):
        assert our_client().startswith("10.1.0.1")


def relayed(server, ask):
    with server(), relay("--option-82", "replace"):
        assert re.fullmatch(r"10\.1\.0\.1[0-5]\d", address := ask()), address


def on_the_wire():
    with kea(), relay("--option-82", "replace", "--remote-id", "rack 7"):
        with Capture("srv", "s0") as far, Capture("cli", "eth0") as near:
            our_client("cli", "--no-rapid-commit")
            for packet in far.packets(1) + far.packets(3):
                from scapy.all import BOOTP, IP, UDP
                assert (packet[IP].src, packet[IP].dst) == ("10.1.0.1", "192.0.2.1"), packet.summary()
                assert (packet[UDP].sport, packet[UDP].dport) == (67, 67)
                assert packet[BOOTP].giaddr == "10.1.0.1" and packet[BOOTP].hops == 1
                assert options(packet)["relay_agent_information"] == b"\x01\x02c0\x02\x06rack 7" \
                    or b"\x01\x02c0\x02\x06rack 7" in bytes(packet[UDP]), packet.show(dump=True)
            hardware = json.loads(ip("cli", "-j", "link", "show", "eth0"))[0]["address"]
            for packet in near.packets(2) + near.packets(5):
                assert packet.dst == hardware and packet[IP].dst == packet[BOOTP].yiaddr, packet.show(dump=True)
                assert (packet[IP].src, packet[UDP].sport, packet[UDP].dport) == ("10.1.0.1", 67, 68)
                assert "relay_agent_information" not in options(packet) and b"rack 7" not in bytes(packet)
                assert has_right_checksums(packet), packet.show(dump=True)
            for packet in near.packets(1) + near.packets(3):
                assert (packet.src, packet.dst) == (hardware, "ff:ff:ff:ff:ff:ff")
                assert (packet[IP].src, packet[IP].dst) == ("0.0.0.0", "255.255.255.255")
                assert has_right_checksums(packet) and packet[BOOTP].giaddr == "0.0.0.0"


def broadcasts():
    from scapy.all import BOOTP, IP
    with kea(), relay():
        with Capture("cli", "eth0") as near:
            our_client("cli", "--broadcast")
            for packet in near.packets(2) + near.packets(5):
                assert packet.dst == "ff:ff:ff:ff:ff:ff" and packet[IP].dst == "255.255.255.255"
                assert packet[BOOTP].flags.value & 0x8000 and has_right_checksums(packet)


def chain(server, ask):
    """A relay agent behind another: the first one's address and option are those that the server sees."""
    from scapy.all import BOOTP
    with server(), relay("--option-82", "replace", "--trust", "10.2.0.1"):
        with relay("--option-82", "replace", host="far", server="10.1.0.1") as far, Capture("srv", "s0") as wire:
            assert re.fullmatch(r"10\.2\.0\.1[0-5]\d", address := ask("leaf")), address
            packet = wire.packets(3)[0]
            assert packet[BOOTP].giaddr == "10.2.0.1" and packet[BOOTP].hops == 2, packet.show(dump=True)
            hardware = json.loads(ip("far", "-j", "link", "show", "c0"))[0]["address"].replace(":", "")
            assert bytes.fromhex("0102" + b"c0".hex() + "0206" + hardware) in bytes(packet)
            assert far.end() == 0


def foreign_agents():
    """ISC's relay agent on either side of ours."""
    with kea(), relay("--option-82", "replace", "--trust", "10.1.0.2", "--trust", "10.2.0.1"):
        with Program("far", "dhcrelay", "-4", "-d", "--no-pid", "-a", "-id", "c0", "-iu", "up0", "10.1.0.1",
                     ready="Sending on +Socket"):
            assert our_client("leaf").startswith("10.2.0.1")
    with kea(), Program("rel", "dhcrelay", "-4", "-d", "--no-pid", "-m", "forward", "-i", "c0", "-i", "up0", "192.0.2.1",
                        ready="Sending on +Socket"), relay("--option-82", "drop", host="far", server="10.1.0.1"):
        assert our_client("leaf").startswith("10.2.0.1")


def replugged():
    """An interface that is taken away and made anew is served again."""
    with kea(), relay("--trust", "10.2.0.1"), relay(host="far", server="10.1.0.1") as far:
        first = our_client("leaf")
        ip("far", "link", "del", "c0")
        cable("leaf", "eth0", "far", "c0")
        ip("far", "address", "add", "10.2.0.1/24", "dev", "c0")
        far.wait("made anew")
        assert first.startswith("10.2.0.1") and our_client("leaf").startswith("10.2.0.1")


def untrusted_chain():
    with kea(), relay("--option-82", "replace") as near, relay(host="far", server="10.1.0.1"):
        with client("--once", "--attempts", "1", host="leaf") as program:
            near.wait("relayed by an agent that is not trusted")
            assert program.process.wait(LIMIT) == 69, program.text


def forged(server):
    """What a client says of itself in giaddr and option 82 reaches no server."""
    script = file("forge.py", """
import sys
from scapy.all import *
conf.checkIPaddr = False
mac = get_if_hwaddr('eth0')
def ask(agent, more, xid):
    return (Ether(src=mac, dst='ff:ff:ff:ff:ff:ff') / IP(src='0.0.0.0', dst='255.255.255.255') / UDP(sport=68, dport=67)
            / BOOTP(chaddr=mac2str(mac), xid=xid, giaddr=agent) / DHCP(options=[('message-type', 'discover')] + more + ['end']))
sendp([ask('10.1.0.1', [], 1), ask('203.0.113.9', [], 2), ask('0.0.0.0', [(82, b'\\x01\\x01x')], 3), ask('0.0.0.0', [], 4)],
      iface='eth0', verbose=False)
""")
    with server(), relay("--option-82", "drop") as agent, Capture("srv", "s0") as wire:
        run(*inside("cli", "/usr/bin/python3", script))
        from scapy.all import BOOTP
        assert [packet[BOOTP].xid for packet in wire.packets(1)] == [4]
        for reason in ("by this agent", "not trusted", "where it is"):
            agent.wait(reason)


def several_servers():
    """Every server is asked; the client takes the one that is there."""
    with dnsmasq(), relay("--server", "192.0.2.99"):
        assert our_client().startswith("10.1.0.1")


def applied():
    """Address, routes and resolv.conf are set, the lease is renewed, and given back at the end."""
    resolver = f"{WORK}/resolv.conf"
    classless = "--dhcp-option=tag:one,121,10.77.0.0/16,10.1.0.9,10.78.0.0/16,172.16.0.1,0.0.0.0/0,10.1.0.1"
    with relay(), dnsmasq("srv", "s0", classless) as server:
        with client("--apply", "--resolv-conf", resolver, "--release", "--hostname", "viewer") as program:
            address = program.wait(r"bound eth0: (\S+)/24 from 192\.0\.2\.1 for 600 s")[1]
            found = addresses("cli")
            assert [item["local"] for item in found] == [address] and found[0]["valid_life_time"] <= 600, found
            route = json.loads(ip("cli", "-j", "route", "show", "default"))
            assert route[0]["gateway"] == "10.1.0.1" and route[0]["protocol"] == "dhcp", route
            for destination, router in (("10.77.0.0/16", "10.1.0.9"), ("10.78.0.0/16", "172.16.0.1"), ("172.16.0.1", None)):
                route = json.loads(ip("cli", "-j", "route", "show", destination))
                assert route[0].get("gateway") == router and route[0]["prefsrc"] == address, route
            assert found[0]["broadcast"] == "10.1.0.255", found
            text = open(resolver).read()
            assert "nameserver 192.0.2.53\n" in text and "search cdn.test test\n" in text, text
            assert address in open(f"{WORK}/dnsmasq.leases").read()
            program.process.send_signal(signal.SIGUSR1)
            program.wait(r"renewed eth0: " + re.escape(address))
            assert f"DHCPREQUEST(s0) {address}" in server.text
            # Another server of the network has other routes.
            server.end()
            with dnsmasq() as server:
                program.process.send_signal(signal.SIGUSR1)
                server.wait(r"DHCPACK\(s0\) " + re.escape(address))
                until(lambda: json.loads(ip("cli", "-j", "route", "show", "10.77.0.0/16")) == [], "a route has stayed")
                assert json.loads(ip("cli", "-j", "route", "show", "default"))[0]["gateway"] == "10.1.0.1"
                assert program.end() == 0
                server.wait(r"DHCPRELEASE\(s0\) " + re.escape(address))
        assert addresses("cli") == []
        assert json.loads(ip("cli", "-j", "route", "show", "default")) == []


def borrowed():
    """An address is taken and given back, with and without being set."""
    for options in (["--apply"], []):
        with dnsmasq() as server, relay(), client("--once", "--release", *options) as program:
            assert program.process.wait(LIMIT) == 0, program.text
            address = re.search(r"bound eth0: (\S+)/24", program.text)[1]
            server.wait(r"DHCPRELEASE\(s0\) " + re.escape(address))
            assert addresses("cli") == []


def script_events():
    path, script = recorded("ip $mask $router $dns $domain $serverid $lease $interface")
    with dnsmasq(), relay(), client("--script", script) as program:
        program.wait("bound eth0")
        lines = open(path).read().splitlines()
        assert lines[0].split() == ["deconfig", "eth0"], lines
        assert re.fullmatch(r"bound  10\.1\.0\.1\d\d 24 10\.1\.0\.1 192\.0\.2\.53 cdn\.test 192\.0\.2\.1 600 eth0", lines[1]), lines
        assert program.end(signal.SIGINT) == 0


def remembered():
    """With a file of its lease the client asks for its address again, and takes another one when it is refused."""
    lease = f"{WORK}/lease.json"
    with dnsmasq() as server, relay():
        address = our_client("cli", "--lease-file", lease)
        offers = server.text.count("DHCPOFFER")
        assert our_client("cli", "--lease-file", lease) == address
        assert server.text.count("DHCPOFFER") == offers, "it began anew"
    content = json.load(open(lease))
    octets = bytearray.fromhex(content["message"])
    octets[16:20] = bytes([10, 9, 9, 9])
    content.update(message=octets.hex(), address="10.9.9.9")
    json.dump(content, open(lease, "w"))
    path, script = recorded("ip $message")
    with dnsmasq() as server, relay(), client("--once", "--lease-file", lease, "--script", script) as program:
        assert program.process.wait(LIMIT) == 0, program.text
        assert "DHCPNAK" in server.text and "bound eth0: 10.1.0.1" in program.text, server.text
    events = [line.split() for line in open(path)]
    assert [event[0] for event in events] == ["deconfig", "nak", "bound"] and events[1][1:] == ["wrong", "network"], events


def short_leases():
    """A lease of a few seconds is renewed with its server, and with any when that is gone; then it is given up."""
    with kea(lifetime=12, renew=3, rebind=7) as server, relay():
        with client("--apply", "--no-probe") as program:
            address = program.wait(r"bound eth0: (\S+)/24")[1]
            program.wait(rf"renewed eth0: {address}/24")
            server.end(signal.SIGKILL)
            program.wait("broadcastFrom")
            program.wait("reason=expired")
            until(lambda: not addresses("cli"), "the address is still there")


def conflict():
    """An address that somebody has all the same is declined."""
    ip("sq", "address", "add", "10.1.0.100/24", "dev", "eth0")
    try:
        with kea(pool="10.1.0.100-10.1.0.101") as server, relay(), Capture("srv", "s0") as wire:
            with client("--once") as program:
                program.wait("in use.*10.1.0.100|bound eth0: 10.1.0.101")
                assert program.process.wait(LIMIT) == 0, program.text
                assert "bound eth0: 10.1.0.101" in program.text, program.text
            if "10.1.0.100" in program.text:
                wire.packets(4)
                server.wait("DECLINE")
    finally:
        ip("sq", "address", "flush", "dev", "eth0")


def informed():
    ip("cli", "address", "add", "10.1.0.77/24", "dev", "eth0")
    with dnsmasq("rel", "c0"):
        with client("--inform", "--json") as program:
            assert program.process.wait(LIMIT) == 0, program.text
            document = json.loads(re.search(r"^\{.*\}$", program.text, re.M)[0])
            assert document["event"] == "informed" and document["nameServers"] == ["192.0.2.53"], document


def nobody():
    path, script = recorded("ip")
    with client("--once", "--attempts", "1", "--script", script) as program:
        assert program.process.wait(LIMIT) == 69 and "no DHCP server answers on eth0" in program.text, program.text
    assert open(path).read().split() == ["deconfig", "leasefail"]


def not_root():
    for command in (["client", "lo"], ["relay", "--client-interface", "c0", "--server", "192.0.2.1"]):
        done = subprocess.run(
            inside("rel", "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all", HEADWATER, "dhcp",
                   *command), capture_output=True, text=True, timeout=LIMIT)
        assert done.returncode == 77 and "root" in done.stderr, done


def main():
    has_server = "--interface" in run(HEADWATER, "dhcp", "serve", "--help", check=False)
    for server in (dnsmasq, dhcpd, udhcpd):
        check(f"our client takes an address from {server.__name__} on its link", direct, server, "rel", "c0")
    check("our client takes an address from kea on its link", direct, kea, "rel", "c0")
    if has_server:
        check("our client takes an address from ours on its link", direct, ours, "rel", "c0")
    for server in [kea, dnsmasq, dhcpd] + ([ours] if has_server else []):
        for ask in (our_client, udhcpc, dhclient, dhcpcd):
            check(f"{ask.__name__} gets an address from {server.__name__} through our relay agent", relayed, server, ask)
    check("giaddr, hops, option 82, unicast frames and checksums are right on the wire", on_the_wire)
    check("who wants broadcasts gets them", broadcasts)
    for server, ask in ((kea, our_client), (dhcpd, udhcpc), (dnsmasq, dhclient)):
        check(f"{ask.__name__} gets an address from {server.__name__} through two agents in a chain", chain, server, ask)
    check("our relay agent is one in a chain with ISC's", foreign_agents)
    check("an interface that is made anew is served again", replugged)
    check("an agent that is not trusted is not believed", untrusted_chain)
    check("what a client forges reaches no server", forged, kea)
    check("every server is asked", several_servers)
    check("a lease is applied, renewed and given back", applied)
    check("an address is given back at once where that is wanted", borrowed)
    check("a script hears what udhcpc's hears", script_events)
    check("a client remembers its lease, and obeys a NAK", remembered)
    check("a short lease is renewed, rebound and given up", short_leases)
    check("an address that is in use is declined", conflict)
    check("settings alone can be asked for", informed)
    check("a client says when nobody answers", nobody)
    check("who is not root is told so", not_root)
    print(f"{passed} checks of DHCP's relay agent and client passed, {failed} failed")
    return failed


if os.geteuid() != 0:
    print("skipped - DHCP's relay agent and client: frames and network namespaces need root")
    sys.exit(0)
if subprocess.run(["ip", "netns", "add", PREFIX + "try"], capture_output=True).returncode != 0:
    print("skipped - DHCP's relay agent and client: this system has no network namespaces")
    sys.exit(0)
run("ip", "netns", "del", PREFIX + "try")
try:
    build()
    sys.exit(1 if main() else 0)
finally:
    destroy()
