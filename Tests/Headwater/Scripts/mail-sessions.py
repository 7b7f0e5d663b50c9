"""Sessions of Python's smtplib, and of hosts that misbehave, with `headwater mail serve`, which this starts and stops
itself.

Usage: mail-sessions.py HEADWATER SCENARIO; ends with status 0 when all went as it should."""
import email
import email.policy
import glob
import imaplib
import json
import os
import poplib
import re
import resource
import shutil
import signal
import smtplib
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

HEADWATER, SCENARIO = sys.argv[1], sys.argv[2]
LIMIT = 60
DATA = tempfile.mkdtemp(prefix="headwater-mail-")
MESSAGE = "From: c@d.test\r\nTo: a@b.test\r\nSubject: one\r\n\r\nText.\r\n.dots\r\n.\r\nend\r\n"
SMTP = ["--smtp-listen", "127.0.0.1:0"]
SUBMISSION = ["--submission-listen", "127.0.0.1:0"]


class Server:
    """A server for a domain, on free ports that are found in the order of its options."""

    def __init__(self, *options, data=DATA, domain="b.test"):
        self.data = data
        options = list(options) or SMTP
        self.process = subprocess.Popen(
            [HEADWATER, "mail", "serve", "--data", data, "--domain", domain, *options],
            stdout=subprocess.PIPE, text=True)
        lines = [self.process.stdout.readline() for option in options if option.endswith("-listen")]
        self.ports = [int(line.rsplit(":", 1)[1]) for line in lines]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            assert self.process.wait(LIMIT) == 0, "it did not stop in order"

    def connect(self, index=0):
        return smtplib.SMTP("127.0.0.1", self.ports[index], local_hostname="client.test", timeout=LIMIT)

    def log_in(self, index=0, user="a@b.test"):
        client = self.connect(index)
        client.starttls(context=trust(self.data))
        client.login(user, "x")
        return client

    def raw(self, index=0):
        """A socket that has been greeted."""
        peer = socket.create_connection(("127.0.0.1", self.ports[index]), LIMIT)
        assert peer.recv(4096).startswith(b"220 ")
        return peer

    def queue(self, *arguments):
        return run("mail", "queue", *arguments, "--data", self.data).stdout

    def waiting(self):
        return json.loads(self.queue("list", "--json"))


def run(*arguments, input=None, status=0):
    result = subprocess.run([HEADWATER, *arguments], input=input, capture_output=True, timeout=LIMIT)
    assert result.returncode == status, (arguments, result)
    return result


def trust(data=DATA):
    return ssl.create_default_context(cafile=data + "/tls/certificate.pem")


def account(name="a@b.test", data=DATA):
    run("account", "add", name, "--data", data, "--password-stdin", input=b"x\n")


def mailbox(name="a@b.test", data=DATA):
    """Messages, oldest first."""
    user, domain = name.split("@")
    paths = sorted(
        glob.glob(f"{data}/mail/{domain}/{user}/new/*") + glob.glob(f"{data}/mail/{domain}/{user}/cur/*"),
        key=os.path.getmtime)
    return [open(path, "rb").read() for path in paths]


def until(what, condition):
    """What `condition` gives as soon as it is something."""
    end = time.monotonic() + LIMIT
    while time.monotonic() < end:
        result = condition()
        if result:
            return result
        time.sleep(0.05)
    raise AssertionError(f"{what} did not come about")


def arrived(count, name="a@b.test", data=DATA):
    return until(f"{count} messages for {name}", lambda: len(m := mailbox(name, data)) >= count and m)


def everything(peer):
    """All that comes until the connection ends."""
    received = b""
    try:
        while piece := peer.recv(65536):
            received += piece
    except ConnectionResetError:
        pass
    return received


def answered(peer, count):
    """`count` lines."""
    received = b""
    while received.count(b"\r\n") < count:
        piece = peer.recv(65536)
        assert piece, received
        received += piece
    return received


def refused(code, call, *arguments):
    try:
        answer = call(*arguments)
    except smtplib.SMTPRecipientsRefused as error:
        assert all(reply[0] == code for reply in error.recipients.values()), error
    except smtplib.SMTPResponseException as error:
        assert error.smtp_code == code, error
    else:
        assert answer[0] == code, answer


class Peer:
    """Another domain's server, which answers as it is told: `replies` by command, 250 otherwise."""

    def __init__(self, replies=None, extensions=(), port=0):
        self.replies, self.extensions, self.messages, self.commands, self.connections = replies or {}, extensions, [], [], 0
        self.listener = socket.create_server(("127.0.0.1", port))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            connection, _ = self.listener.accept()
            self.connections += 1
            threading.Thread(target=self.serve, args=[connection], daemon=True).start()

    def serve(self, connection):
        stream = connection.makefile("rwb")

        def say(text):
            stream.write(text.encode() + b"\r\n")
            stream.flush()

        say("220 peer.test")
        while line := stream.readline():
            line = line.decode().rstrip("\r\n")
            self.commands.append(line)
            verb = line.split(" ")[0].split(":")[0].upper()
            if reply := self.replies.get(verb):
                say(reply)
                if verb == "STARTTLS" and reply.startswith("220"):  # and then cannot
                    return connection.close()
            elif verb == "EHLO":
                lines = ["peer.test", *self.extensions]
                for extension in lines[:-1]:
                    say("250-" + extension)
                say("250 " + lines[-1])
            elif verb == "DATA":
                say("354 go on")
                text = b""
                while (line := stream.readline()) != b".\r\n":
                    text += line[1:] if line.startswith(b".") else line
                if text:  # an empty one is how clients end what was begun for nobody (RFC 2920 §3.1)
                    self.messages.append(text)
                say(self.replies.get("TEXT", "250 taken"))
            elif verb == "QUIT":
                say("221 bye")
                return connection.close()
            else:
                say("250 fine")


def submission():
    """Accounts log in under TLS and send anywhere; nobody else does."""
    peer = Peer(extensions=["PIPELINING", "8BITMIME"])
    with Server(*SMTP, *SUBMISSION, "--self-signed", "--mx-map", f"d.test=127.0.0.1:{peer.port}") as server:
        client = server.connect(1)
        client.ehlo()
        assert not client.has_extn("auth") or "PLAIN" not in client.esmtp_features["auth"]
        refused(530, client.mail, "a@b.test")
        client = server.log_in(1)
        refused(550, client.mail, "other@b.test")
        client.rset()
        client.sendmail("a@b.test", ["c@d.test", "a@b.test"], "Subject: no date\r\n\r\nText.\r\n")
        client.quit()
        until("the message at the peer", lambda: peer.messages)
        for text in peer.messages + arrived(1):
            header = email.message_from_bytes(text)
            assert header["Date"] and header["Message-ID"] and header["Subject"] == "no date"
        client = server.connect(1)
        client.starttls(context=trust())
        refused(535, client.login, "a@b.test", "wrong")


def persistent():
    """Messages for one destination share connections."""
    peer = Peer(extensions=["PIPELINING", "8BITMIME"], replies={"MAIL": "451 later"})
    with Server(*SUBMISSION, "--self-signed", "--mx-map", f"d.test=127.0.0.1:{peer.port}") as server:
        client = server.log_in()
        for number in range(20):
            client.sendmail("a@b.test", ["c@d.test"], f"Subject: {number}\r\n\r\nText.\r\n")
        until("twenty attempts", lambda: all(row["attempts"] for row in server.waiting()))
        peer.replies, peer.connections = {}, 0
        server.queue("retry", "--all")
        until("twenty messages at the peer", lambda: len(peer.messages) == 20)
        assert peer.connections <= 8, peer.connections
        assert {email.message_from_bytes(text)["Subject"] for text in peer.messages} == {str(n) for n in range(20)}
        until("an empty queue", lambda: not server.waiting())


def implicit_tls():
    with Server("--submissions-listen", "127.0.0.1:0", "--self-signed") as server:
        client = smtplib.SMTP_SSL("127.0.0.1", server.ports[0], context=trust(), timeout=LIMIT)
        client.login("a@b.test", "x")
        client.sendmail("a@b.test", ["a@b.test"], MESSAGE)
        client.quit()
        arrived(1)


def send():
    """`headwater mail send`, between two servers of ours."""
    other = DATA + "/other"
    os.mkdir(other)
    account("c@d.test", other)
    with Server(*SMTP, "--self-signed", data=other, domain="d.test") as receiver:
        with Server(*SUBMISSION, "--self-signed", "--mx-map", f"d.test=127.0.0.1:{receiver.ports[0]}") as server:
            picture, page = DATA + "/süß.png", DATA + "/page.html"
            open(picture, "wb").write(bytes(range(256)) * 40)
            open(page, "w").write("<p>Grüße</p>")
            base = ["mail", "send", "--server", f"127.0.0.1:{server.ports[0]}", "--from", "Anna <a@b.test>",
                    "--to", "c@d.test", "--user", "a@b.test", "--ca", DATA + "/tls/certificate.pem", "--password-stdin"]
            run(*base, "--subject", "Grüße", "--text", "Grüße\n.\nend", "--html", page, "--attach", picture, input=b"x\n")
            text = arrived(1, "c@d.test", other)[0]
            assert all(octet < 128 for octet in text)
            message = email.message_from_bytes(text, policy=email.policy.default)
            assert message["Subject"] == "Grüße" and message["From"] == "Anna <a@b.test>"
            for kind, content in [("plain", "Grüße\r\n.\r\nend\r\n"), ("html", "<p>Grüße</p>\r\n")]:
                assert message.get_body([kind]).get_payload(decode=True).decode() == content
            attachment, = message.iter_attachments()
            assert attachment.get_content() == open(picture, "rb").read() and attachment.get_filename() == "süß.png"
            assert "with ESMTPS" in message["Received"], message["Received"]
            run(*base, input=b"x\n" + MESSAGE.replace("\r\n", "\n").encode())
            assert arrived(2, "c@d.test", other)[1].endswith(MESSAGE.encode().partition(b"Subject: one\r\n\r\n")[2])
            run(*base, "--subject", "", input=b"wrong\n", status=77)


def relay():
    with Server(*SMTP, *SUBMISSION, "--self-signed") as server:
        client = server.connect()
        client.ehlo()
        client.mail("c@d.test")
        for path in ["e@f.test", "e%f.test@b.test", "@b.test:e@f.test", "f.test!e@b.test", '"e@f.test"@b.test',
                     "e%f.test@[127.0.0.1]", "e@b.test@f.test", "e"]:
            code, _ = client.docmd(f"RCPT TO:<{path}>")
            assert code in (501, 550, 553), (path, code)
        assert client.docmd("RCPT TO:<a@b.test>")[0] == 250
        assert client.docmd("RCPT TO:<postmaster>")[0] in (250, 550)
        assert client.docmd("VRFY a@b.test")[0] in (252, 502)
        assert client.docmd("EXPN all")[0] in (252, 502, 550)


def limits():
    with Server() as server:
        client = server.connect()
        client.ehlo()
        refused(552, client.docmd, "MAIL FROM:<c@d.test> SIZE=99999999999999999999")
        client.mail("c@d.test")
        assert {client.docmd("RCPT TO:<a@b.test>")[0] for _ in range(100)} == {250}
        refused(554, client.data, "x" * 1200)
        loop = "".join(f"Received: from a by b; {n}\r\n" for n in range(101))
        refused(554, client.sendmail, "c@d.test", ["a@b.test"], loop + "\r\nText.\r\n")
        client.sendmail("c@d.test", ["a@b.test"], "x" * 900 + "\r\n")
        arrived(1)
        assert len(mailbox()) == 1
        # What goes on behind the limit is cut off.
        endless = server.raw()
        endless.sendall(b"EHLO x.test\r\nMAIL FROM:<c@d.test>\r\nRCPT TO:<a@b.test>\r\nDATA\r\n")
        sent, block = 0, (b"x" * 98 + b"\r\n") * 10000
        try:
            while sent < 200 << 20:
                sent += endless.send(block)
        except ConnectionError:
            pass
        assert sent < 60 << 20, f"{sent} octets were taken"


def room():
    """A queue that is full, or a disk that is nearly, takes nothing for now."""
    for option, size in [("--queue-limit", "0"), ("--minimum-free", "1000000TB")]:
        with Server(*SMTP, option, size) as server:
            client = server.connect()
            client.ehlo()
            client.mail("c@d.test")
            client.rcpt("a@b.test")
            code, text = client.docmd("DATA")
            assert code == 452 and text.startswith(b"4.3.1 "), (code, text)


def rates():
    """Who sends too much, from an address or as an account, is to come again later; others are not held up."""
    options = [*SMTP, *SUBMISSION, "--self-signed", "--address-rate", "3", "--account-rate", "2",
               "--mx-map", f"d.test=127.0.0.1:{Peer().port}"]
    with Server(*options) as server:
        client = server.connect()
        for _ in range(3):
            client.sendmail("c@d.test", ["a@b.test"], MESSAGE)
        refused(450, client.docmd, "MAIL FROM:<c@d.test>")
        refused(450, server.connect().sendmail, "c@d.test", ["a@b.test"], MESSAGE)
        with smtplib.SMTP("127.0.0.1", server.ports[0], "client.test", LIMIT, ("127.0.0.2", 0)) as other:
            other.sendmail("c@d.test", ["a@b.test"], MESSAGE)
        # Who logs in has limits of their own.
        account = server.log_in(1)
        account.sendmail("a@b.test", ["c@d.test", "e@d.test"], MESSAGE)
        refused(450, account.docmd, "MAIL FROM:<a@b.test>")
        arrived(4)


def connections():
    """As many connections as an eighth of the open files, but a hundred at least, for SMTP and POP3 as for IMAP."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (1200, 1200))
    options = ["--smtp-listen", "127.0.0.1:0", "--pop3-listen", "127.0.0.1:0"]
    with Server(*options) as server:
        for port, refusal in zip(server.ports, [b"421 4.3.2 ", b"-ERR [SYS/TEMP] "]):
            peers, greeting = [], b""
            while not greeting.startswith(refusal):
                # One address may have fifty.
                source = f"127.0.0.{2 + len(peers) // 40}"
                peers.append(socket.create_connection(("127.0.0.1", port), LIMIT, source_address=(source, 0)))
                greeting = peers[-1].recv(4096)
            assert 100 <= len(peers) - 1 <= 150, len(peers)
            for peer in peers:
                peer.close()


def reports():
    """A bounce to the sender, as RFC 3464 has it; none to nobody, none when nobody wants it, one when all went well."""
    peer = Peer(replies={"RCPT": "550 5.1.1 no such user"})
    with Server(*SMTP, *SUBMISSION, "--self-signed", "--mx-map", f"d.test=127.0.0.1:{peer.port}") as server:
        client = server.log_in(1)
        client.mail("a@b.test", ["RET=HDRS", "ENVID=e1"])
        client.rcpt("c@d.test", ["ORCPT=rfc822;c@d.test"])
        client.data("Subject: lost\r\n\r\nSecret.\r\n")
        text, = arrived(1)
        assert text.startswith(b"Return-Path: <>\r\n") and b"Secret" not in text
        report = email.message_from_bytes(text)
        assert report.get_content_type() == "multipart/report" and report.get_param("report-type") == "delivery-status"
        assert report["To"] == "a@b.test" and report["Auto-Submitted"] == "auto-replied"
        human, status, original = report.get_payload()
        assert "c@d.test" in human.get_payload() and original.get_content_type() == "text/rfc822-headers"
        message, recipient = status.get_payload()
        assert message["Original-Envelope-Id"] == "e1" and message["Reporting-MTA"] == "dns; b.test"
        assert recipient["Action"] == "failed" and recipient["Status"] == "5.1.1"
        assert recipient["Final-Recipient"] == "rfc822; c@d.test"

        client.mail("a@b.test")
        client.rcpt("c@d.test", ["NOTIFY=NEVER"])
        client.data("Subject: silent\r\n\r\nText.\r\n")
        until("the end of the queue", lambda: not server.waiting())
        client.mail("a@b.test")
        client.rcpt("a@b.test", ["NOTIFY=SUCCESS"])
        client.data("Subject: told\r\n\r\nText.\r\n")
        texts = arrived(3)
        until("the end of the queue", lambda: not server.waiting())
        subjects = sorted(email.message_from_bytes(text)["Subject"] for text in mailbox())
        assert len(subjects) == 3 and "told" in subjects, subjects
        assert any(b"Action: delivered" in text for text in texts)


def bounces_end():
    """A report that cannot be delivered is the end of it."""
    with Server(*SMTP, *SUBMISSION, "--self-signed", "--mx-map", f"*=127.0.0.1:{Peer({'RCPT': '550 no'}).port}") as server:
        client = server.log_in(1)
        client.sendmail("a@b.test", ["c@d.test"], MESSAGE)
        text, = arrived(1)
        # From nobody: to a mailbox here, and to a host that says no, of which nobody can be told.
        server.connect().sendmail("", ["a@b.test"], text.decode())
        assert len(arrived(2)) == 2
        client.sendmail("", ["c@d.test"], text.decode())
        until("the end of the queue", lambda: not server.waiting())
        assert len(mailbox()) == 2


def queue():
    """What cannot be sent now is listed, tried again when that is asked for, and dropped. All that is for a host that cannot
    be reached is put off together."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    options = [*SUBMISSION, "--self-signed", "--mx-map", f"d.test=127.0.0.1:{port}"]
    with Server(*options) as server:
        client = server.log_in()
        for number in range(12):
            client.sendmail("a@b.test", ["c@d.test"], f"Subject: {number}\r\n\r\nText.\r\n")
    with Server(*options) as server:
        until("attempts", lambda: all(row["attempts"] for row in server.waiting()))
        rows = server.waiting()
        assert len(rows) == 12 and all(row["recipient"] == "c@d.test" and row["state"] == "waiting" for row in rows)
        assert b"c@d.test" in server.queue("list")
        server.queue("drop", rows[2]["message"])
        until("eleven messages", lambda: len(server.waiting()) == 11)
        run("mail", "queue", "drop", "none", "--data", DATA, status=66)
        peer = Peer(port=port)
        server.queue("retry", "--all")
        until("eleven messages at the peer", lambda: len(peer.messages) == 11)
        until("the end of the queue", lambda: not server.waiting())
    # A host that lets in and says nothing: what is dropped meanwhile goes when the attempt has ended, not before, nor never.
    silent = socket.create_server(("127.0.0.1", 0))
    options[-1] = f"d.test=127.0.0.1:{silent.getsockname()[1]}"
    with silent, Server(*options) as server:
        server.log_in().sendmail("a@b.test", ["c@d.test"], MESSAGE)
        held = silent.accept()[0]
        name = server.waiting()[0]["message"]
        request, another = (f"{DATA}/queue/requests/{what}" for what in [f"drop-{name}", "retry-none"])
        server.queue("drop", name)
        open(another, "w").close()
        until("the server to look at requests", lambda: not os.path.exists(another))
        assert os.path.exists(request) and len(server.waiting()) == 1
        held.close()
        until("the message to go", lambda: not server.waiting())
        until("the request to be settled", lambda: not os.path.exists(request))


def downgrades():
    """What the next host cannot take is not bent to fit: the sender is told."""
    with Server(*SUBMISSION, "--self-signed", "--mx-map", f"d.test=127.0.0.1:{Peer().port}") as server:
        client = server.log_in()
        client.mail("a@b.test", ["BODY=8BITMIME"])
        client.rcpt("c@d.test")
        client.data("Subject: eight\r\n\r\nGrüße\r\n".encode())
        text, = arrived(1)
        assert b"Status: 5.6.3" in text


def no_tls():
    """A host that offers TLS and then cannot gets its mail without: better than not at all, as nobody is known by it."""
    peer = Peer({"STARTTLS": "220 go on"}, ["STARTTLS"])
    with Server(*SUBMISSION, "--self-signed", "--mx-map", f"d.test=127.0.0.1:{peer.port}") as server:
        server.log_in().sendmail("a@b.test", ["c@d.test"], MESSAGE)
        until("the message", lambda: len(peer.messages) == 1)
        assert peer.connections == 2 and peer.commands.count("STARTTLS") == 1, (peer.connections, peer.commands)


def kills():
    """Twenty SIGKILLs while messages come in and go out: what was acknowledged arrives."""
    other = DATA + "/other"
    os.mkdir(other)
    account("c@d.test", other)
    account("f@b.test")
    acknowledged, lock, stop = set(), threading.Lock(), threading.Event()
    current = {}

    def pump(worker):
        number = 0
        while not stop.is_set():
            try:
                client = smtplib.SMTP("127.0.0.1", current["port"], local_hostname="client.test", timeout=LIMIT)
                client.starttls(context=trust())
                client.login("a@b.test", "x")
                while True:
                    number += 1
                    name = f"{worker}-{number}"
                    client.sendmail(
                        "a@b.test", ["a@b.test", "f@b.test", "c@d.test"], f"Subject: {name}\r\n\r\n" + "Text.\r\n" * 500)
                    with lock:
                        acknowledged.add(name)
                    if stop.is_set():
                        return
            except (OSError, smtplib.SMTPException):
                time.sleep(0.02)

    def empty(server):
        if not server.waiting():
            return True
        server.queue("retry", "--all")

    def subjects(name, data):
        return [email.message_from_bytes(text)["Subject"] for text in mailbox(name, data)]

    with Server(*SMTP, "--self-signed", data=other, domain="d.test") as receiver:
        options = [*SUBMISSION, "--self-signed", "--mx-map", f"d.test=127.0.0.1:{receiver.ports[0]}"]
        workers = [threading.Thread(target=pump, args=[worker], daemon=True) for worker in range(3)]
        for kill in range(20):
            server = Server(*options)
            current["port"] = server.ports[0]
            if kill == 0:
                for worker in workers:
                    worker.start()
            before = len(acknowledged)
            until("messages to lose", lambda: len(acknowledged) > before + kill % 4)
            server.process.kill()
            server.process.wait(LIMIT)
        stop.set()
        with Server(*options) as server:
            for worker in workers:
                current["port"] = server.ports[0]
                worker.join(LIMIT)
                assert not worker.is_alive()
            until("an empty queue", lambda: empty(server))
        for name, data in [("a@b.test", DATA), ("f@b.test", DATA), ("c@d.test", other)]:
            found = until(
                f"all messages of {name}",
                lambda: acknowledged <= set(found := subjects(name, data)) and found)
            texts = mailbox(name, data)
            assert all(text.endswith(b"Text.\r\n" * 500) for text in texts), "half a message can be seen"
            print(f"{name}: {len(acknowledged)} acknowledged, {len(found)} found")
            if data == DATA:
                # Between hosts a 250 may get lost, and a message comes again. Between a queue and its own mailboxes nothing does.
                names = [re.search(rb"\tby b\.test with \S+ id (\w+)", text).group(1) for text in texts]
                assert len(set(names)) == len(names), "a message of the queue is in the mailbox twice"


def disk_fails():
    """What the disk does not keep is not acknowledged, be it for one mailbox or for the queue."""
    flag, library = DATA + "/fails", DATA + "/fails.so"
    source = """
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <errno.h>
        #include <unistd.h>
        int fsync(int file) {
            if (access(FLAG, F_OK) == 0) { errno = EIO; return -1; }
            return ((int (*)(int))dlsym(RTLD_NEXT, "fsync"))(file);
        }
    """
    subprocess.run(["clang", "-shared", "-fPIC", f'-DFLAG="{flag}"', "-x", "c", "-", "-o", library, "-ldl"],
                   input=source.encode(), check=True, timeout=LIMIT)
    account("f@b.test")
    os.environ["LD_PRELOAD"] = library
    with Server() as server:
        del os.environ["LD_PRELOAD"]
        client = server.connect()
        for recipients in [["a@b.test"], ["a@b.test", "f@b.test"]]:
            before = len(mailbox())
            open(flag, "w").close()
            try:
                client.sendmail("c@d.test", recipients, MESSAGE)
                raise AssertionError("acknowledged without a disk")
            except smtplib.SMTPDataError as error:
                assert error.smtp_code == 452, error
            os.unlink(flag)
            client.sendmail("c@d.test", recipients, MESSAGE)
            until("an empty queue", lambda: not server.waiting())
            assert len(mailbox()) == before + 1, "the refused message is there after all"


def stop_in_order():
    """SIGTERM: who is in the midst of a message may end it; others are told."""
    server = Server()
    busy, idle = server.raw(), server.raw()
    busy.sendall(b"EHLO x.test\r\nMAIL FROM:<c@d.test>\r\nRCPT TO:<a@b.test>\r\nDATA\r\n")
    answers = b""
    while b"354 " not in answers:
        answers += answered(busy, 1)
    idle.sendall(b"NOOP\r\n")
    answered(idle, 1)
    server.process.send_signal(signal.SIGTERM)
    assert everything(idle).startswith(b"421 ")
    busy.sendall(b"Subject: last\r\n\r\n.\r\n")
    assert answered(busy, 1).startswith(b"250 ")
    assert server.process.wait(LIMIT) == 0
    with Server():
        arrived(1)


def reading():
    """One message by SMTP, then seen by IMAP and POP3 clients, which see each other's changes; the push of IDLE."""
    options = ["--smtp-listen", "127.0.0.1:0", "--imap-listen", "127.0.0.1:0", "--imaps-listen", "127.0.0.1:0",
               "--pop3-listen", "127.0.0.1:0", "--self-signed"]
    with Server(*options) as server:
        smtp, imap, imaps, pop3 = server.ports
        plain = imaplib.IMAP4("127.0.0.1", imap)
        assert "LOGINDISABLED" in plain.capabilities
        try:
            plain.login("a@b.test", "x")
            raise AssertionError("a password was taken without TLS")
        except imaplib.IMAP4.error as error:
            assert "PRIVACYREQUIRED" in str(error), error
        plain.starttls(trust())
        plain.login("a@b.test", "x")
        assert plain.select()[1] == [b"0"]
        tag = plain._new_tag()
        plain.send(tag + b" IDLE\r\n")
        assert plain.readline().startswith(b"+ ")
        with smtplib.SMTP("127.0.0.1", smtp, timeout=LIMIT) as client:
            client.sendmail("c@d.test", ["a@b.test"], MESSAGE)
        assert plain.readline() == b"* 1 EXISTS\r\n", "the message is pushed"
        assert plain.readline() == b"* 1 RECENT\r\n"
        plain.send(b"DONE\r\n")
        while not plain.readline().startswith(tag):
            pass
        other = imaplib.IMAP4_SSL("127.0.0.1", imaps, ssl_context=trust())
        other.login("a@b.test", "x")
        other.select()
        status, found = other.search(None, "FROM", "c@d.test", "BODY", "dots")
        assert found == [b"1"], found
        whole = other.fetch("1", "(FLAGS BODY.PEEK[])")[1][0][1]
        assert whole.startswith(b"Return-Path: <c@d.test>\r\n"), whole[:200]
        assert whole.endswith(b"Text.\r\n.dots\r\n.\r\nend\r\n"), whole[-60:]
        assert email.message_from_bytes(whole)["Subject"] == "one"
        other.store("1", "+FLAGS", "(\\Flagged kept)")
        assert b"\\Flagged" in plain.fetch("1", "(FLAGS)")[1][0]
        appended = other.append("Drafts", "\\Draft", None, b"Subject: draft\r\n\r\nnot yet\r\n")
        assert appended[0] == "OK" and b"APPENDUID" in appended[1][0], appended
        assert other._simple_command("MOVE", "1", "Archive")[0] == "OK"
        # The command that is answered next tells the other session.
        plain.noop()
        assert plain.response("EXPUNGE")[1] == [b"1"]
        assert other.select("Archive")[1] == [b"1"]
        assert other._simple_command("COPY", "1", "INBOX")[0] == "OK"
        pull = poplib.POP3("127.0.0.1", pop3, timeout=LIMIT)
        pull.stls(trust())
        pull.user("a@b.test")
        pull.pass_("x")
        assert pull.stat()[0] == 1
        assert b"\r\n".join(pull.retr(1)[1]).endswith(b"Text.\r\n.dots\r\n.\r\nend")
        pull.dele(1)
        pull.quit()
        plain.noop()
        assert plain.select()[1] == [b"0"]
        url = f"imaps://127.0.0.1:{imaps}"
        curl = ["curl", "-sS", "--cacert", DATA + "/tls/certificate.pem", "-u", "a@b.test:x"]
        listed = subprocess.run([*curl, url + "/"], capture_output=True, check=True).stdout
        assert b'"Archive"' in listed and b'"INBOX"' in listed, listed
        fetched = subprocess.run([*curl, url + "/Archive;MAILINDEX=1"], capture_output=True, check=True).stdout
        assert fetched == whole
        plain.logout()
        other.logout()


try:
    account()
    globals()[SCENARIO]()
finally:
    shutil.rmtree(DATA, ignore_errors=True)
