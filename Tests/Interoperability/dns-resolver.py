#!/usr/bin/python3
"""dns-resolver.py EXECUTABLE: Headwater's resolver iterates over a root that Knot serves, a test. that NSD serves and a cdn.test.
that BIND and Headwater serve; dig, kdig, delv and dnspython ask it, Unbound and BIND forward to it. All of that lives in a
network namespace of its own, where every server has port 53 of a loopback address. Prints one line a check and a closing
line; exits with 1 when a check failed. Needs root."""
import json
import os
import signal
import subprocess
import sys
import tempfile
import time

import dns.edns
import dns.message
import dns.query
import dns.resolver

if len(sys.argv) == 2:
    os.execvp("unshare", ["unshare", "--net", "--mount", sys.executable, os.path.realpath(__file__), os.path.realpath(sys.argv[1]), "in"])

HEADWATER = sys.argv[1]
ROOT, TEST, BIND, OURS = (f"127.0.53.{number}" for number in range(1, 5))
RESOLVER, UNBOUND, NAMED, STRANGER = "127.0.53.10", "127.0.53.11", "127.0.53.12", "127.0.99.1"
PATIENCE = 60
work = tempfile.TemporaryDirectory(prefix="headwater-resolver.")
processes = {}
passed = failed = 0


def check(name, condition, detail=""):
    global passed, failed
    print(("ok - " if condition else "not ok - ") + name + ("" if condition else f"\n    {detail}"), flush=True)
    passed, failed = passed + bool(condition), failed + (not condition)


def path(name):
    return os.path.join(work.name, name)


def write(name, text):
    with open(path(name), "w") as file:
        file.write(text)
    return path(name)


def start(name, *arguments, **options):
    """Starts a server; its words are kept for when it fails."""
    log = open(path(name + ".log"), "w")
    processes[name] = subprocess.Popen(arguments, stderr=log, stdout=options.get("stdout", log), text=True)
    return processes[name]


def stop(name):
    process = processes.pop(name, None)
    if process and process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def run(*arguments):
    return subprocess.run(arguments, capture_output=True, text=True, timeout=PATIENCE)


def dig(*arguments, server=RESOLVER):
    return run("dig", f"@{server}", "+timeout=10", "+tries=1", *arguments).stdout


def serving(name, server):
    """Waits until a server answers for a name."""
    query = dns.message.make_query(name, "SOA")
    query.flags &= ~dns.flags.RD
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            if dns.query.udp(query, server, timeout=1).rcode() in (dns.rcode.NOERROR, dns.rcode.REFUSED):
                return
        except (dns.exception.DNSException, OSError):
            time.sleep(0.1)
    for log in sorted(os.listdir(work.name)):
        if log.endswith(".log"):
            print(f"--- {log}\n" + open(path(log)).read()[-6_000:])
    raise SystemExit(f"no server answers for {name} at {server}")


def zones():
    start = "$TTL 60\n@ SOA ns.{0} hostmaster.{0} 1 3600 900 604800 30\n"
    write("root.zone", "$ORIGIN .\n" + start.format("") + f""". NS a.root.
a.root. A {ROOT}
test. NS ns.test.
ns.test. A {TEST}
""")
    write("test.zone", "$ORIGIN test.\n" + start.format("test.") + f"""@ NS ns
ns A {TEST}
cdn NS ns1.cdn
cdn NS ns2.cdn
ns1.cdn A {BIND}
ns2.cdn A {OURS}
dead NS ns.dead
ns.dead A 127.0.53.99
lame NS ns
old DNAME cdn.test.
www CNAME video.cdn
""")
    text = " ".join(f'"{"x" * 200}"' for _ in range(20))
    write("cdn.test.zone", "$ORIGIN cdn.test.\n" + start.format("cdn.test.") + f"""@ NS ns1
@ NS ns2
ns1 A {BIND}
ns2 A {OURS}
video CNAME edge1
edge1 A 192.0.2.1
edge1 AAAA 2001:db8::1
short 1 A 192.0.2.2
large TXT {text}
@ MX 10 mail
mail A 192.0.2.25
*.live TXT "from a wildcard"
a.b.c.d A 192.0.2.9
""")
    return write("hints", f". 3600 NS a.root.\na.root. 3600 A {ROOT}\n")


def named(name, options, rest=""):
    folder = path(name)
    os.makedirs(folder, exist_ok=True)
    conf = write(name + ".conf", f"""
options {{ directory "{folder}"; pid-file none; session-keyfile none; listen-on-v6 {{ none; }}; {options} }};
controls {{ }};
{rest}
""")
    start(name, "named", "-g", "-c", conf, "-n", "1")


def peers():
    knot = write("knot.conf", f"""
server:
    rundir: {work.name}
    listen: {ROOT}@53
database:
    storage: {work.name}/knot
zone:
  - domain: .
    file: {path("root.zone")}
    zonefile-sync: -1
""")
    os.makedirs(path("knot"))
    start("knot", "knotd", "-c", knot)
    nsd = write("nsd.conf", f"""
server:
    ip-address: {TEST}
    username: ""
    database: ""
    zonesdir: "{work.name}"
    pidfile: "{path("nsd.pid")}"
    xfrdfile: "{path("xfrd.state")}"
    xfrdir: "{work.name}"
    zonelistfile: "{path("zone.list")}"
    server-count: 1
remote-control:
    control-enable: no
zone:
    name: "test."
    zonefile: "test.zone"
""")
    start("nsd", "nsd", "-d", "-c", nsd)
    named("bind", f"listen-on {{ {BIND}; }}; recursion no; notify no;",
          f'zone "cdn.test" {{ type primary; file "{path("cdn.test.zone")}"; }};')
    start("ours", HEADWATER, "dns", "--listen", f"{OURS}:53", "--zone", path("cdn.test.zone"), "--response-rate", "0")
    unbound = write("unbound.conf", f"""
server:
    interface: {UNBOUND}
    username: ""
    chroot: ""
    directory: "{work.name}"
    pidfile: ""
    use-syslog: no
    module-config: "iterator"
    do-not-query-localhost: no
    do-ip6: no
    access-control: 127.0.0.0/8 allow
    local-zone: "test." nodefault
    use-caps-for-id: yes
remote-control:
    control-enable: no
forward-zone:
    name: "."
    forward-addr: {RESOLVER}
""")
    start("unbound", "unbound", "-d", "-c", unbound)
    named("forwarder", f"listen-on {{ {NAMED}; }}; recursion yes; forward only; forwarders {{ {RESOLVER}; }}; "
          "dnssec-validation no; empty-zones-enable no;")


def clients():
    full = dig("video.cdn.test")
    check("dig gets an answer over three authorities",
          "status: NOERROR" in full and "flags: qr rd ra;" in full and "edge1.cdn.test." in full and "192.0.2.1" in full, full)
    check("dig gets it over TCP", dig("+tcp", "+short", "edge1.cdn.test", "AAAA") == "2001:db8::1\n")
    check("dig asks again over TCP what does not fit", dig("+short", "large.cdn.test", "TXT").count("xxx") > 0)
    truncated = dig("+ignore", "large.cdn.test", "TXT")
    check("and UDP says so", "flags: qr tc rd ra;" in truncated, truncated)
    none = dig("none.cdn.test")
    check("names that do not exist come with the SOA record", "status: NXDOMAIN" in none and "SOA" in none, none)
    empty = dig("edge1.cdn.test", "MX")
    check("so do types that do not exist", "status: NOERROR" in empty and "ANSWER: 0" in empty and "SOA" in empty, empty)
    check("aliases lead from zone to zone",
          dig("+short", "www.test") == "video.cdn.test.\nedge1.cdn.test.\n192.0.2.1\n", dig("www.test"))
    check("DNAME renames", dig("+short", "edge1.old.test").endswith("edge1.cdn.test.\n192.0.2.1\n"), dig("edge1.old.test"))
    check("names between names exist", "status: NOERROR" in dig("b.c.d.cdn.test"))
    check("wildcards are found", dig("+short", "x.live.cdn.test", "TXT") == '"from a wildcard"\n')
    check("ANY gets little", "RFC8482" in dig("cdn.test", "ANY"))
    subprocess.run(["mount", "--bind", write("resolv.conf", f"nameserver {RESOLVER}\n"), "/etc/resolv.conf"], check=True)
    libc = run("getent", "ahosts", "www.test").stdout
    check("the C library's resolver", "192.0.2.1" in libc, libc)
    trace = run("dig", f"@{RESOLVER}", "+trace", "+nodnssec", "edge1.cdn.test").stdout
    check("dig +trace begins with our root servers", "a.root." in trace and "192.0.2.1" in trace, trace)
    kdig = run("kdig", f"@{RESOLVER}", "+edns", "mail.cdn.test", "+subnet=198.51.100.0/24").stdout
    check("kdig", "NOERROR" in kdig and "192.0.2.25" in kdig and "CLIENT-SUBNET" in kdig, kdig)
    delv = run("delv", "-i", f"@{RESOLVER}", "edge1.cdn.test").stdout
    check("delv", "192.0.2.1" in delv, delv)
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers = [RESOLVER]
    found = [(entry.preference, str(entry.exchange)) for entry in resolver.resolve("cdn.test", "MX")]
    check("dnspython", found == [(10, "mail.cdn.test.")], found)
    query = dns.message.make_query("CdN.tEsT", "MX")
    answer = dns.query.tcp(query, RESOLVER, timeout=10)
    check("dnspython finds its own letters again", query.is_response(answer) and len(answer.answer) == 1, answer)
    try:
        resolver.resolve("none.cdn.test")
        check("dnspython knows what does not exist", False)
    except dns.resolver.NXDOMAIN:
        check("dnspython knows what does not exist", True)
    stranger = dig("-b", STRANGER, "edge1.cdn.test")
    check("strangers are refused", "status: REFUSED" in stranger and "EDE: 18" in stranger, stranger)


def forwarding():
    for name, server in (("Unbound", UNBOUND), ("BIND", NAMED)):
        serving(".", server)
        check(f"{name} forwards to it", dig("+short", "www.test", server=server).endswith("\n192.0.2.1\n"),
              dig("www.test", server=server))
        check(f"{name} learns from it what does not exist", "status: NXDOMAIN" in dig("no.cdn.test", server=server))
        check(f"{name} gets from it what is large", "xxx" in dig("+short", "large.cdn.test", "TXT", server=server))
        ours = run(HEADWATER, "resolve", "video.cdn.test", "--server", server, "--json")
        check(f"and forwards to {name}", ours.returncode == 0
              and json.loads(ours.stdout)["answers"][-1]["data"] == "192.0.2.1", ours.stderr)


def failures():
    dead = dig("www.dead.test")
    check("a dead delegation comes to an end, with a reason", "status: SERVFAIL" in dead and "EDE: 22" in dead, dead)
    lame = dig("www.lame.test")
    check("a lame one too", "status: SERVFAIL" in lame and "EDE: 22" in lame, lame)
    check("what lives for a second is fetched", dig("+short", "short.cdn.test") == "192.0.2.2\n")
    for name in ("bind", "ours"):
        stop(name)
    end = time.monotonic() + PATIENCE
    stale = ""
    while "EDE: 3" not in stale and time.monotonic() < end:
        stale = dig("short.cdn.test")
    check("and served stale when its servers are gone", "192.0.2.2" in stale and "EDE: 3" in stale, stale)


def pictures(hints):
    traced = run(HEADWATER, "resolve", "video.cdn.test", "--trace", "--root-hints", hints)
    check("resolve --trace draws who was asked",
          all(text in traced.stdout for text in (f"a.root. {ROOT}:53", f"ns.test. {TEST}:53", "referral: ask the servers of cdn.test.", "192.0.2.1")),
          traced.stdout + traced.stderr)
    steps = json.loads(run(HEADWATER, "resolve", "video.cdn.test", "--json", "--root-hints", hints).stdout)["steps"]
    check("resolve --json tells the same", [step["outcome"] for step in steps]
          == ["referral to test.", "referral to cdn.test.", "answer"], steps)
    missing = run(HEADWATER, "resolve", "none.cdn.test", "--root-hints", hints)
    check("resolve ends with 68 for what does not exist", missing.returncode == 68, missing.stderr)


def main():
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    # BIND only listens on addresses that an interface has.
    for address in (BIND, NAMED):
        subprocess.run(["ip", "address", "add", f"{address}/32", "dev", "lo"], check=True)
    hints = zones()
    peers()
    for name, server in ((".", ROOT), ("test", TEST), ("cdn.test", BIND), ("cdn.test", OURS)):
        serving(name, server)
    resolver = start("resolver", HEADWATER, "resolver", "--listen", f"{RESOLVER}:53", "--root-hints", hints,
                     "--allow", "127.0.53.0/24", "--allow", "127.0.0.1", "--client-subnet", "cdn.test", stdout=subprocess.PIPE)
    check("it says where it listens", resolver.stdout.readline() == f"listening on dns://{RESOLVER}:53\n")
    clients()
    forwarding()
    pictures(hints)
    failures()
    resolver.send_signal(signal.SIGTERM)
    check("it stops on SIGTERM", resolver.wait(PATIENCE) == 0)


try:
    main()
finally:
    for name in list(processes):
        stop(name)
    work.cleanup()
print(f"{passed} passed, {failed} failed")
sys.exit(1 if failed else 0)
