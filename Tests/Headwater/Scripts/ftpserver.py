"""`headwater ftp serve` for scripts that talk to it: started on free ports, with an account, and stopped.

Scripts are called as SCRIPT HEADWATER SCENARIO."""
import ftplib
import io
import os
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile

HEADWATER, SCENARIO = sys.argv[1], sys.argv[2]
LIMIT = 60
DATA = tempfile.mkdtemp(prefix="headwater-ftp-")
CONTENT = bytes(range(256)) * 8000


class Server:
    """A server on free ports, with the account a@b.test."""

    def __init__(self, *options, host="127.0.0.1", **process):
        self.host = host
        self.process = subprocess.Popen(
            [HEADWATER, "ftp", "serve", "--listen", f"[{host}]:0" if ":" in host else host + ":0", "--data", DATA, *options],
            stdout=subprocess.PIPE, text=True, **process)
        lines = 1 + sum(option in ("--tls-listen", "--admin") for option in options)
        self.ports = [int(self.process.stdout.readline().rsplit(":", 1)[1]) for _ in range(lines)]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            assert self.process.wait(LIMIT) == 0

    def log_in(self, user="a@b.test", password="x", tls=False):
        client = ftplib.FTP_TLS(context=ssl.create_default_context(cafile=DATA + "/tls/certificate.pem")) if tls \
            else ftplib.FTP()
        client.connect(self.host, self.ports[0], timeout=LIMIT)
        client.login(user, password)
        if tls:
            client.prot_p()
        return client


def account(name="a@b.test"):
    subprocess.run([HEADWATER, "account", "add", name, "--data", DATA, "--password-stdin"], input=b"x\n", check=True)


def folder(name="a@b.test"):
    return f"{DATA}/ftp/{name}"


def half_uploads():
    """Names of uploads under way in the account's folder, and of those that broke off and are kept."""
    hidden = [name for name in os.listdir(folder()) if name.startswith(".headwater-upload.")]
    kept = [name for name in hidden if name.startswith(".headwater-upload.part.")]
    return [name for name in hidden if name not in kept], kept


def refused(code, call, *arguments):
    try:
        answer = call(*arguments)
    except ftplib.Error as error:
        assert str(error).startswith(str(code)), error
    else:
        raise AssertionError(f"{arguments} got {answer}")


def fetched(client, name, rest=None):
    received = io.BytesIO()
    client.retrbinary("RETR " + name, received.write, rest=rest)
    return received.getvalue()


def play(scenarios):
    """Runs the scenario that is asked for, a function in `scenarios`, with the account there is."""
    try:
        account()
        scenarios[SCENARIO]()
    finally:
        shutil.rmtree(DATA, ignore_errors=True)
