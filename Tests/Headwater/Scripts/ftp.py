"""Sessions of Python's ftplib and of raw sockets with `headwater ftp serve`, which this starts and stops itself.

Usage: ftp.py HEADWATER SCENARIO; ends with status 0 when all went as it should."""
import ftplib
import io
import os
import random
import resource
import signal
import socket
import ssl
import subprocess
import sys

sys.dont_write_bytecode = True
from ftpserver import CONTENT, DATA, HEADWATER, LIMIT, Server, account, fetched, folder, half_uploads, play, refused  # noqa: E402


def everything(client):
    """What a client of RFC 959 and 3659 does."""
    client.storbinary("STOR a.bin", io.BytesIO(CONTENT))
    assert client.size("a.bin") == len(CONTENT)
    assert fetched(client, "a.bin") == CONTENT
    assert fetched(client, "a.bin", 1000) == CONTENT[1000:]
    client.storbinary("STOR a.bin", io.BytesIO(CONTENT[3000:]), rest=3000)
    client.storbinary("APPE a.bin", io.BytesIO(b"tail"))
    assert fetched(client, "a.bin") == CONTENT + b"tail"
    client.mkd("dir")
    client.cwd("dir")
    assert client.pwd() == "/dir"
    client.storlines("STOR t.txt", io.BytesIO(b"one\ntwo\n"))
    assert open(folder() + "/dir/t.txt", "rb").read() == b"one\ntwo\n"
    lines = []
    client.retrlines("RETR t.txt", lines.append)
    assert lines == ["one", "two"]
    client.cwd("..")
    assert sorted(client.nlst()) == ["a.bin", "dir"]
    facts = dict(client.mlsd())
    assert facts["a.bin"]["size"] == str(len(CONTENT) + 4) and facts["dir"]["type"] == "dir"
    lines = []
    client.retrlines("LIST -a", lines.append)
    assert len(lines) == 2
    client.rename("dir/t.txt", "ü.txt")
    client.rmd("dir")
    client.set_pasv(False)
    assert fetched(client, "a.bin") == CONTENT + b"tail"
    client.set_pasv(True)
    client.delete("a.bin")
    client.delete("ü.txt")
    assert client.nlst() == [] and os.listdir(folder()) == []


def plain():
    with Server() as server:
        everything(server.log_in())


def ipv6():
    """PASV has no such addresses: EPSV and EPRT do. Where the machine has none there is nothing to prove."""
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return
    with Server(host="::1") as server:
        client = server.log_in()
        refused(425, client.sendcmd, "PASV")
        everything(client)


def paced():
    """A limited rate changes nothing about what comes."""
    with Server("--rate", "4MB") as server:
        everything(server.log_in())


def tls():
    with Server("--self-signed", "--require-tls") as server:
        refused(530, server.log_in)
        client = server.log_in(tls=True)
        everything(client)
        refused(534, client.sendcmd, "PROT C")


def implicit_tls():
    with Server("--self-signed", "--tls-listen", "127.0.0.1:0") as server:
        everything(server.log_in())
        os.makedirs(folder(), exist_ok=True)
        open(folder() + "/a.bin", "wb").write(CONTENT)
        out = subprocess.run(
            ["curl", "-sS", "--cacert", DATA + "/tls/certificate.pem", "-u", "a@b.test:x",
             f"ftps://127.0.0.1:{server.ports[1]}/a.bin"], capture_output=True, check=True).stdout
        assert out == CONTENT


def curl():
    with Server("--self-signed") as server:
        source = DATA + "/source"
        open(source, "wb").write(CONTENT)
        base = ["curl", "-sS", "-u", "a@b.test:x"]
        url = f"ftp://127.0.0.1:{server.ports[0]}/"
        subprocess.run(base + ["-T", source, "--ftp-create-dirs", url + "in/clip.bin"], check=True)
        for extra in [[], ["--disable-epsv"], ["-P", "127.0.0.1"], ["--ssl-reqd", "--cacert", DATA + "/tls/certificate.pem"]]:
            assert subprocess.run(base + extra + [url + "in/clip.bin"], capture_output=True, check=True).stdout == CONTENT
        # An upload that stopped half-way on another server is continued.
        open(folder() + "/half.bin", "wb").write(CONTENT[:5000])
        subprocess.run(base + ["-C", "-", "-T", source, url + "half.bin"], check=True)
        assert open(folder() + "/half.bin", "rb").read() == CONTENT
        assert b"clip.bin" in subprocess.run(base + [url + "in/"], capture_output=True, check=True).stdout


def bounce():
    with Server() as server:
        client = server.log_in()
        for argument in ["10,0,0,1,100,0", "127,0,0,1,0,25"]:
            refused(504, client.sendcmd, "PORT " + argument)
        refused(504, client.sendcmd, "EPRT |1|10.0.0.1|25600|")


def theft():
    """A data connection from another address is closed, and the right one still gets the file."""
    with Server() as server:
        client = server.log_in()
        client.storbinary("STOR a.bin", io.BytesIO(CONTENT))
        host, port = client.makepasv()
        thief = socket.create_connection((host, port), LIMIT, source_address=("127.0.0.2", 0))
        client.putcmd("RETR a.bin")
        assert thief.recv(1) == b""
        owner = socket.create_connection((host, port), LIMIT)
        assert client.getresp().startswith("150")
        received = b""
        while piece := owner.recv(1 << 16):
            received += piece
        assert received == CONTENT and client.getresp().startswith("226")


def many_listeners():
    """Each EPSV replaces the listener before it: three hundred leave one."""
    with Server() as server:
        client = server.log_in()
        descriptors = f"/proc/{server.process.pid}/fd"
        before = len(os.listdir(descriptors))
        for _ in range(300):
            assert client.sendcmd("EPSV").startswith("229")
        assert client.voidcmd("NOOP").startswith("200")
        assert len(os.listdir(descriptors)) < before + 20, os.listdir(descriptors)
        assert client.nlst() == []


def traversal():
    with Server() as server:
        client = server.log_in()
        os.symlink("/etc", folder() + "/etc")
        os.symlink("/etc/passwd", folder() + "/passwd")
        client.voidcmd("TYPE I")
        for path in ["../../../../etc/passwd", "etc/passwd", "passwd", "/etc/passwd", "..\\..\\etc\\passwd"]:
            refused(550, client.size, path)
            refused(550, client.retrbinary, "RETR " + path, lambda _: None)
        client.sock.sendall(b"SIZE a\0/../../etc/passwd\r\n")
        refused(500, client.getresp)
        assert client.nlst() == []
        assert client.voidcmd("NOOP").startswith("200")


def injection():
    """A command that was sent in plaintext behind AUTH TLS is thrown away."""
    with Server("--self-signed") as server:
        raw = socket.create_connection(("127.0.0.1", server.ports[0]), LIMIT)
        raw.recv(1000)
        raw.sendall(b"AUTH TLS\r\nUSER injected\r\n")
        assert raw.recv(1000).startswith(b"234")
        context = ssl.create_default_context(cafile=DATA + "/tls/certificate.pem")
        secure = context.wrap_socket(raw, server_hostname="127.0.0.1")
        secure.sendall(b"PASS x\r\n")
        assert secure.recv(1000).startswith(b"503")


def injection_during_transfer():
    """AUTH TLS is refused while a transfer runs, so that nothing sent behind it can take effect under TLS."""
    with Server("--self-signed") as server:
        os.makedirs(folder(), exist_ok=True)
        open(folder() + "/a.bin", "wb").write(CONTENT * 20)
        for behind in [b"XX", b"USER injected", b"USER a@b.test\r\nPASS x\r\nMKD injected\r\n"]:
            client = server.log_in()
            client.voidcmd("TYPE I")
            download = client.transfercmd("RETR a.bin")
            client.sock.sendall(b"AUTH TLS\r\n" + behind)
            refused(503, client.getresp)
            while download.recv(1 << 16):
                pass
            assert client.getresp().startswith("226")
            if behind.endswith(b"\n"):
                # Those were sent in plaintext, and are answered so.
                codes = [client.getmultiline()[:3] for _ in range(3)]
                assert codes == ["331", "230", "257"], codes
            else:
                client.sock.sendall(b"\r\n")
                assert client.getmultiline()[:3] in ("500", "331")
            # TLS begins with nothing else in its way.
            client.sock.sendall(b"AUTH TLS\r\n")
            assert client.getresp().startswith("234")
            context = ssl.create_default_context(cafile=DATA + "/tls/certificate.pem")
            secure = context.wrap_socket(client.sock, server_hostname="127.0.0.1")
            secure.sendall(b"PASS x\r\n")
            assert secure.recv(1000).startswith(b"503")


def truncated():
    """A protected upload whose end TLS does not tell may have been cut off by anybody: it does not count."""
    with Server("--self-signed") as server:
        client = server.log_in(tls=True)
        client.voidcmd("TYPE I")
        upload = client.transfercmd("STOR half.bin")
        upload.sendall(CONTENT)
        upload.close()
        refused(426, client.voidresp)
        assert client.nlst() == [] and len(half_uploads()[1]) == 1
        # In the clear the announced size tells.
        client.prot_c()
        client.voidcmd(f"ALLO {len(CONTENT)}")
        upload = client.transfercmd("STOR half.bin")
        upload.sendall(CONTENT[:-1])
        upload.close()
        refused(426, client.voidresp)
        client.voidcmd(f"ALLO {len(CONTENT)}")
        client.storbinary("STOR whole.bin", io.BytesIO(CONTENT))
        assert client.nlst() == ["whole.bin"]


def full():
    """Where the disk takes no more, or the quota is used up, 452 and 552 say so, and nothing stays."""
    limits = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))  # noqa: E731
    # The limit's signal is ignored, as Python has it: writing fails as on a full disk.
    with Server(preexec_fn=limits, restore_signals=False) as server:
        client = server.log_in()
        refused(452, client.storbinary, "STOR big.bin", io.BytesIO(CONTENT))
        assert os.listdir(folder()) == []
        client.storbinary("STOR small.bin", io.BytesIO(CONTENT[:1000]))
        client.delete("small.bin")
    with Server("--quota", "1MB") as server:
        clients = [server.log_in() for _ in range(4)]
        refused(553, clients[0].storbinary, "STOR a\x01b", io.BytesIO(b"x"))
        uploads = [client.transfercmd(f"STOR f{number}") for number, client in enumerate(clients)]
        outcomes = []
        for upload in uploads:
            try:
                upload.sendall(b"x" * 700_000)
            except ConnectionError:
                pass
            upload.close()
        for client in clients:
            try:
                outcomes.append(client.voidresp()[:3])
            except ftplib.Error as error:
                outcomes.append(str(error)[:3])
        stored = sum(os.path.getsize(f"{folder()}/{name}") for name in os.listdir(folder()))
        assert set(outcomes) <= {"226", "552"} and "552" in outcomes and stored <= 1_000_000, (outcomes, stored)
        for name in os.listdir(folder()):
            clients[0].delete(name)
        # Names that the server chooses are different for uploads at the same time.
        uploads = [client.ntransfercmd("STOU")[0] for client in clients]
        for upload in uploads:
            upload.sendall(b"x")
            upload.close()
        for client in clients:
            client.voidresp()
        assert sorted(os.listdir(folder())) == ["upload", "upload.1", "upload.2", "upload.3"]


def stopped():
    """At SIGTERM a transfer may go on for some seconds; then it is aborted, and both is said."""
    with Server() as server:
        client, quick = server.log_in(), server.log_in()
        client.voidcmd("TYPE I")
        quick.voidcmd("TYPE I")
        upload = client.transfercmd("STOR half.bin")
        upload.sendall(CONTENT)
        other = quick.transfercmd("STOR whole.bin")
        server.process.send_signal(signal.SIGTERM)
        other.sendall(CONTENT)
        other.close()
        assert quick.getresp().startswith("226")
        refused(421, quick.getresp)
        refused(426, client.getresp)
        refused(421, client.getresp)
        assert sorted(os.listdir(folder())) == half_uploads()[1] + ["whole.bin"]


def abort():
    with Server() as server:
        client = server.log_in()
        upload = client.transfercmd("STOR half.bin")
        upload.sendall(CONTENT)
        # The last octet goes as urgent data.
        assert client.abort().startswith("426") and client.voidresp().startswith("226")
        upload.close()
        assert client.nlst() == [] and os.listdir(folder()) == []
        client.storbinary("STOR a.bin", io.BytesIO(CONTENT * 20))
        download = client.transfercmd("RETR a.bin")
        download.recv(10)
        client.sock.sendall(b"\xff\xf4")
        client.sock.sendall(b"\xff\xf2", socket.MSG_OOB)
        client.sock.sendall(b"ABOR\r\n")
        assert client.getmultiline().startswith("426") and client.voidresp().startswith("226")
        download.close()
        # During a transfer STAT says how far it is, downwards while the client is still reading.
        open(folder() + "/big.bin", "wb").truncate(100 << 20)
        client.voidcmd("TYPE I")
        download = client.transfercmd("RETR big.bin")
        while int(client.sendcmd("STAT").split(": ")[1].split()[0]) == 0:
            download.recv(1 << 16)
        # However many commands wait, its end can be asked for.
        client.sock.sendall(b"PWD\r\n" * 20 + b"ABOR\r\n")
        assert client.getmultiline().startswith("426") and client.voidresp().startswith("226")
        assert {client.getmultiline()[:3] for _ in range(20)} == {"257"}
        download.close()
        # An end comes at once while the server still tries to connect: here nobody accepts, and the system's queue is full.
        deaf = socket.create_server(("127.0.0.1", 0), backlog=0)
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(deaf.getsockname())
        client.sendport(*deaf.getsockname())
        client.sock.settimeout(20)
        client.putcmd("RETR big.bin")
        client.sock.sendall(b"ABOR\r\n")
        assert client.getmultiline().startswith("426") and client.voidresp().startswith("226")
        client.sock.settimeout(LIMIT)
        for filler in fillers:
            filler.close()
        upload = client.transfercmd("STOR b.bin")
        upload.sendall(CONTENT)
        assert client.sendcmd("STAT").startswith("213 STOR /b.bin")
        upload.close()
        client.voidresp()


def client_killed():
    """A client that dies during an upload leaves no file, though its data connection ends like that of a whole one; what
    came is continued by its owner, and nobody else sees it."""
    with Server() as server:
        for _ in range(5):
            child = subprocess.Popen(
                [sys.executable, "-c",
                 "import ftplib,sys,time\nf=ftplib.FTP()\nf.connect('127.0.0.1',int(sys.argv[1]))\n"
                 "f.login('a@b.test','x')\nf.voidcmd('TYPE I')\nc=f.transfercmd('STOR half.bin')\nc.sendall(b'x'*1000000)\n"
                 "while ': 0 octets' in f.sendcmd('STAT'): pass\n"
                 "print('sent',flush=True)\ntime.sleep(600)", str(server.ports[0])], stdout=subprocess.PIPE)
            child.stdout.readline()
            child.kill()
            child.wait()
        # By the time that a later session has ended the others have, too.
        client = server.log_in()
        while half_uploads()[0] or not half_uploads()[1]:
            client.voidcmd("NOOP")
        assert client.nlst() == [] and len(half_uploads()[1]) == 1, os.listdir(folder())
        client.voidcmd("TYPE I")
        rest = client.size("half.bin")
        assert 0 < rest <= 1000000
        refused(550, fetched, client, "half.bin")
        client.storbinary("STOR half.bin", io.BytesIO(b"y" * 10), rest=rest)
        assert fetched(client, "half.bin") == b"x" * rest + b"y" * 10
        assert os.listdir(folder()) == ["half.bin"]
        # So does curl, by APPE, after an upload that lacked what was announced.
        source = DATA + "/source"
        open(source, "wb").write(CONTENT)
        client.voidcmd(f"ALLO {len(CONTENT)}")
        upload = client.transfercmd("STOR more.bin")
        upload.sendall(CONTENT[:300_000])
        upload.close()
        refused(426, client.voidresp)
        # Not even one that lacks nothing but the word that it is whole counts as done.
        other = server.log_in()
        other.voidcmd("TYPE I")
        upload = other.transfercmd("STOR all.bin")
        upload.sendall(CONTENT)
        while f": {len(CONTENT)} octets" not in other.sendcmd("STAT"):
            pass
        other.close()
        while len(half_uploads()[1]) < 2:
            client.voidcmd("NOOP")
        upload.close()
        for name in ["more.bin", "all.bin"]:
            subprocess.run(["curl", "-sS", "-u", "a@b.test:x", "-C", "-", "-T", source,
                            f"ftp://127.0.0.1:{server.ports[0]}/{name}"], check=True)
            assert fetched(client, name) == CONTENT
        client.delete("all.bin")
        assert fetched(client, "more.bin") == CONTENT and sorted(os.listdir(folder())) == ["half.bin", "more.bin"]


def server_killed():
    """Twenty SIGKILLs, at any moment of an upload, leave the old file or the new one, and never a half."""
    os.makedirs(folder(), exist_ok=True)
    old = b"old" * 1000
    moments = random.Random(959)
    for sent in [0, 1, len(CONTENT), len(CONTENT)] + [moments.randrange(len(CONTENT)) for _ in range(16)]:
        open(folder() + "/a.bin", "wb").write(old)
        with Server() as server:
            client = server.log_in()
            upload = client.transfercmd("STOR a.bin")
            upload.sendall(CONTENT[:sent])
            if sent == len(CONTENT):
                upload.shutdown(socket.SHUT_WR)
            server.process.kill()
            server.process.wait()
        assert open(folder() + "/a.bin", "rb").read() in (old, CONTENT)
    with Server():
        assert os.listdir(folder()) == ["a.bin"], os.listdir(folder())


def idle():
    with Server("--idle-time", "200ms") as server:
        raw = socket.create_connection(("127.0.0.1", server.ports[0]), LIMIT)
        received = b""
        while piece := raw.recv(1000):
            received += piece
        assert b"\r\n421 " in received


def limits():
    with Server("--connections-per-address", "3") as server:
        first = [server.log_in() for _ in range(3)]
        raw = socket.create_connection(("127.0.0.1", server.ports[0]), LIMIT)
        assert raw.recv(1000).startswith(b"421 ")
        refused(421, guess, first[0])
    # Listeners count together.
    with Server("--connections-per-address", "2", "--self-signed", "--tls-listen", "127.0.0.1:0") as server:
        first = [server.log_in() for _ in range(2)]
        context = ssl.create_default_context(cafile=DATA + "/tls/certificate.pem")
        raw = socket.create_connection(("127.0.0.1", server.ports[1]), LIMIT)
        try:
            answer = context.wrap_socket(raw, server_hostname="127.0.0.1").recv(1)
        except OSError:
            answer = b""
        assert answer == b""


def guess(client):
    for _ in range(5):
        client.sendcmd("USER a@b.test")
        try:
            client.sendcmd("PASS wrong")
        except ftplib.error_perm:
            pass


def access():
    os.makedirs(DATA + "/root")
    open(DATA + "/root/a.bin", "wb").write(CONTENT)
    with Server("--root", DATA + "/root", "--access", "upload-only", "--anonymous", "--quota", "3MB") as server:
        reader = server.log_in("anonymous", "me@example.test")
        assert fetched(reader, "a.bin") == CONTENT
        refused(550, reader.storbinary, "STOR x", io.BytesIO(b"x"))
        box = server.log_in()
        assert box.nlst() == [] and box.nlst("a.bin") == [] and box.nlst("none") == []
        refused(550, fetched, box, "a.bin")
        refused(553, box.storbinary, "STOR a.bin", io.BytesIO(b"x"))
        box.storbinary("STOR b.bin", io.BytesIO(b"x"))
        refused(552, box.storbinary, "STOR c.bin", io.BytesIO(CONTENT))
        assert sorted(os.listdir(DATA + "/root")) == ["a.bin", "b.bin"]


def telnet_lines():
    """Lines without CR LF do nothing."""
    with Server() as server:
        raw = socket.create_connection(("127.0.0.1", server.ports[0]), LIMIT)
        raw.recv(1000)
        raw.sendall(b"NOOP\nQUIT\n")
        assert raw.recv(1000).startswith(b"500")
        raw.sendall(b"\r\nQUIT\r\n")
        assert raw.recv(1000).startswith(b"221")


play(globals())
