"""Names beside Knot DNS, NSD and Unbound: questions answered a second over UDP and TCP, latency at half the peer's load,
and a resolver's answers from its cache. The load is dnsperf's, one thread, on the same machine."""
import contextlib
import os
import pathlib
import re
import signal
import subprocess
import sys

from common import Headwater, compared, family, free_port, middle, until

ROUNDS = 5
NAMES = 10_000
SECONDS = 3
CLIENTS = 16
THREADS = 2
# Where a private root answers; resolvers ask port 53 only.
ROOT = "127.53.0.1"

KNOT = """server:
    rundir: {work}/knot
    listen: 127.0.0.1@{port}
    udp-workers: {threads}
    tcp-workers: {threads}
database:
    storage: {work}/knot
log:
  - target: stderr
    any: error
template:
  - id: default
    storage: {work}/knot
zone:
  - domain: bench.test
    file: {work}/bench.test.zone
    zonefile-load: whole
"""

NSD = """server:
    server-count: {threads}
    ip-address: 127.0.0.1@{port}
    reuseport: yes
    username: ""
    chroot: ""
    zonesdir: "{work}"
    database: ""
    pidfile: "{work}/nsd.pid"
    xfrdfile: "{work}/nsd.xfrd"
    zonelistfile: "{work}/nsd.list"
    rrl-ratelimit: 0
    rrl-whitelist-ratelimit: 0
remote-control:
    control-enable: no
zone:
    name: bench.test
    zonefile: {work}/bench.test.zone
"""

UNBOUND = """server:
    interface: 127.0.0.1@{port}
    num-threads: {threads}
    so-reuseport: yes
    outgoing-range: 512
    msg-cache-size: 64m
    rrset-cache-size: 128m
    directory: "{work}"
    chroot: ""
    username: ""
    pidfile: ""
    use-syslog: no
    do-daemonize: no
    do-not-query-localhost: no
    access-control: 127.0.0.0/8 allow
    root-hints: "{work}/root.hints"
    module-config: "iterator"
    local-zone: "test." nodefault
    ip-ratelimit: 0
remote-control:
    control-enable: no
"""


class Peer:
    """A name server of others, which does not go to the background, with a folder and a file of settings of its own."""

    def __init__(self, running, work, name, text, *command, asked="host1.bench.test"):
        self.port = free_port()
        (work / name).mkdir(exist_ok=True)
        (work / name / "config").write_text(text.format(work=work, port=self.port, threads=THREADS))
        self.log = open(work / f"{name}.log", "w")
        self.process = subprocess.Popen(command, cwd=work / name, stdout=self.log, stderr=self.log)
        running.callback(self.stop)
        until(name, lambda: answers(self.port, asked))

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=30)
        self.log.close()


def answers(port, name="host1.bench.test", host="127.0.0.1"):
    done = subprocess.run(["dig", "+short", "+time=1", "+tries=1", f"@{host}", "-p", str(port), name, "A"],
                          capture_output=True, text=True)
    return done.stdout.startswith(("10.", "192.0.2."))


def write_zone(work):
    lines = ["$ORIGIN bench.test.", "$TTL 3600", "@ SOA ns hostmaster 1 3600 900 604800 60", "@ NS ns", f"ns A {ROOT}"]
    lines += [f"host{n} A 10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}" for n in range(NAMES)]
    (work / "bench.test.zone").write_text("\n".join(lines) + "\n")
    # In an order that repeats, as a stride that has no divisor in common with their number.
    (work / "queries").write_text("".join(f"host{n * 7919 % NAMES}.bench.test A\n" for n in range(NAMES)))
    (work / "root.zone").write_text(
        f"$TTL 3600\n. SOA ns.root. hostmaster.root. 1 3600 900 604800 60\n. NS ns.root.\nns.root. A {ROOT}\n"
        f"bench.test. NS ns.bench.test.\nns.bench.test. A {ROOT}\n")
    (work / "root.hints").write_text(f". 3600 NS ns.root.\nns.root. 3600 A {ROOT}\n")


def load(work, port, transport, *options):
    """Answers a second to the questions in the file `queries`, and what dnsperf prints."""
    done = subprocess.run(
        ["dnsperf", "-s", "127.0.0.1", "-p", str(port), "-m", transport, "-d", str(work / "queries"), "-T", "1",
         "-c", str(CLIENTS), "-q", "500", *options], capture_output=True, text=True)
    found = re.search(r"Queries per second:\s+([\d.]+)", done.stdout)
    codes = re.search(r"Response codes:\s+(.*)", done.stdout)
    if done.returncode != 0 or not found or not codes or "NOERROR" not in codes.group(1) or "," in codes.group(1):
        sys.exit(f"bench: dnsperf: {done.stderr or done.stdout[-1000:]}")
    return float(found.group(1)), done.stdout


def percentile(output, share):
    """Of the times that dnsperf tells for each question, milliseconds."""
    times = sorted(float(line.rsplit(" ", 1)[1]) for line in output.splitlines() if line.startswith("> NOERROR"))
    return times[int(len(times) * share)] * 1000


def in_turns(round, servers):
    return list(servers.items()) if round % 2 else list(servers.items())[::-1]


def cpu_seconds(pid):
    """CPU seconds that a process and its descendants have used so far."""
    total = 0
    for process in family(pid):
        with contextlib.suppress(OSError):
            fields = pathlib.Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
            total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")


def throughput(work, servers, processes, transports, *options):
    """Answers a second, and CPU microseconds of the server for each of them, which other work on the machine changes less."""
    rates, costs = {}, {}
    for round in range(-1, ROUNDS):
        for transport in transports:
            for name, port in in_turns(round, servers):
                before = cpu_seconds(processes[name])
                rate, output = load(work, port, transport, "-l", str(SECONDS if round >= 0 else 1), *options)
                cost = cpu_seconds(processes[name]) - before
                if round >= 0:
                    completed = int(re.search(r"Queries completed:\s+(\d+)", output).group(1))
                    rates.setdefault(transport.upper(), {}).setdefault(name, []).append(rate)
                    costs.setdefault(transport.upper(), {}).setdefault(name, []).append(cost / completed * 1e6)
    return rates, costs


def latency(work, servers, rate):
    """The 99th percentile at so many questions a second, in milliseconds."""
    measured = {}
    for round in range(ROUNDS):
        for name, port in in_turns(round, servers):
            _, output = load(work, port, "udp", "-l", str(SECONDS), "-Q", str(int(rate)), "-v")
            measured.setdefault(name, []).append(percentile(output, 0.99))
    return measured


def authoritative(headwater, work, results, table):
    with contextlib.ExitStack() as running:
        ours = Headwater(headwater, work / "headwater-dns.log", "dns", "--listen", "127.0.0.1:0", "--zone",
                         str(work / "bench.test.zone"), "--response-rate", "0")
        running.callback(ours.stop)
        knot = Peer(running, work, "knot", KNOT, "knotd", "-c", "config")
        nsd = Peer(running, work, "nsd", NSD, "nsd", "-d", "-c", "config")
        servers = {"headwater": ours.ports["dns"], "knot": knot.port, "nsd": nsd.port}
        processes = {"headwater": ours.pid, "knot": knot.process.pid, "nsd": nsd.process.pid}
        measured, costs = throughput(work, servers, processes, ["udp", "tcp"])
        half = middle(measured["UDP"]["knot"]) / 2
        delays = latency(work, {name: servers[name] for name in ("headwater", "knot")}, half)
    title = f"Authoritative, {NAMES} names: answers a second; median of {ROUNDS} (least–most)"
    ratios = compared(title, ["", "headwater", "Knot", "ratio"], measured, "headwater", "knot", table)
    compared("The same beside NSD", ["", "headwater", "NSD", "ratio"], measured, "headwater", "nsd", table)
    compared("CPU-µs of the server an answer", ["", "headwater", "Knot", "ratio"], costs, "headwater", "knot", table, 1)
    compared(f"Latency over UDP at {half:.0f} questions a second, p99, ms", ["", "headwater", "Knot", "ratio"],
             {"p99": delays}, "headwater", "knot", table, 2)
    results["dns"] = {"rates": measured, "ratios": {what: middle(values) for what, values in ratios.items()},
                      "cpuMicroseconds": costs, "latency": delays, "latencyRate": half}


def recursive(headwater, work, results, table):
    """A resolver's answers from its cache, beside Unbound, over a private root of our own."""
    if subprocess.run([headwater, "resolver", "--help"], capture_output=True).returncode != 0:
        print("\nRecursive: this headwater has no resolver")
        return
    with contextlib.ExitStack() as running:
        root = Headwater(headwater, work / "headwater-root.log", "dns", "--listen", f"{ROOT}:53", "--response-rate", "0",
                         "--zone", f".={work}/root.zone", "--zone", str(work / "bench.test.zone"))
        running.callback(root.stop)
        ours = Headwater(headwater, work / "headwater-resolver.log", "resolver", "--listen", "127.0.0.1:0", "--root-hints",
                         str(work / "root.hints"), "--allow", "127.0.0.0/8")
        running.callback(ours.stop)
        theirs = Peer(running, work, "unbound", UNBOUND, "unbound", "-d", "-p", "-c", "config")
        servers = {"headwater": next(iter(ours.ports.values())), "unbound": theirs.port}
        for port in servers.values():
            until("the resolver", lambda port=port: answers(port))
            # Everything is in the cache afterwards.
            subprocess.run(["dnsperf", "-s", "127.0.0.1", "-p", str(port), "-d", str(work / "queries"), "-n", "1", "-q",
                            "50"], check=True, stdout=subprocess.DEVNULL)
        processes = {"headwater": ours.pid, "unbound": theirs.process.pid}
        measured, costs = throughput(work, servers, processes, ["udp", "tcp"])
    title = f"Recursive, {NAMES} names in the cache: answers a second; median of {ROUNDS} (least–most)"
    ratios = compared(title, ["", "headwater", "Unbound", "ratio"], measured, "headwater", "unbound", table)
    compared("CPU-µs of the resolver an answer", ["", "headwater", "Unbound", "ratio"], costs, "headwater", "unbound", table,
             1)
    results["resolver"] = {"rates": measured, "cpuMicroseconds": costs, "ratios": {what: middle(values) for what, values in ratios.items()}}


def bench(headwater, work, results, table):
    work.chmod(0o755)
    write_zone(work)
    authoritative(headwater, work, results, table)
    recursive(headwater, work, results, table)
