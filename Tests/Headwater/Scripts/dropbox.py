"""The drop box of `headwater ftp serve --library`: Python's ftplib uploads, poplib and imaplib read what comes of it.

Usage: dropbox.py HEADWATER SCENARIO; ends with status 0 when all went as it should."""
import email
import email.policy
import glob
import imaplib
import io
import json
import os
import poplib
import signal
import subprocess
import sys
import time
import urllib.request

sys.dont_write_bytecode = True
from ftpserver import DATA, HEADWATER, LIMIT, Server, folder, half_uploads, play, refused  # noqa: E402

LIBRARY = DATA + "/library"
LADDER = DATA + "/ladder.json"


class DropBox(Server):
    """With a library, one small version of each video, and an administration listener."""

    def __init__(self, *options):
        open(LADDER, "w").write('[{"height": 120}]')
        super().__init__("--library", LIBRARY, "--ladder", LADDER, "--origin", "http://media.test:8080/", "--admin",
                         "127.0.0.1:0", *options)

    def jobs(self, item=""):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.ports[-1]}/jobs{item}", timeout=LIMIT) as answer:
            return json.load(answer)

    def wait(self, number, states=("ready", "failed")):
        """Until a job is over."""
        deadline = time.monotonic() + LIMIT
        while (job := self.jobs(f"/{number}"))["state"] not in states:
            assert time.monotonic() < deadline, job
            time.sleep(0.05)
        return job


def film(name, seconds=3, preset="ultrafast"):
    path = f"{DATA}/{name}"
    subprocess.run(
        ["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", f"testsrc2=s=320x180:r=25:d={seconds}", "-f", "lavfi", "-i",
         f"sine=r=48000:d={seconds}", "-c:v", "libx264", "-preset", preset, "-g", "25", "-c:a", "aac", path], check=True)
    return open(path, "rb").read()


def messages(count):
    """The messages in the uploader's inbox, as soon as there are so many."""
    deadline = time.monotonic() + LIMIT
    while len(files := glob.glob(f"{DATA}/mail/b.test/a/new/*")) < count:
        assert time.monotonic() < deadline, files
        time.sleep(0.05)
    # By the number of the job.
    return sorted((email.message_from_bytes(open(file, "rb").read(), policy=email.policy.default) for file in files),
                  key=lambda message: message["Message-ID"])


def check_ready(message):
    assert message["Subject"] == "holiday.mp4 is ready", message["Subject"]
    assert message["To"] == "a@b.test" and message["Auto-Submitted"] == "auto-generated"
    link = "http://media.test:8080/manifests/holiday.mpd"
    text = message.get_body(("plain",)).get_content()
    rows = [line.split() for line in text.splitlines()]
    assert link in text and any(row[:2] == ["v120", "214x120"] for row in rows), text
    html = message.get_body(("html",)).get_content()
    assert f'href="{link}"' in html and "cid:thumbnail" in html and "v120" in html
    picture, = [part for part in message.walk() if part.get_content_type() == "image/jpeg"]
    assert picture["Content-Transfer-Encoding"] == "base64" and picture["Content-ID"] == "<thumbnail>"
    assert picture.get_content_disposition() == "inline"
    jpeg = picture.get_content()
    assert jpeg[:2] == b"\xff\xd8" and jpeg[-2:] == b"\xff\xd9"


def outcome():
    """An upload becomes a presentation and a message, which POP3 and IMAP bring; what is no film becomes another one."""
    content = film("holiday.mp4")
    with DropBox() as box:
        client = box.log_in()
        assert client.sendcmd("SITE JOBS") == "200 You have no ingest jobs."
        reply = client.storbinary("STOR holiday.mp4", io.BytesIO(content))
        assert reply == "226 Done; it is ingest job 1.", reply
        # What clients do next: it changes the file's time.
        client.sendcmd("MFMT 20200102030405 holiday.mp4")
        job = box.wait(1)
        assert (job["state"], job["name"], job["owner"], job["file"]) == ("ready", "holiday", "a@b.test", "/holiday.mp4"), job
        assert job["size"] == len(content) and len(job["content"]) == 64
        assert os.path.exists(LIBRARY + "/manifests/holiday.mpd")
        assert "1 /holiday.mp4: ready as holiday" in client.sendcmd("SITE JOBS")
        assert "v120" in client.sendcmd("site jobs 1")
        refused(501, client.sendcmd, "SITE JOBS 2")
        assert client.storbinary("STOR notes.txt", io.BytesIO(b"no film")).startswith("226 Done; it is ingest job 2")
        assert box.wait(2)["state"] == "failed"
        again = client.storbinary("STOR again.mp4", io.BytesIO(content))
        assert again == "226 Done; it is ingest job 3."
        job = box.wait(3)
        assert job["state"] == "ready" and job["sameAs"] == 1 and job["name"] == "again", job
        told = messages(3)
        check_ready(told[0])
        assert told[1]["Subject"] == "notes.txt could not be ingested"
        assert "/notes.txt" in told[1].get_content() and DATA not in told[1].get_content()
        assert "The same content came with job 1" in told[2].get_body(("plain",)).get_content()
        metrics = urllib.request.urlopen(f"http://127.0.0.1:{box.ports[-1]}/metrics", timeout=LIMIT).read().decode()
        assert 'headwater_ingest_jobs_total{outcome="ready"} 2' in metrics, metrics
        try:
            box.jobs("/4")
            raise AssertionError("there is no job 4")
        except urllib.error.HTTPError as error:
            assert error.code == 404
        read_mail()


def read_mail():
    mail = subprocess.Popen(
        [HEADWATER, "mail", "serve", "--data", DATA, "--domain", "b.test", "--pop3-listen", "127.0.0.1:0",
         "--imap-listen", "127.0.0.1:0", "--allow-plaintext-on-loopback"], stdout=subprocess.PIPE, text=True)
    try:
        ports = {}
        for _ in range(2):
            scheme, port = mail.stdout.readline().rsplit(" ", 1)[1].strip().split("://127.0.0.1:")
            ports[scheme] = int(port)
        pop = poplib.POP3("127.0.0.1", ports["pop3"], timeout=LIMIT)
        pop.user("a@b.test")
        pop.pass_("x")
        found = [email.message_from_bytes(b"\r\n".join(pop.retr(number)[1]), policy=email.policy.default)
                 for number in range(1, pop.stat()[0] + 1)]
        pop.quit()
        check_ready(min(found, key=lambda message: message["Message-ID"]))
        imap = imaplib.IMAP4("127.0.0.1", ports["imap"])
        imap.login("a@b.test", "x")
        imap.select("INBOX")
        number = imap.search(None, "SUBJECT", '"holiday.mp4 is ready"')[1][0].split()[0]
        check_ready(email.message_from_bytes(imap.fetch(number, "(BODY[])")[1][0][1], policy=email.policy.default))
        imap.logout()
    finally:
        mail.send_signal(signal.SIGTERM)
        assert mail.wait(LIMIT) == 0


def partial():
    """What breaks off, by ABOR, by the client's death or by the server's, is never ingested."""
    content = film("holiday.mp4")
    with DropBox() as box:
        client = box.log_in()
        upload = client.transfercmd("STOR aborted.mp4")
        upload.sendall(content[:len(content) // 2])
        client.abort()
        upload.close()
        child = subprocess.Popen(
            [sys.executable, "-c",
             "import ftplib,sys,time\nf=ftplib.FTP()\nf.connect('127.0.0.1',int(sys.argv[1]))\n"
             "f.login('a@b.test','x')\nf.voidcmd('TYPE I')\nc=f.transfercmd('STOR dead.mp4')\nc.sendall(open(sys.argv[2],'rb').read()[:50000])\n"
             "while ': 0 octets' in f.sendcmd('STAT'): pass\n"
             "print('sent',flush=True)\ntime.sleep(600)", str(box.ports[0]), DATA + "/holiday.mp4"],
            stdout=subprocess.PIPE)
        child.stdout.readline()
        child.kill()
        child.wait()
        client = box.log_in()
        while half_uploads()[0] or not half_uploads()[1]:
            client.voidcmd("NOOP")
        assert client.nlst() == [] and len(os.listdir(folder())) == 1 and box.jobs() == [], box.jobs()
        last = box.log_in().transfercmd("STOR killed.mp4")
        last.sendall(content[:len(content) // 2])
        box.process.kill()
        box.process.wait()
    with DropBox() as box:
        client = box.log_in()
        assert client.nlst() == [] and box.jobs() == [], box.jobs()
        # What the dead one left is continued, and ingested when it is whole.
        client.voidcmd("TYPE I")
        rest = client.size("dead.mp4")
        assert 0 < rest <= 50000, rest
        assert "ingest job 1" in client.storbinary("STOR dead.mp4", io.BytesIO(content[rest:]), rest=rest)
        assert box.wait(1)["state"] == "ready" and os.listdir(folder()) == ["dead.mp4"]


def killed():
    """SIGKILL in the midst of a job: it goes on at the next start, and its owner hears of it once."""
    content = film("long.mp4", seconds=60)
    slow = ["--preset", "slow", "--segment-duration", "1s"]
    for round in range(3):
        with DropBox(*slow) as box:
            if round == 0:
                reply = box.log_in().storbinary("STOR long.mp4", io.BytesIO(content))
                assert reply == "226 Done; it is ingest job 1.", reply
                # The queue has it: its owner may do without.
                box.log_in().delete("long.mp4")
            if round < 2:
                before = len(glob.glob(LIBRARY + "/media/long/*/v*/*.m4s"))
                while len(glob.glob(LIBRARY + "/media/long/*/v*/*.m4s")) <= before \
                        and box.jobs("/1")["state"] in ("running", "waiting"):
                    time.sleep(0.02)
                box.process.kill()
                box.process.wait()
                continue
            job = box.wait(1)
            assert job["state"] == "ready" and job["report"]["keptSegments"] > 0, job
            told = messages(1)
            assert len(told) == 1 and told[0]["Subject"] == "long.mp4 is ready"
            while os.listdir(DATA + "/ingest/sources"):
                time.sleep(0.02)


play(globals())
