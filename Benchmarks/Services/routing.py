"""Viewers sent to edges beside gdnsd: answers a second that depend on the client's subnet. The load is dnsperf's."""
import contextlib

from common import Headwater, compared, middle
from dns import NAMES, ROUNDS, Peer, throughput

PREFIXES = 10_000
# The option of RFC 7871 for 10.1.2.0/24.
SUBNET = "8:000118000a0102"

# Regions, and the order in which their clients take the others.
REGIONS = {"a": "bc", "b": "ca", "c": "ab"}

GDNSD = """options => {{
  listen => {{ 127.0.0.1 => {{ udp_threads => {threads}, tcp_threads => {threads} }} }}
  dns_port => {port}
  run_dir => {work}/gdnsd
  state_dir => {work}/gdnsd
}}
plugins => {{ geoip => {{
  maps => {{ clients => {{ datacenters => [a, b, c], nets => nets }} }}
  resources => {{ video => {{
    map => clients
    service_types => up
    dcmap => {{ a => 192.0.2.11, b => 192.0.2.12, c => 192.0.2.13 }}
  }} }}
}} }}
"""

ROUTING = """regions: {a: [b, c], b: [c, a], c: [a, b]}
edges:
  a: {addresses: 192.0.2.11, location: a}
  b: {addresses: 192.0.2.12, location: b}
  c: {addresses: 192.0.2.13, location: c}
clients-file: clients.csv
policies: {nearest: {ttl: 20s}}
"""

START = "@ SOA ns hostmaster 1 3600 900 604800 60\n@ NS ns\nns A 127.0.0.1\n"


def prepare(work):
    """The same zone, clients and edges for both; one server's settings are a folder's."""
    regions = list(REGIONS)
    clients = [(f"10.{n >> 8}.{n & 255}.0/24", regions[n % len(regions)]) for n in range(PREFIXES)]
    (work / "routing.yaml").write_text(ROUTING)
    (work / "clients.csv").write_text("".join(f"{network},{region}\n" for network, region in clients))
    (work / "routed.zone").write_text(
        f"$ORIGIN routed.test.\n$TTL 20\n{START}* A 192.0.2.99\n_routing.* TXT \"policy=nearest\"\n")
    for folder in ("geoip", "zones"):
        (work / "gdnsd" / folder).mkdir(parents=True, exist_ok=True)
    (work / "gdnsd/geoip/nets").write_text(
        "".join(f"{network} => [{', '.join(region + REGIONS[region])}]\n" for network, region in clients))
    (work / "gdnsd/zones/routed.test").write_text(f"{START}* 20 DYNA geoip!video\n")
    (work / "queries").write_text("".join(f"host{n * 7919 % NAMES}.routed.test A\n" for n in range(NAMES)))


def bench(headwater, work, results, table):
    work.chmod(0o755)
    prepare(work)
    with contextlib.ExitStack() as running:
        ours = Headwater(headwater, work / "headwater-routing.log", "dns", "--listen", "127.0.0.1:0", "--zone",
                         str(work / "routed.zone"), "--routing", str(work / "routing.yaml"), "--response-rate", "0")
        running.callback(ours.stop)
        theirs = Peer(running, work, "gdnsd", GDNSD, "gdnsd", "-c", str(work / "gdnsd"), "-R", "start",
                      asked="host1.routed.test")
        servers = {"headwater": ours.ports["dns"], "gdnsd": theirs.port}
        processes = {"headwater": ours.pid, "gdnsd": theirs.process.pid}
        measured, costs = throughput(work, servers, processes, ["udp", "tcp"], "-e", "-E", SUBNET)
    title = f"Viewers routed by subnet, {PREFIXES} prefixes: answers a second; median of {ROUNDS} (least–most)"
    ratios = compared(title, ["", "headwater", "gdnsd", "ratio"], measured, "headwater", "gdnsd", table)
    compared("CPU-µs of the server an answer", ["", "headwater", "gdnsd", "ratio"], costs, "headwater", "gdnsd", table, 1)
    results["routing"] = {"rates": measured, "cpuMicroseconds": costs,
                          "ratios": {what: middle(values) for what, values in ratios.items()}}
