#!/usr/bin/python3
"""dns-authority.py EXECUTABLE: NSD, Knot DNS and BIND have copies of what Headwater serves, and Headwater has copies of theirs; kdig,
delv and dnspython ask it; named-checkzone and kzonecheck agree with it on zone files. Prints one line a check and a closing
line; exits with 1 when a check failed."""
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time

import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.zone

executable = os.path.realpath(sys.argv[1])
folder = tempfile.TemporaryDirectory(prefix="headwater-dns.")
work = pathlib.Path(folder.name)
work.chmod(0o755)
passed = failed = 0
LIMIT = 60
HOST = "127.0.0.1"

ZONE = """$ORIGIN cdn.test.
$TTL 300
@       SOA ns hostmaster {serial} 3600 900 604800 60
@       NS  ns
@       MX  10 mail
@       TXT "two strings" "of text; with \\"marks\\""
@       CAA 0 issue "ca.example"
ns      A   127.0.0.1
mail    A   192.0.2.25
edge1   A   192.0.2.11
edge2   A   192.0.2.12
        AAAA 2001:db8::12
video   A   192.0.2.11
        A   192.0.2.12
*.live  CNAME video
a.b.c   TXT below
old     DNAME new
_dash._tcp SRV 0 1 8081 edge1
@       HTTPS 1 . alpn=h2,h3
_443._tcp TLSA 3 1 1 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
@       NAPTR 100 10 "u" "E2U+sip" "!^.*$!sip:a@cdn.test!" .
odd     TYPE65280 \\# 4 0A000001
sub     NS  ns.sub
ns.sub  A   192.0.2.53
"""
QUESTIONS = [("video", "A"), ("x.live", "A"), ("none", "A"), ("video", "MX"), ("b.c", "TXT"), ("x.sub", "A"),
             ("x.old", "A"), ("@", "SOA"), ("@", "HTTPS"), ("@", "NAPTR"), ("@", "CAA"), ("odd", "TYPE65280"),
             ("_443._tcp", "TLSA"), ("_dash._tcp", "SRV"), ("@", "TXT"), ("@", "MX")]


def check(name, body):
    """Runs a check, whose errors are its failure; servers' last words are shown then."""
    global passed, failed
    for log in work.glob("*.log"):
        log.unlink()
    try:
        body()
    except Exception as error:  # noqa: BLE001
        print(f"not ok - {name}\n    {type(error).__name__}: {error}", flush=True)
        for log in sorted(work.glob("*.log")):
            print(f"    {log.name}:", *log.read_text(errors="replace").splitlines()[-12:], sep="\n        ")
        failed += 1
    else:
        print(f"ok - {name}", flush=True)
        passed += 1


def free_port():
    """Free for UDP and TCP."""
    while True:
        with socket.socket() as stream, socket.socket(type=socket.SOCK_DGRAM) as datagrams:
            stream.bind((HOST, 0))
            try:
                datagrams.bind(stream.getsockname())
            except OSError:
                continue
            return stream.getsockname()[1]


def until(what, condition):
    deadline = time.monotonic() + LIMIT
    while not (result := condition()):
        assert time.monotonic() < deadline, f"{what} did not come about"
        time.sleep(0.05)
    return result


def ask(port, name, kind="A", tcp=False):
    name = "cdn.test." if name == "@" else name + ".cdn.test."
    query = dns.message.make_query(name, kind, use_edns=0, payload=1232)
    return (dns.query.tcp if tcp else dns.query.udp)(query, HOST, port=port, timeout=5)


def serial(port):
    try:
        answer = ask(port, "@", "SOA").answer
        return answer[0][0].serial if answer else None
    except (dns.exception.Timeout, OSError):
        return None


def content(message):
    """Code, flag and records of a response, whatever their order and letters. Beside an answer, NS records are optional."""
    records = sorted(line.lower() for record in message.answer or message.authority
                     for line in record.to_text().splitlines())
    return dns.rcode.to_text(message.rcode()), bool(message.flags & dns.flags.AA), records


def run(*command, status=0):
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == status, f"{command} ended with {done.returncode}: {done.stdout}{done.stderr}"
    return done.stdout


class Server:
    """A process that is ended with the block."""

    def __init__(self, port, *command, pipe=None):
        self.port = port
        self.log = open(work / f"{os.path.basename(command[0])}-{port}.log", "w")
        self.process = subprocess.Popen(command, stdout=pipe or self.log, stderr=self.log, text=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(LIMIT)
        self.log.close()


class Headwater(Server):
    def __init__(self, *options, port=0):
        super().__init__(port, executable, "dns", "--listen", f"{HOST}:{port}", "--response-rate", "0", *map(str, options),
                         pipe=subprocess.PIPE)
        line = self.process.stdout.readline()
        assert line.startswith("listening on dns://"), f"headwater dns does not start: see {self.log.name}"
        self.port = int(line.rsplit(":", 1)[1])


def knot(port, zone):
    path = work / f"knot{port}"
    path.mkdir()
    (path / "conf").write_text(
        f"server:\n  rundir: {path}\n  listen: {HOST}@{port}\ndatabase:\n  storage: {path}\nlog:\n  - target: stderr\n"
        f"    any: info\ntemplate:\n  - id: default\n    storage: {path}\n{zone}")
    return Server(port, "knotd", "-c", str(path / "conf"))


def nsd(port, zone):
    path = work / f"nsd{port}"
    path.mkdir()
    (path / "conf").write_text(
        f'server:\n  ip-address: {HOST}@{port}\n  username: ""\n  chroot: ""\n  zonesdir: "{path}"\n  database: ""\n'
        f'  pidfile: "{path}/pid"\n  xfrdfile: "{path}/xfrd"\n  zonelistfile: "{path}/list"\n  xfrdir: "{path}"\n'
        f'remote-control:\n  control-enable: no\n{zone}')
    return Server(port, "nsd", "-d", "-c", str(path / "conf"))


def bind(port, zone):
    path = work / f"bind{port}"
    path.mkdir()
    (path / "conf").write_text(
        f'options {{ directory "{path}"; listen-on port {port} {{ {HOST}; }}; listen-on-v6 {{ none; }}; pid-file "pid";\n'
        f'session-keyfile none; recursion no; dnssec-validation no; }};\ncontrols {{ }};\n{zone}')
    return Server(port, "named", "-g", "-c", str(path / "conf"))


def knot_secondary(port, primary):
    return knot(port, f"remote:\n  - id: p\n    address: {HOST}@{primary}\nacl:\n  - id: n\n    address: {HOST}\n"
                      "    action: notify\nzone:\n  - domain: cdn.test\n    master: p\n    acl: n\n")


def nsd_secondary(port, primary):
    return nsd(port, f"zone:\n  name: cdn.test\n  zonefile: cdn.test.zone\n  request-xfr: AXFR {HOST}@{primary} NOKEY\n"
                     f"  allow-notify: {HOST} NOKEY\n")


def bind_secondary(port, primary):
    return bind(port, f'zone "cdn.test" {{ type secondary; primaries {{ {HOST} port {primary}; }}; file "cdn.test.db";\n'
                      f'allow-notify {{ {HOST}; }}; masterfile-format text; }};\n')


def knot_primary(port, file, secondary):
    return knot(port, f"remote:\n  - id: s\n    address: {HOST}@{secondary}\nacl:\n  - id: t\n    address: {HOST}\n"
                      f"    action: transfer\nzone:\n  - domain: cdn.test\n    file: {file}\n    zonefile-load: whole\n"
                      "    notify: s\n    acl: t\n")


def bind_primary(port, file, secondary):
    return bind(port, f'zone "cdn.test" {{ type primary; file "{file}"; notify explicit;\n'
                      f'also-notify {{ {HOST} port {secondary}; }}; allow-transfer {{ {HOST}; }}; }};\n')


def same_answers(ours, theirs):
    for name, kind in QUESTIONS:
        for tcp in (False, True):
            mine, other = content(ask(ours, name, kind, tcp)), content(ask(theirs, name, kind, tcp))
            assert mine == other, f"{name} {kind}: {mine} is not {other}"


def as_primary(make):
    """A secondary of others fetches the zone, and is told of a change."""
    port, data = free_port(), work / f"primary{free_port()}.sqlite"
    zone = work / "cdn.test.zone"
    zone.write_text(ZONE.format(serial=1))
    run(executable, "zone", "import", str(zone), "--zone-data", str(data))
    with Headwater("--zone-data", data, "--transfer-to", "127.0.0.0/8", "--notify", f"{HOST}:{port}") as ours:
        with make(port, ours.port):
            until("the first transfer", lambda: serial(port) == 1)
            same_answers(ours.port, port)
            run(executable, "zone", "add", "new.cdn.test", "A", "192.0.2.99", "--zone-data", str(data))
            # The SOA record would have it look in an hour.
            until("the second transfer", lambda: serial(port) == 2)
            assert content(ask(port, "new"))[2] == ["new.cdn.test. 300 in a 192.0.2.99"]


def as_secondary(make):
    """Ours fetches a zone of others, hears of a change, and has it still when it is killed and its primary gone."""
    port, theirs, data = free_port(), free_port(), work / f"secondary{free_port()}.sqlite"
    zone = work / f"primary{theirs}.zone"
    zone.write_text(ZONE.format(serial=1))
    options = ("--zone-data", data, "--secondary", f"cdn.test@{HOST}:{theirs}")
    with Headwater(*options, port=port) as ours:
        assert ask(port, "video").rcode() == dns.rcode.SERVFAIL
        with make(theirs, zone, port) as primary:
            until("the first transfer", lambda: serial(port) == 1)
            same_answers(port, theirs)
            zone.write_text(ZONE.format(serial=2) + "new A 192.0.2.99\n")
            primary.process.send_signal(signal.SIGHUP)
            until("the second transfer", lambda: serial(port) == 2)
        ours.process.kill()
        ours.process.wait(LIMIT)
    with Headwater(*options):
        pass
    with Headwater(*options) as again:
        assert content(ask(again.port, "new"))[2] == ["new.cdn.test. 300 in a 192.0.2.99"]


def killed_in_between():
    """What a command said is done is there after SIGKILL of another one, and what was not done is not there by half."""
    data = work / "killed.sqlite"
    zone = work / "cdn.test.zone"
    zone.write_text(ZONE.format(serial=1))
    run(executable, "zone", "import", str(zone), "--zone-data", str(data))
    done = []
    for number in range(12):
        command = [executable, "zone", "add", f"k{number}.cdn.test", "A", "192.0.2.1", "--zone-data", str(data)]
        process = subprocess.Popen(command)
        if number % 2:
            try:
                process.wait(0.01 * number)
            except subprocess.TimeoutExpired:
                process.kill()
        if process.wait(LIMIT) == 0:
            done.append(number)
    text = run(executable, "zone", "export", "cdn.test", "--zone-data", str(data))
    present = [number for number in range(12) if f"k{number}.cdn.test." in text]
    assert set(done) <= set(present), (done, present)
    assert f"hostmaster.cdn.test. {1 + len(present)} " in text, text


# Zone files: whether they can be served, as all three see it.
HEAD = "$TTL 300\n@ SOA ns.x.test. host.x.test. 1 3600 900 604800 60\n@ NS ns.x.test.\n"
FILES = {
    "whole": (True, ZONE.format(serial=7)),
    "units of time": (True, "$TTL 1h30m\n@ SOA ns.x.test. h.x.test. ( 1 1h 15m ; c\n 1w 30s )\n  NS ns.x.test.\n"),
    "letters and escapes": (True, HEAD + "WwW A 192.0.2.1\na\\.b A 192.0.2.1\n\\097\\032c TXT x\n"),
    "class and time to live in any order": (True, HEAD + "a 5 IN A 192.0.2.1\na IN 5 A 192.0.2.2\n"),
    "no SOA record": (False, "$TTL 5\n@ NS ns.x.test.\nwww A 192.0.2.1\n"),
    "no NS record": (False, "$TTL 5\n@ SOA ns.x.test. h.x.test. 1 1 1 1 1\n"),
    "a CNAME beside other data": (False, HEAD + "www A 192.0.2.1\nwww CNAME ns.x.test.\n"),
    "two CNAMEs": (False, HEAD + "www CNAME a.x.test.\nwww CNAME b.x.test.\n"),
    "an address that is none": (False, HEAD + "www A 192.0.2.256\n"),
    "an IPv6 address that is none": (False, HEAD + "www AAAA 2001:db8:::1\n"),
    "a label of 64 octets": (False, HEAD + "a" * 64 + " A 192.0.2.1\n"),
    "an empty label": (False, HEAD + "a..b A 192.0.2.1\n"),
    "an unknown type": (False, HEAD + "www NOSUCH 1\n"),
    "an open parenthesis": (False, HEAD + "www A ( 192.0.2.1\n"),
    "data that are missing": (False, HEAD + "@ MX 10\n"),
    "data that are too many": (False, HEAD + "www A 192.0.2.1 192.0.2.2\n"),
    "hexadecimal digits in odd number": (False, HEAD + "@ TYPE65280 \\# 2 ABC\n"),
    "a number that is too large": (False, HEAD + "@ MX 65536 ns.x.test.\n"),
    "a directive that is none": (False, HEAD + "$NOSUCH 1\n"),
}


def agree_on_zone_files():
    disagreements = []
    for number, (what, (good, text)) in enumerate(FILES.items()):
        file = work / f"check{number}.zone"
        file.write_text(text)
        verdicts = {"expected": good}
        for name, command in {
            "headwater": [executable, "zone", "import", f"cdn.test={file}", "--zone-data", str(work / "check.sqlite")],
            "named-checkzone": ["named-checkzone", "-i", "local", "cdn.test", str(file)],
            "kzonecheck": ["kzonecheck", "-o", "cdn.test", str(file)],
        }.items():
            done = subprocess.run(command, capture_output=True, text=True)
            verdicts[name] = done.returncode == 0
            if name == "headwater" and not good:
                assert done.returncode == 65 and done.stderr.count("\n") == 1, f"{what}: {done.stderr}"
        if len(set(verdicts.values())) != 1:
            disagreements.append(f"{what}: {verdicts}")
    assert not disagreements, "\n    ".join(disagreements)


def exported_zones():
    """What zone export writes, others can read."""
    data, zone, out = work / "export.sqlite", work / "cdn.test.zone", work / "exported.zone"
    zone.write_text(ZONE.format(serial=5))
    run(executable, "zone", "import", str(zone), "--zone-data", str(data))
    out.write_text(run(executable, "zone", "export", "cdn.test", "--zone-data", str(data)))
    run("named-checkzone", "-i", "local", "cdn.test", str(out))
    run("kzonecheck", "-o", "cdn.test", str(out))
    mine = dns.zone.from_file(str(out), "cdn.test.", relativize=False)
    assert mine == dns.zone.from_file(str(zone), "cdn.test.", relativize=False)


def clients():
    zone = work / "clients.zone"
    zone.write_text(ZONE.format(serial=1))
    with Headwater("--zone", f"cdn.test={zone}", "--transfer-to", "127.0.0.0/8", "--server-id", "edge-7") as ours:
        port = str(ours.port)

        def kdig():
            text = run("kdig", f"@{HOST}", "-p", port, "video.cdn.test", "A", "+edns", "+nsid", "+cookie")
            assert "status: NOERROR" in text and "edge-7" in text and text.count("192.0.2.1") == 2, text
            text = run("kdig", f"@{HOST}", "-p", port, "+tcp", "+keepopen", "video.cdn.test", "A", "x.live.cdn.test", "A")
            assert text.count("status: NOERROR") == 2, text
            text = run("kdig", f"@{HOST}", "-p", port, "cdn.test", "AXFR")
            assert "TYPE65280" in text and text.count("SOA") == 2, text
            text = run("kdig", f"@{HOST}", "-p", port, "cdn.test", "IXFR=0")
            assert "TYPE65280" in text and text.count("SOA") == 2, text
            for transport in "+tcp", "+notcp":
                text = run("kdig", f"@{HOST}", "-p", port, transport, "cdn.test", "IXFR=1")
                assert "TYPE65280" not in text and text.count("SOA") == 1, text
            text = run("kdig", f"@{HOST}", "-p", port, "video.cdn.test", "+subnet=192.0.2.0/24")
            assert "CLIENT-SUBNET: 192.0.2.0/24" in text or "192.0.2.0/24/0" in text, text

        def delv():
            text = run("delv", f"@{HOST}", "-p", port, "-i", "x.live.cdn.test", "A")
            assert "192.0.2.11" in text and "192.0.2.12" in text, text
            text = run("delv", f"@{HOST}", "-p", port, "-i", "+tcp", "cdn.test", "TXT")
            assert "two strings" in text, text

        def dnspython():
            fetched = dns.zone.from_xfr(dns.query.xfr(HOST, "cdn.test.", port=ours.port, relativize=False),
                                        relativize=False)
            assert fetched == dns.zone.from_file(str(zone), "cdn.test.", relativize=False)
            mixed = dns.message.make_query("ViDeO.cDn.TeSt.", "A")
            answer = dns.query.udp(mixed, HOST, port=ours.port, timeout=5)
            assert answer.question[0].name.labels == (b"ViDeO", b"cDn", b"TeSt", b""), answer
            assert ask(ours.port, "nothing").rcode() == dns.rcode.NXDOMAIN
            assert dns.query.udp(dns.message.make_query("other.", "A"), HOST, port=ours.port,
                                 timeout=5).rcode() == dns.rcode.REFUSED

        check("kdig asks with options, over TCP, and for the zone", kdig)
        check("delv asks over UDP and TCP", delv)
        check("dnspython gets the zone as it is in the file, and its letters back", dnspython)


check("NSD has a copy, and is told of a change", lambda: as_primary(nsd_secondary))
check("Knot DNS has a copy, and is told of a change", lambda: as_primary(knot_secondary))
check("BIND has a copy, and is told of a change", lambda: as_primary(bind_secondary))
check("a copy of Knot DNS's zone follows it, and outlives it", lambda: as_secondary(knot_primary))
check("a copy of BIND's zone follows it, and outlives it", lambda: as_secondary(bind_primary))
check("a command that was killed has done all or nothing", killed_in_between)
clients()
check("named-checkzone and kzonecheck agree on zone files", agree_on_zone_files)
check("named-checkzone, kzonecheck and dnspython read what is exported", exported_zones)

print(f"{passed} passed, {failed} failed")
sys.exit(failed > 0)
