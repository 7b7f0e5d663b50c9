"""DHCP beside Kea: exchanges of four messages a second, with leases on disk, as perfdhcp asks for them in the guise of a
relay agent. Both servers in a network namespace, perfdhcp in another."""
import contextlib
import json
import os
import re
import signal
import subprocess
import sys

from common import compared, middle, until

ROUNDS = 3
SECONDS = 5
# Exchanges a second that perfdhcp begins: the last are more than either server completes.
RATES = [500, 1000, 2000, 3000, 4000, 6000, 8000, 12000]
# Exchanges that may go unanswered at a rate that counts as clean, of a thousand.
TOLERATED = 5
SERVER, CLIENT = (f"hwb{os.getpid() % 10000}{letter}" for letter in "sc")
ADDRESS, RELAY = "10.99.0.1", "10.99.0.2"

OURS = """
limits: {link-rate: [1000000, 1000000], answer-rate: [1000000, 1000000]}
subnets:
  - subnet: 10.96.0.0/13
    relays: [10.99.0.2]
    pools: [10.100.0.0-10.103.255.254]
    lease-time: 1h
    options: {routers: 10.99.0.1, name-servers: 10.99.0.1}
"""


def theirs(folder):
    """Leases in a file that grows, as Kea is fastest with; several threads."""
    return {"Dhcp4": {
        "interfaces-config": {"interfaces": ["server"], "dhcp-socket-type": "udp"},
        "lease-database": {"type": "memfile", "persist": True, "name": str(folder / "kea.leases"), "lfc-interval": 0},
        "multi-threading": {"enable-multi-threading": True, "thread-pool-size": 2, "packet-queue-size": 64},
        "valid-lifetime": 3600,
        "subnet4": [{
            "subnet": "10.96.0.0/13", "pools": [{"pool": "10.100.0.0-10.103.255.254"}],
            "relay": {"ip-addresses": [RELAY]},
            "option-data": [{"name": "routers", "data": ADDRESS}, {"name": "domain-name-servers", "data": ADDRESS}],
        }],
        "loggers": [{"name": "kea-dhcp4", "severity": "ERROR", "output_options": [{"output": str(folder / "kea.log")}]}],
    }}


def inside(space, *command):
    return ["ip", "netns", "exec", space, *command]


def run(*command):
    subprocess.run(command, check=True, capture_output=True, text=True)


@contextlib.contextmanager
def network():
    try:
        for space in (SERVER, CLIENT):
            run("ip", "netns", "add", space)
        run("ip", "link", "add", "server", "netns", SERVER, "type", "veth", "peer", "name", "client", "netns", CLIENT)
        for space, name, address in [(SERVER, "server", ADDRESS), (CLIENT, "client", RELAY)]:
            run(*inside(space, "ip", "address", "add", address + "/13", "dev", name))
            run(*inside(space, "ip", "link", "set", "dev", name, "up"))
            run(*inside(space, "ip", "link", "set", "dev", "lo", "up"))
        yield
    finally:
        for space in (SERVER, CLIENT):
            subprocess.run(["ip", "netns", "delete", space], capture_output=True)


def exchange(rate, seconds):
    """Exchanges that began and that were completed, each second."""
    done = subprocess.run(
        inside(CLIENT, "perfdhcp", "-4", "-l", RELAY, "-r", str(rate), "-p", str(seconds), "-R", "200000", "-W", "500000",
               "-g", "multi", ADDRESS), capture_output=True, text=True)
    parts = re.split(r"\*\*\*Statistics for: (\S+)\*\*\*", done.stdout)
    counts = {name: {what: int(number) for what, number in re.findall(r"(sent|received) packets: (\d+)", text)}
              for name, text in zip(parts[1::2], parts[2::2])}
    if "REQUEST-ACK" not in counts:
        sys.exit(f"bench: perfdhcp: {done.stdout}{done.stderr}")
    return counts["DISCOVER-OFFER"]["sent"] / seconds, counts["REQUEST-ACK"]["received"] / seconds


class Server:
    """Begun with no leases."""

    def __init__(self, command, work, environment=None, announces=False):
        with open(work / "dhcp.log", "a") as log:
            self.process = subprocess.Popen(
                inside(SERVER, *command), stdout=subprocess.PIPE if announces else log, stderr=log, text=True,
                env={**os.environ, **(environment or {})})
        if announces:
            if "listening on dhcp://" not in self.process.stdout.readline():
                sys.exit(f"bench: headwater does not start: see {work}/dhcp.log")
        else:
            until("Kea", lambda: b":67 " in subprocess.run(inside(SERVER, "ss", "-Hlun"), capture_output=True).stdout)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=60)


def start(name, headwater, work):
    for old in work.glob("leases*"):
        old.unlink()
    for old in work.glob("kea.leases*"):
        old.unlink()
    if name == "headwater":
        return Server([headwater, "dhcp", "serve", "--interface", "server", "--config", str(work / "dhcp.yaml"), "--data",
                       str(work), "--log-level", "error"], work, announces=True)
    return Server(["kea-dhcp4", "-c", str(work / "kea.json")], work,
                  {"KEA_PIDFILE_DIR": str(work), "KEA_LOCKFILE_DIR": str(work)})


def bench(headwater, work, results, table):
    if os.geteuid() != 0:
        sys.exit("bench: dhcp needs root, for network namespaces")
    (work / "dhcp.yaml").write_text(OURS)
    (work / "kea.json").write_text(json.dumps(theirs(work)))
    measured = {}
    with network():
        for round in range(ROUNDS):
            clean, most = ({"headwater": 0, "peer": 0} for _ in range(2))
            for rate in RATES:
                for name in ["headwater", "peer"] if round % 2 else ["peer", "headwater"]:
                    server = start(name, headwater, work)
                    try:
                        begun, completed = exchange(rate, SECONDS)
                    finally:
                        server.stop()
                    most[name] = max(most[name], completed)
                    if completed >= begun * (1 - TOLERATED / 1000):
                        clean[name] = max(clean[name], completed)
            for name in most:
                measured.setdefault("most", {}).setdefault(name, []).append(most[name])
                measured.setdefault("clean", {}).setdefault(name, []).append(max(clean[name], 1))
    ratios = compared(f"Exchanges of DHCP a second, leases on disk; median of {ROUNDS} (least–most)",
                      ["", "headwater", "Kea", "ratio"], measured, "headwater", "peer", table)
    results["dhcp"] = {"rates": measured, "ratios": {what: middle(values) for what, values in ratios.items()}}
