"""`headwater mail send` with a server that this plays itself, and which keeps what it is given.

Usage: mailsend.py HEADWATER SCENARIO; ends with status 0 when all went as it should."""
import email
import email.policy
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading

HEADWATER, SCENARIO = sys.argv[1], sys.argv[2]
HERE = tempfile.mkdtemp(prefix="headwater-mail-send-")
LIMIT = 60


class Server:
    """Takes messages; recipients in `refused` get that reply."""

    def __init__(self, refused=None):
        self.refused = refused or {}
        self.sender, self.recipients, self.octets = "", [], b""
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            connection, _ = self.listener.accept()
            threading.Thread(target=self.session, args=(connection,), daemon=True).start()

    def session(self, connection):
        def say(text):
            connection.sendall(text.encode() + b"\r\n")
        with connection:
            say("220 hello")
            lines = connection.makefile("rb")
            for line in lines:
                line = line.rstrip(b"\r\n").decode()
                argument = line[line.find("<") + 1:line.find(">")]
                if line.startswith("MAIL"):
                    self.sender, self.recipients, self.octets = argument, [], b""
                    say("250 go on")
                elif line.startswith("RCPT"):
                    if argument not in self.refused:
                        self.recipients.append(argument)
                    say(self.refused.get(argument, "250 fine"))
                elif line.startswith("EHLO"):
                    say("250-fine\r\n250 8BITMIME")
                elif line == "DATA":
                    say("354 come on" if self.recipients else "503 to whom?")
                    while self.recipients and (text := next(lines)) != b".\r\n":
                        assert text.endswith(b"\r\n") and text.count(b"\r") == 1, text
                        self.octets += text[1:] if text.startswith(b".") else text
                    if self.recipients:
                        say("250 taken")
                else:
                    say("221 bye" if line == "QUIT" else "250 fine")

    def message(self):
        """What came, read by somebody else."""
        return email.message_from_bytes(self.octets, policy=email.policy.default)


def send(server, *arguments, input=b"", status=0):
    """Runs the command; the lines that it prints to standard error."""
    result = subprocess.run(
        [HEADWATER, "mail", "send", "--server", server.address, "--from", "Anna <anna@x.test>", *arguments],
        input=input, capture_output=True, timeout=LIMIT, cwd=HERE)
    assert result.returncode == status, (arguments, result)
    return result.stderr.decode().splitlines()


def composed():
    """Copies are told of and blind ones are not; each option may be repeated, and hold several addresses."""
    server = Server()
    send(server, "--to", "a@x.test, B <b@x.test>", "--to", "c@x.test d@x.test", "--cc", "e@x.test", "--cc", "A@x.test\nf@x.test",
         "--bcc", "g@blind.test", "--bcc", "h@blind.test", "--reply-to", "r@x.test", "--reply-to", "s@x.test", "--subject", "s")
    assert server.sender == "anna@x.test"
    assert server.recipients == [name + "@x.test" for name in "abcdeAf"] + ["g@blind.test", "h@blind.test"], server.recipients
    message = server.message()
    assert [address.addr_spec for address in message["To"].addresses] == [n + "@x.test" for n in "abcd"]
    assert [address.addr_spec for address in message["Cc"].addresses] == [n + "@x.test" for n in "eAf"]
    assert [address.addr_spec for address in message["Reply-To"].addresses] == ["r@x.test", "s@x.test"]
    assert message["Bcc"] is None and b"blind.test" not in server.octets
    # Nobody else but a blind recipient, and one who is named twice.
    send(server, "--bcc", "g@blind.test", "--bcc", "g@BLIND.TEST", "--text", "t")
    assert server.recipients == ["g@blind.test"] and server.message()["To"] is None
    # Nobody is left out.
    for wrong in ("b@x.test anna", "Bert <b@x.test> Anna <a@x.test>", '"open <b@x.test>, a@x.test', "Bert <b@x.test"):
        for option in ("--to", "--cc", "--bcc", "--reply-to"):
            lines = send(server, "--to", "z@x.test", option, wrong, "--text", "t", status=64)
            assert len(lines) == 1 and "is no address of mail" in lines[0], lines
    assert "nobody gets the message" in send(server, "--text", "t", status=64)[0]


def piped():
    """A whole message gets what it lacks, and does not tell who gets blind copies."""
    server = Server()
    send(server, "--to", "b@x.test", input=b"To: b@x.test\nBcc: eve@blind.test,\n zoe@blind.test\nSubject: s\n\nBcc: text\n.dot\n")
    assert server.recipients == ["b@x.test", "eve@blind.test", "zoe@blind.test"], server.recipients
    message = server.message()
    assert message["Bcc"] is None and b"blind.test" not in server.octets
    assert message["From"] == "Anna <anna@x.test>" and message["Message-ID"].endswith("@x.test>")
    assert message["Date"].datetime is not None
    assert server.octets.endswith(b"\r\n\r\nBcc: text\r\n.dot\r\n")
    whole = b"Message-ID: <1@x>\r\nDate: Fri, 21 Nov 1997 09:55:06 -0600\r\nFrom: b@x.test\r\n\r\nGr\xc3\xbc\xc3\x9fe\r\n"
    send(server, "--bcc", "b@x.test", input=whole)
    assert server.octets == whole and server.recipients == ["b@x.test"]
    # The message alone may say who gets it.
    send(server, input=b"Bcc: b@x.test\n\n")
    assert server.recipients == ["b@x.test"]
    for arguments, text, status, complaint in (
            ([], b"Subject: s\n\n", 64, "nobody gets the message"), (["--to", "b@x.test"], b"", 65, "no message"),
            (["--to", "b@x.test"], b"text\n", 65, "no message"), (["--to", "b@x.test"], b"Bcc: eve\n\n", 65, "'eve'"),
            (["--to", "b@x.test", "--cc", "c@x.test"], b"Subject: s\n\n", 64, "--cc")):
        lines = send(server, *arguments, input=text, status=status)
        assert len(lines) == 1 and complaint in lines[0], lines


def outcomes():
    """All outcomes are told, and the worst is the status."""
    server = Server({"later@x.test": "450 not now", "never@x.test": "550 nobody here", "full@x.test": "552 full"})
    everybody = ["--to", "a@x.test", "--to", "later@x.test", "--to", "never@x.test", "--to", "full@x.test"]
    lines = send(server, *everybody, "--text", "t", status=69)
    assert len(lines) == 5 and server.recipients == ["a@x.test"], lines
    for line, words in zip(lines, (("<a@x.test> gets", "250"), ("<later@x.test>", "try later", "450"),
                                   ("<never@x.test> cannot", "550"), ("<full@x.test> cannot", "552"), ("3 of 4",))):
        assert all(word in line for word in words), lines
    lines = send(server, "--to", "a@x.test", "--to", "later@x.test", "--text", "t", status=75)
    assert len(lines) == 3 and "1 of 2" in lines[2], lines
    assert len(send(server, "--to", "never@x.test", "--text", "t", status=69)) == 1
    assert send(server, "--to", "a@x.test", "--to", "b@x.test", "--text", "t") == []


def attached():
    """Long subjects and attached text are as the standards have them."""
    server = Server()
    for name, content in (("utf.txt", "Grüße\n".encode()), ("latin.txt", b"Gr\xfc\xdfe\n"), ("ascii.txt", b"plain\n")):
        with open(f"{HERE}/{name}", "wb") as file:
            file.write(content)
    for subject in ("x" * 1000, "Grüße aus Köln am Rhein, " * 10):
        send(server, "--to", "b@x.test", "--subject", subject, "--attach", "utf.txt", "--attach", "latin.txt", "--attach", "ascii.txt")
        lines = server.octets.split(b"\r\n")
        assert all(len(line) <= 78 for line in lines) and all(len(line) <= 76 for line in lines if b"=?" in line)
        message = server.message()
        assert message["Subject"].strip() == subject.strip()
        parts = [(part.get_content_type(), part.get_param("charset")) for part in message.iter_attachments()]
        assert parts == [("text/plain", "utf-8"), ("application/octet-stream", None), ("text/plain", None)], parts


try:
    globals()[SCENARIO]()
finally:
    shutil.rmtree(HERE)
