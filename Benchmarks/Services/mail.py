"""Mail beside Postfix and Dovecot: messages taken and delivered a second, messages fetched a second, memory of sessions."""
import json
import os
import pathlib
import pwd
import shutil
import socket
import subprocess
import sys
import time

from common import Headwater, account, compared, family, free_port, listens, memory, middle, until

ROUNDS = 5
MESSAGES = 2000
SIZE = 4096
SESSIONS = 10
READERS = 4
READ_MESSAGES = 1000
IDLE = 2000
IDLE_ACCOUNTS = 50
# A user may have 128 instances of inotify on many systems, and each session that hibernates needs one.
HIBERNATING = 100
DOMAIN, PASSWORD = "bench.test", "secret"

POSTFIX_MAIN = """compatibility_level = 3.6
queue_directory = {work}/spool
data_directory = {work}/postfix-data
maillog_file = {work}/postfix.log
maillog_file_prefixes = {work}
myhostname = mx.bench.test
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
virtual_mailbox_domains = bench.test
virtual_mailbox_maps = static:all
virtual_transport = lmtp:unix:{work}/lmtp
# Nothing is held back: what comes may come faster than it is delivered.
in_flow_delay = 0
"""

POSTFIX_MASTER = """127.0.0.1:{port} inet n - n - - smtpd
postlog unix-dgram n - n - 1 postlogd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
proxymap unix - - n - - proxymap
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
error unix - - n - - error
retry unix - - n - - error
lmtp unix - - n - - lmtp
scache unix - - n - 1 scache
anvil unix - - n - 1 anvil
"""

# `mail_fsync` keeps its default: a delivered message is synced before LMTP says so.
DOVECOT = """protocols = imap pop3 lmtp
listen = 127.0.0.1
base_dir = {work}/dovecot
state_dir = {work}/dovecot
log_path = {work}/dovecot.log
ssl = no
disable_plaintext_auth = no
mail_location = maildir:{work}/boxes/%n
mail_home = {work}/boxes/%n
mail_uid = {user}
mail_gid = {group}
first_valid_uid = 1
mail_max_userip_connections = 0
default_process_limit = 4096
default_client_limit = 16384
auth_cache_size = 10 M
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={work}/boxes/%n allow_all_users=yes
}}
namespace inbox {{
  inbox = yes
}}
service imap-login {{
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
  service_count = 0
  process_min_avail = 1
  process_limit = 1
  vsz_limit = 1 G
}}
service pop3-login {{
  inet_listener pop3 {{
    port = {pop3}
  }}
  inet_listener pop3s {{
    port = 0
  }}
  service_count = 0
}}
service imap {{
  process_limit = 4096
  unix_listener imap-master {{
    user = dovecot
  }}
  extra_groups = dovecot
}}
service imap-hibernate {{
  unix_listener imap-hibernate {{
    mode = 0660
    group = dovecot
  }}
}}
service lmtp {{
  unix_listener {work}/lmtp {{
    mode = 0666
  }}
}}
{more}
"""


class Dovecot:
    def __init__(self, work, more=""):
        self.imap, self.pop3 = free_port(), free_port()
        mail = pwd.getpwnam("mail")
        (work / "boxes").mkdir(exist_ok=True)
        os.chown(work / "boxes", mail.pw_uid, mail.pw_gid)
        (work / "dovecot.conf").write_text(DOVECOT.format(
            work=work, user=mail.pw_uid, group=mail.pw_gid, imap=self.imap, pop3=self.pop3, password=PASSWORD, more=more))
        self.process = subprocess.Popen(["dovecot", "-F", "-c", str(work / "dovecot.conf")])
        self.pid = self.process.pid
        until("Dovecot", lambda: listens(self.imap) and listens(self.pop3) and (work / "lmtp").exists())

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=30)


class Postfix:
    def __init__(self, work):
        self.work, self.port = work, free_port()
        for folder in ("postfix", "spool", "postfix-data"):
            (work / folder).mkdir()
        shutil.chown(work / "postfix-data", "postfix")
        (work / "postfix/main.cf").write_text(POSTFIX_MAIN.format(work=work))
        (work / "postfix/master.cf").write_text(POSTFIX_MASTER.format(port=self.port))
        self.control("start")
        until("Postfix", lambda: listens(self.port))

    def control(self, word):
        done = subprocess.run(["postfix", "-c", str(self.work / "postfix"), word], capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"bench: postfix {word}: {done.stderr or done.stdout}")

    def stop(self):
        self.control("stop")


class Server:
    """Where mail is brought, where it is fetched, and where its files are."""

    def __init__(self, smtp, imap, pop3, pid, inbox):
        self.smtp, self.imap, self.pop3, self.pid, self.inbox = smtp, imap, pop3, pid, inbox

    def arrived(self, user):
        count = 0
        for folder in ("new", "cur"):
            path = self.inbox(user) / folder
            count += len(os.listdir(path)) if path.exists() else 0
        return count


def send(server, user, count, sessions, *options):
    """Messages that are accepted and then in the mailbox, a second."""
    before = server.arrived(user)
    start = time.monotonic()
    subprocess.run(["smtp-source", "-s", str(sessions), "-m", str(count), "-l", str(SIZE), "-f", "a@load.test",
                    "-t", f"{user}@{DOMAIN}", *options, f"127.0.0.1:{server.smtp}"], check=True)
    accepted = time.monotonic() - start
    until("delivery", lambda: server.arrived(user) >= before + count)
    return count / accepted, count / (time.monotonic() - start)


def measure_smtp(servers):
    measured = {}
    ways = [("a connection each", []), ("connections stay", ["-d"])]
    for round in range(-1, ROUNDS):
        for way, options in ways:
            for name, server in (list(servers.items()) if round % 2 else list(servers.items())[::-1]):
                user = f"in{(round + 1) * 2 + (1 if options else 0)}"
                # The first round starts what is started when needed.
                accepted, delivered = send(server, user, MESSAGES if round >= 0 else 200, SESSIONS, *options)
                if round >= 0:
                    measured.setdefault(f"accepted, {way}", {}).setdefault(name, []).append(accepted)
                    measured.setdefault(f"in the mailbox, {way}", {}).setdefault(name, []).append(delivered)
    return measured


def fetch(load, kind, port):
    done = subprocess.run([load, kind, str(port), str(READERS), PASSWORD, *[f"read{n}@{DOMAIN}" for n in range(READERS)]],
                          capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"bench: {kind}: {done.stderr}")
    result = json.loads(done.stdout)
    if result["octets"] < result["messages"] * SIZE or result["messages"] != READERS * READ_MESSAGES:
        sys.exit(f"bench: {kind} fetched too little: {result}")
    return result["messages"] / result["seconds"]


def measure_fetching(servers, load):
    for server in servers.values():
        for number in range(READERS):
            send(server, f"read{number}", READ_MESSAGES, SESSIONS, "-d")
    time.sleep(2)  # an index that has settled
    measured = {}
    kinds = {"POP3 RETR": ("pop3", "pop3"), "IMAP FETCH, one a command": ("imap", "imap"),
             "IMAP FETCH 1:*": ("imap-bulk", "imap")}
    for round in range(-1, ROUNDS):
        for what, (kind, port) in kinds.items():
            for name, server in (list(servers.items()) if round % 2 else list(servers.items())[::-1]):
                rate = fetch(load, kind, getattr(server, port))
                if round >= 0:
                    measured.setdefault(what, {}).setdefault(name, []).append(rate)
    return measured


def idle_sessions(port, count):
    """So many sessions that look at their inbox and idle; from several addresses, as a server limits what one may have."""
    sessions = []
    for number in range(count):
        peer = socket.create_connection(("127.0.0.1", port), 60, source_address=(f"127.0.1.{1 + number // 40}", 0))
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        stream = peer.makefile("rb")
        for tag, command in [("a", f"LOGIN idle{number % IDLE_ACCOUNTS}@{DOMAIN} {PASSWORD}"), ("b", "SELECT INBOX"),
                             ("+", "IDLE")]:
            peer.sendall(f"{'c' if tag == '+' else tag} {command}\r\n".encode())
            while not (line := stream.readline()).startswith(tag.encode() + b" "):
                if not line:
                    sys.exit(f"bench: session {number} was refused")
            if tag != "+" and b" OK " not in line:
                sys.exit(f"bench: session {number}: {line}")
        sessions.append((peer, stream))
    return sessions


def measure_memory(name, pid, port, count=IDLE, settle=lambda: None):
    """Octets a session, resident and proportional, and processes."""
    for session in idle_sessions_of_one(port):
        session.close()
    time.sleep(2)
    before = memory(pid)
    sessions = idle_sessions(port, count)
    settle()
    time.sleep(5)
    after = memory(pid)
    for peer, stream in sessions:
        stream.close()
        peer.close()
    return {"server": name, "sessions": count, "resident": (after[0] - before[0]) / count,
            "proportional": (after[1] - before[1]) / count, "processes": after[2] - before[2]}


def idle_sessions_of_one(port):
    """A first session of each account, which learns the password and makes the index."""
    for number in range(IDLE_ACCOUNTS):
        peer = socket.create_connection(("127.0.0.1", port), 60)
        stream = peer.makefile("rb")
        peer.sendall(f"a LOGIN idle{number}@{DOMAIN} {PASSWORD}\r\nb SELECT INBOX\r\nc LOGOUT\r\n".encode())
        while line := stream.readline():
            if line.startswith((b"a NO", b"b NO")):
                sys.exit(f"bench: {line}")
        yield peer


def bench(headwater, work, results, table):
    if os.getuid() != 0:
        sys.exit("bench: mail needs root, as Postfix and Dovecot do")
    work.chmod(0o755)
    data, load = work / "mail", str(pathlib.Path(headwater).parent / "services-load")
    users = [f"in{n}" for n in range(2 * ROUNDS + 2)] + [f"read{n}" for n in range(READERS)]
    for user in users + [f"idle{n}" for n in range(IDLE_ACCOUNTS)]:
        account(headwater, data, f"{user}@{DOMAIN}", PASSWORD)
    options = ["mail", "serve", "--data", str(data), "--domain", DOMAIN, "--smtp-listen", "127.0.0.1:0", "--imap-listen",
               "127.0.0.1:0", "--pop3-listen", "127.0.0.1:0", "--address-rate", "0", "--allow-plaintext-on-loopback",
               "--log-level", "info"]
    ours = Headwater(headwater, work / "headwater.log", *options)
    dovecot = Dovecot(work)
    postfix = Postfix(work)
    try:
        servers = {
            "headwater": Server(ours.ports["smtp"], ours.ports["imap"], ours.ports["pop3"], ours.pid,
                                lambda user: data / f"mail/{DOMAIN}/{user}"),
            "peer": Server(postfix.port, dovecot.imap, dovecot.pop3, dovecot.pid, lambda user: work / f"boxes/{user}"),
        }
        smtp = measure_smtp(servers)
        header = ["", "headwater", "Postfix, Dovecot", "ratio"]
        ratios = compared(f"Messages of {SIZE} octets a second by SMTP, {SESSIONS} at a time; median of {ROUNDS} (least–most)",
                          header, smtp, "headwater", "peer", table)
        reading = measure_fetching(servers, load)
        ratios |= compared(f"Messages of {SIZE} octets fetched a second, {READERS} connections; median of {ROUNDS} (least–most)",
                           ["", "headwater", "Dovecot", "ratio"], reading, "headwater", "peer", table)
    finally:
        postfix.stop()
        dovecot.stop()
        ours.stop()
    rows = []
    ours = Headwater(headwater, work / "headwater.log", *options)
    try:
        rows.append(measure_memory("headwater", ours.pid, ours.ports["imap"]))
    finally:
        ours.stop()
    for name, count, more in [("Dovecot", IDLE, ""),
                              ("Dovecot, hibernating", HIBERNATING, "imap_hibernate_timeout = 1 s")]:
        dovecot = Dovecot(work, more)
        try:
            def settle():
                if more:
                    until("hibernation", lambda: len(family(dovecot.pid)) < count / 4, pause=1)
            rows.append(measure_memory(name, dovecot.pid, dovecot.imap, count, settle))
        finally:
            dovecot.stop()
    mine = rows[0]
    table("Memory of idle IMAP sessions, KiB a session",
          ["", "sessions", "resident", "proportional", "of headwater's", "processes"],
          [[row["server"], row["sessions"], f"{row['resident'] / 1024:.1f}", f"{row['proportional'] / 1024:.1f}",
            f"{row['proportional'] / max(1, mine['proportional']):.2f}", row["processes"]] for row in rows])
    results["mail"] = {
        "rates": {what: by_server for what, by_server in (smtp | reading).items()},
        "ratios": {what: middle(values) for what, values in ratios.items()}, "memory": rows,
    }
