"""`headwater ftp get`, `put`, `list` and `mirror` with servers that lie, break off and change, which this plays itself.

Usage: ftpclient.py HEADWATER SCENARIO; ends with status 0 when all went as it should."""
import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading

HEADWATER, SCENARIO = sys.argv[1], sys.argv[2]
HERE = tempfile.mkdtemp(prefix="headwater-ftp-client-")
LIMIT = 120
TIME = "20200101000000"


class Server:
    """An FTP server that has `files`, by path, as (content, time), and says otherwise where a scenario makes it.

    `answers` has replies to lines of commands in place of what it would do; `listings` octets by command and path."""

    def __init__(self, files=None, answers=None, listings=None):
        self.files, self.answers, self.listings = files or {}, answers or {}, listings or {}
        self.commands = []
        self.after = lambda command: None
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"ftp://127.0.0.1:{self.listener.getsockname()[1]}/"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            connection, _ = self.listener.accept()
            threading.Thread(target=self.session, args=(connection,), daemon=True).start()

    def session(self, connection):
        with contextlib.suppress(OSError), connection:
            self.offset, self.passive = 0, None
            self.say(connection, "220 hello")
            for line in connection.makefile("rb"):
                line = line.rstrip(b"\r\n").decode()
                self.commands.append(line)
                verb, _, argument = line.partition(" ")
                if line in self.answers:
                    self.say(connection, self.answers[line])
                else:
                    getattr(self, verb.lower(), self.unknown)(connection, argument)
                self.after(line)

    @staticmethod
    def say(connection, text):
        connection.sendall(text.encode() + b"\r\n")

    def unknown(self, connection, _):
        self.say(connection, "502 no such command")

    def user(self, connection, _):
        self.say(connection, "230 welcome")

    def type(self, connection, _):
        self.say(connection, "200 as you like")

    def quit(self, connection, _):
        self.say(connection, "221 bye")

    def epsv(self, connection, _):
        self.passive = socket.create_server(("127.0.0.1", 0))
        self.say(connection, f"229 there (|||{self.passive.getsockname()[1]}|)")

    def rest(self, connection, argument):
        self.offset = int(argument)
        self.say(connection, "350 from there")

    def size(self, connection, path):
        self.say(connection, f"213 {len(self.files[path][0])}" if path in self.files else "550 no such file")

    def mdtm(self, connection, path):
        self.say(connection, f"213 {self.files[path][1]}" if path in self.files else "550 no such file")

    def mlsd(self, connection, path):
        if not any(command == "MLSD" for command, _ in self.listings):
            return self.unknown(connection, path)
        self.transfer(connection, self.listings.get(("MLSD", path)))

    def list(self, connection, path):
        self.transfer(connection, self.listings.get(("LIST", path)))

    def retr(self, connection, path):
        content = self.files[path][0] if path in self.files else None
        if content is not None:
            content, self.offset = content[self.offset:], 0
        self.transfer(connection, content)

    def transfer(self, connection, content):
        """Sends octets, or what an iterator gives; None is refused."""
        if content is None:
            return self.say(connection, "550 no such file")
        self.say(connection, "150 here it comes")
        data, _ = self.passive.accept()
        with data, contextlib.suppress(OSError):
            for piece in [content] if isinstance(content, bytes) else content:
                data.sendall(piece)
        self.passive.close()
        self.say(connection, "226 that is all")

    def stor(self, connection, path):
        self.say(connection, "150 come on")
        data, _ = self.passive.accept()
        with data:
            self.files[path] = (data.makefile("rb").read(), TIME)
        self.say(connection, "226 thank you")

    def fetches(self):
        return [line for line in self.commands if line.startswith("RETR")]


def headwater(*arguments, status=0):
    """Runs a command; what it prints on both streams."""
    result = subprocess.run([HEADWATER, "ftp", *arguments], capture_output=True, text=True, timeout=LIMIT, cwd=HERE)
    assert result.returncode == status, (arguments, result)
    assert "\x1b" not in result.stderr and "Fatal" not in result.stderr, result.stderr
    return result.stdout, result.stderr


def write(name, content):
    os.makedirs(os.path.dirname(f"{HERE}/{name}"), exist_ok=True)
    with open(f"{HERE}/{name}", "wb") as file:
        file.write(content)


def read(name):
    with open(f"{HERE}/{name}", "rb") as file:
        return file.read()


def machine(*names, size=100, kind="file"):
    return b"".join(f"type={kind};size={size};modify={TIME}; {name}\r\n".encode() for name in names)


NEW, OLD = b"NEWCONTENT" * 10, b"oldcontent" * 10


def other_version():
    """A part of another version, by size or time, or of an unknown one, is not gone on with."""
    for note in (None, b"100 20190101000000\n", b"90 20200101000000\n", b"100 20200101000000", b"\xff"):
        for command in (["mirror", "", "m"], ["get", "film", "m/film", "--resume"]):
            server = Server({"film": (NEW, TIME)}, listings={("MLSD", ""): machine("film")})
            shutil.rmtree(HERE + "/m", ignore_errors=True)
            write("m/film.headwater-part", OLD[:50])
            if note is not None:
                write("m/film.headwater-part-of", note)
            write("m/film.part", OLD[:50])
            headwater(command[0], server.url + command[1], *command[2:])
            assert read("m/film") == NEW and sorted(os.listdir(HERE + "/m")) == ["film", "film.part"]


def same_version():
    """A part of this version is, but one without a hole left is not believed."""
    for length, rest in ((50, ["REST 50"]), (100, []), (120, []), (0, [])):
        server = Server({"film": (NEW, TIME)}, listings={("MLSD", ""): machine("film")})
        shutil.rmtree(HERE + "/m", ignore_errors=True)
        write("m/film.headwater-part", (NEW if rest else OLD * 2)[:length])
        write("m/film.headwater-part-of", f"100 {TIME}\n".encode())
        headwater("mirror", server.url, "m")
        assert read("m/film") == NEW and os.listdir(HERE + "/m") == ["film"]
        assert [line for line in server.commands if line.startswith("REST")] == rest


def broken_off():
    """What came before a connection broke is kept with its version, and gone on with."""
    def half():
        yield NEW[:60]
        raise OSError
    server = Server({"film": (NEW, TIME)})
    whole, server.retr = server.retr, lambda connection, _: (server.transfer(connection, half()), connection.close())
    headwater("get", server.url + "film", status=65)
    assert read("film.headwater-part") == NEW[:60] and not os.path.exists(HERE + "/film")
    server.retr = whole
    headwater("get", server.url + "film", "--resume")
    assert read("film") == NEW and "REST 60" in server.commands
    # A server that cannot begin in the middle sends all.
    write("film.headwater-part", NEW[:60])
    write("film.headwater-part-of", f"100 {TIME}\n".encode())
    server.rest = lambda connection, _: server.say(connection, "502 no")
    headwater("get", server.url + "film", "--resume")
    assert read("film") == NEW


def changed_meanwhile():
    """A file that changes while it comes is not taken for whole."""
    server = Server({"film": (NEW, TIME)})

    def change(command):
        if command.startswith("RETR"):
            server.files["film"] = (OLD, "20210101000000")
    server.after = change
    write("film", b"before")
    _, error = headwater("get", server.url + "film", status=65)
    assert "changed meanwhile" in error and os.listdir(HERE) == ["film"] and read("film") == b"before"


def parts_beside_files():
    """A server's files with the names of parts, old and new, damage nothing."""
    names = ["film", "film.part", "film.headwater-part", "film.headwater-part-of"]
    server = Server({name: (NEW if name == "film" else OLD, TIME) for name in names},
                    listings={("MLSD", ""): machine(*names)})
    output, error = headwater("mirror", server.url, "m", status=73)
    assert output == "2 files fetched\n" and error.count("parts of files have such names") == 2, (output, error)
    assert read("m/film") == NEW and read("m/film.part") == OLD and len(os.listdir(HERE + "/m")) == 2


def one_at_a_time():
    """Two processes do not write to one part."""
    server = Server({"film": (NEW, TIME)})
    begun, go = threading.Event(), threading.Event()

    def slowly():
        yield NEW[:10]
        begun.set()
        assert go.wait(LIMIT)
        yield NEW[10:]
    whole, server.retr = server.retr, lambda connection, _: server.transfer(connection, slowly())
    first = subprocess.Popen([HEADWATER, "ftp", "get", server.url + "film"], cwd=HERE)
    assert begun.wait(LIMIT)
    server.retr = whole
    try:
        # The first process has the part open when it has read something.
        while not os.path.exists(HERE + "/film.headwater-part-of"):
            assert first.poll() is None
        _, error = headwater("get", server.url + "film", status=75)
        assert "another process is fetching film" in error, error
    finally:
        go.set()
        assert first.wait(LIMIT) == 0
    assert read("film") == NEW


def line_ends():
    """Listings with bare LF, and without an end of the last line, are whole."""
    long = "-rw-r--r--   1 ftp      ftp             {} Nov 30 02:34 {}"
    for listing in ("total 2\n" + long.format(5, "one") + "\n" + long.format(6, "two") + "\n",
                    long.format(5, "one") + "\r\n" + long.format(6, "two"), long.format(5, "one") + "\n" + long.format(6, "two")):
        output, _ = headwater("list", Server(listings={("LIST", ""): listing.encode()}).url)
        assert [line.split() for line in output.splitlines()][-2:] == [["one", "5"], ["two", "6"]], output
    output, _ = headwater("list", Server(listings={("MLSD", ""): machine("one", "two")[:-2]}).url, "--json")
    assert output.count('"name"') == 2


def damaged_listings():
    """What is damaged, has no end or is not understood is not taken for complete."""
    def endless(piece):
        while True:
            yield piece
    for listing, complaint in (
            (machine("one") + b"type=file;size=5; tw\0o\r\n" + machine("three"), "an octet of value zero"),
            (machine("one") + b"type=file;size=5; tw\ro\r\n", "a CR within a line"),
            (endless(b"x" * 1000), "a line that is too long"), (endless(b"type=link; " + b"x" * 16_000 + b"\r\n"), "has no end"),
            (b"11-30-26  02:34AM  <DIR>  x\r\n", "not understood"),
            (machine("one") + b"type=file;size=5; caf\xe9\r\n", "not understood")):
        for command in (["list"], ["mirror", "m"]):
            server = Server({"one": (NEW, TIME)}, listings={("MLSD", ""): listing})
            _, error = headwater(command[0], server.url, *command[1:], status=76)
            assert complaint in error or "is not understood" in error, error


def hostile_names():
    """Names that lead elsewhere, or would do something to a terminal, make no file and are told."""
    hostile = ["../evil", "/abs", "a/b", "..", "red\x1b[31m", "\x9b31mred", "neg"]
    listing = machine(*hostile[:-1]) + b"type=file;size=-1; neg\r\n" + machine("..", "../up", kind="dir") + machine("ok")
    server = Server({name: (OLD, TIME) for name in hostile} | {"ok": (NEW, TIME)}, listings={("MLSD", ""): listing})
    output, error = headwater("mirror", server.url, "box/m", status=76)
    assert output == "1 file fetched\n" and len(error.splitlines()) == 8, (output, error)
    assert os.listdir(HERE) == ["box"] and os.listdir(HERE + "/box") == ["m"] and os.listdir(HERE + "/box/m") == ["ok"]
    output, _ = headwater("list", server.url, status=76)
    assert "ok" in output and "\x1b" not in output and "\x9b" not in output


def endless_data():
    """No more than the size is written, and the session goes on."""
    sent = []

    def endless():
        while True:
            sent.append(1_000_000)
            yield b"x" * 1_000_000
    server = Server({"film": (b"x" * 10, TIME), "zoo": (NEW, TIME)},
                    listings={("MLSD", ""): machine("film", size=10) + machine("zoo")})
    whole = server.retr
    server.retr = lambda connection, path: \
        server.transfer(connection, endless()) if path == "film" else whole(connection, path)
    _, error = headwater("get", server.url + "film", status=65)
    assert "more comes than the 10 octets" in error and os.listdir(HERE) == [], error
    output, error = headwater("mirror", server.url, "m", status=65)
    assert output == "1 file fetched\n" and os.listdir(HERE + "/m") == ["zoo"], (output, error)
    assert sum(sent) < 100_000_000, sum(sent)


def goes_on():
    """A file that is gone, and a directory where a file is here, do not keep the rest from coming."""
    server = Server({"film": (NEW, TIME), "sub/deep": (NEW, TIME)},
                    listings={("MLSD", ""): machine("aaa", "film") + machine("dir", "none", "sub", kind="dir"),
                              ("MLSD", "dir"): machine("x"), ("MLSD", "sub"): machine("deep")})
    write("m/dir", b"a file")
    output, error = headwater("mirror", server.url, "m", status=66)
    lines = error.splitlines()
    assert output == "2 files fetched\n" and len(lines) == 4, (output, error)
    assert "aaa" in lines[0] and "dir" in lines[1] and "none" in lines[2] and "3 could not be fetched" in lines[3], error
    assert read("m/film") == NEW and read("m/sub/deep") == NEW and sorted(os.listdir(HERE + "/m")) \
        == ["dir", "film", "none", "sub"]
    # Nothing is there to be fetched into, and nothing is left of what is not there.
    headwater("get", server.url + "none", status=66)
    assert sorted(os.listdir(HERE)) == ["m"]
    headwater("get", server.url + "film", "m", status=73)
    assert len(server.fetches()) == 4, server.fetches()


def leaves():
    """When the server leaves it is over, and what came is told."""
    server = Server({"a": (NEW, TIME), "b": (NEW, TIME)}, answers={"SIZE b": "421 closing"},
                    listings={("MLSD", ""): machine("a", "b")})
    output, error = headwater("mirror", server.url, "m", status=75)
    assert output == "1 file fetched\n" and len(error.splitlines()) == 1 and "421 closing" in error, (output, error)
    server.answers = {}
    server.size = lambda connection, path: connection.shutdown(socket.SHUT_RDWR)
    output, error = headwater("mirror", server.url, "n", status=69)
    assert output == "0 files fetched\n" and len(error.splitlines()) == 1, (output, error)


def unknown_times():
    """Without MLSD the time is asked for, and nothing is fetched twice; nor is it when only a size is missing."""
    long = b"-rw-r--r--   1 ftp      ftp           100 Nov 30 02:34 film\r\n"
    for listings in ({("LIST", ""): long}, {("MLSD", ""): b"type=file; film\r\n"}):
        server = Server({"film": (NEW, TIME)}, listings=listings)
        shutil.rmtree(HERE + "/m", ignore_errors=True)
        for text in ("1 file fetched\n", "0 files fetched\n"):
            assert headwater("mirror", server.url, "m")[0] == text
        server.files["film"] = (OLD, "20210101000000")
        assert headwater("mirror", server.url, "m")[0] == "1 file fetched\n" and read("m/film") == OLD


def put():
    """What is there already is not sent again; what cannot be stored is no missing input."""
    write("film", NEW)
    server = Server({"film": (NEW, TIME), "half": (NEW[:50], TIME)}, answers={"STOR full": "552 no room", "STOR a": "452 later"})
    output, _ = headwater("put", "film", server.url + "film", "--resume")
    assert "all 100 octets" in output and not any(line.startswith("STOR") for line in server.commands), output
    headwater("put", "film", server.url + "half", "--resume")
    assert "REST 50" in server.commands and server.files["half"][0] == NEW[50:]
    # The size is told first; who has no room for it is sent nothing.
    assert server.commands.index("ALLO 100") < server.commands.index("STOR half")
    server.answers["ALLO 100"] = "552 no room"
    headwater("put", "film", server.url + "new", status=73)
    assert "STOR new" not in server.commands
    del server.answers["ALLO 100"]
    headwater("put", "film", server.url + "full", status=73)
    headwater("put", "film", server.url + "a", status=75)
    headwater("put", "none", server.url, status=66)


try:
    globals()[SCENARIO]()
finally:
    shutil.rmtree(HERE)
