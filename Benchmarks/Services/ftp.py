"""FTP beside vsftpd: a large file stored and retrieved by curl, plain and under TLS."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

from common import Headwater, account, compared, free_port, listens, middle, until

ROUNDS = 5
SIZE = 400_000_000
USER, PASSWORD = "load@bench.test", "secret"

VSFTPD = """listen=YES
listen_address=127.0.0.1
listen_port={port}
background=NO
local_enable=NO
anonymous_enable=YES
no_anon_password=YES
anon_root={root}
write_enable=YES
anon_upload_enable=YES
anon_other_write_enable=YES
anon_umask=022
xferlog_enable=NO
seccomp_sandbox=NO
secure_chroot_dir={work}/empty
ssl_enable=YES
allow_anon_ssl=YES
force_local_logins_ssl=NO
force_local_data_ssl=NO
ssl_tlsv1=YES
rsa_cert_file={work}/ftp/tls/certificate.pem
rsa_private_key_file={work}/ftp/tls/key.pem
require_ssl_reuse=NO
"""


class Vsftpd:
    def __init__(self, work, root):
        self.port = free_port()
        (work / "empty").mkdir(exist_ok=True)
        configuration = work / f"vsftpd-{self.port}.conf"
        configuration.write_text(VSFTPD.format(port=self.port, root=root, work=work))
        self.process = subprocess.Popen(["vsftpd", str(configuration)])
        until("vsftpd", lambda: listens(self.port))

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=30)


def transfer(url, user, options, speed, stored=None):
    """Megabytes a second, from the command to the server's last reply, and until a file that was stored is on disk."""
    done = subprocess.run(["curl", "-sS", "--user", user, "-w", "%{time_total} %{time_pretransfer} " + speed, *options, url],
                          capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"bench: curl {url}: {done.stderr}")
    total, before, size = (float(word) for word in done.stdout.split())
    if stored:
        # One server has done that already, the other leaves it to the system.
        start = time.monotonic()
        with open(stored, "rb") as file:
            os.fsync(file.fileno())
        total += time.monotonic() - start
    if size != SIZE:
        sys.exit(f"bench: {url} moved {size} octets")
    return SIZE / 1e6 / (total - before)


def measure(servers, source, measured, suffix, kinds, is_synced):
    for round in range(-1, ROUNDS):
        for what in kinds:
            tls = ["--ssl-reqd", "--insecure"] if "TLS" in what else []
            for name, (url, user, folder) in (list(servers.items()) if round % 2 else list(servers.items())[::-1]):
                if "STOR" in what:
                    rate = transfer(f"{url}/in.bin", user, [*tls, "--upload-file", source], "%{size_upload}",
                                    folder / "in.bin" if is_synced else None)
                else:
                    rate = transfer(f"{url}/out.bin", user, [*tls, "--output", "/dev/null"], "%{size_download}")
                if round >= 0:
                    measured.setdefault(what + suffix, {}).setdefault(name, []).append(rate)


def bench(headwater, work, results, table):
    if os.getuid() != 0:
        sys.exit("bench: ftp needs root, as vsftpd does")
    work.chmod(0o755)
    data = work / "ftp"
    account(headwater, data, USER, PASSWORD)
    measured = {}
    with tempfile.TemporaryDirectory(prefix="headwater-bench.", dir="/dev/shm") as memory:
        memory = pathlib.Path(memory)
        memory.chmod(0o755)
        source = memory / "source.bin"
        with open(source, "wb") as file:
            for _ in range(SIZE // 1_000_000):
                file.write(os.urandom(1_000_000))
        for place, suffix, kinds in [(work / "files", ", to disk and synced", ["STOR", "STOR, TLS"]),
                                     (memory / "files", "", ["STOR", "RETR", "STOR, TLS", "RETR, TLS"])]:
            for folder in ("ours", "theirs/files"):
                (place / folder).mkdir(parents=True)
                if not suffix:
                    os.link(source, place / folder / "out.bin")
            for folder in (place, place / "theirs"):
                folder.chmod(0o755)
            shutil.chown(place / "theirs/files", "ftp")
            source.chmod(0o644)
            ours = Headwater(headwater, work / "headwater-ftp.log", "ftp", "serve", "--listen", "127.0.0.1:0", "--data",
                             str(data), "--root", str(place / "ours"), "--self-signed")
            theirs = Vsftpd(work, place / "theirs")
            try:
                measure({"headwater": (f"ftp://127.0.0.1:{ours.ports['ftp']}", f"{USER}:{PASSWORD}",
                                       place / "ours"),
                         "peer": (f"ftp://127.0.0.1:{theirs.port}/files", "anonymous:x", place / "theirs/files")},
                        str(source), measured, suffix, kinds, bool(suffix))
            finally:
                theirs.stop()
                ours.stop()
            shutil.rmtree(place)
    ratios = compared(f"A file of {SIZE // 1_000_000} MB by FTP, MB/s; median of {ROUNDS} (least–most)",
                      ["", "headwater", "vsftpd", "ratio"], measured, "headwater", "peer", table)
    results["ftp"] = {"rates": measured, "ratios": {what: middle(values) for what, values in ratios.items()}}
