"""What the parts of the services share: servers that are started and stopped, and figures of rounds."""
import contextlib
import os
import pathlib
import signal
import socket
import statistics
import subprocess
import sys
import time


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def until(what, condition, seconds=120, pause=0.02):
    """What `condition` gives as soon as it is something."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        result = condition()
        if result:
            return result
        time.sleep(pause)
    sys.exit(f"bench: {what} did not come about")


def listens(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True


class Headwater:
    """A server of ours, and its ports by scheme, as it announces them."""

    def __init__(self, headwater, log, *arguments):
        self.log = open(log, "w")
        self.process = subprocess.Popen([headwater, *arguments], stdout=subprocess.PIPE, stderr=self.log, text=True)
        count = sum(argument.endswith("listen") for argument in arguments)
        lines = [self.process.stdout.readline() for _ in range(count)]
        if not all(" on " in line for line in lines):
            sys.exit(f"bench: headwater {' '.join(arguments)} does not start: see {log}")
        urls = [line.split()[-1] for line in lines]
        self.ports = {url.split(":")[0]: int(url.rsplit(":", 1)[1]) for url in urls}
        self.pid = self.process.pid

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=30)
        self.log.close()


def account(headwater, data, name, password):
    subprocess.run([headwater, "account", "add", name, "--data", str(data), "--password-stdin"], check=True,
                   input=password + "\n", text=True, stdout=subprocess.DEVNULL)


def family(pid):
    """A process and all that descend from it."""
    parents = {}
    for folder in pathlib.Path("/proc").iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError, ValueError):
                fields = (folder / "stat").read_text().rsplit(")", 1)[1].split()
                parents.setdefault(int(fields[1]), []).append(int(folder.name))
    found, waiting = [], [pid]
    while waiting:
        found.append(waiting.pop())
        waiting += parents.get(found[-1], [])
    return found


def memory(pid):
    """Resident and proportional octets of a process and its descendants, and how many they are."""
    resident = proportional = count = 0
    for process in family(pid):
        with contextlib.suppress(OSError):
            lines = pathlib.Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
            sizes = {line.split(":")[0]: int(line.split()[1]) * 1024 for line in lines[1:] if line.endswith("kB")}
            resident, proportional, count = resident + sizes["Rss"], proportional + sizes["Pss"], count + 1
    return resident, proportional, count


def middle(values):
    return statistics.median(values)


def spread(values, digits=0):
    """The median, and the least and the most."""
    return f"{middle(values):.{digits}f} ({min(values):.{digits}f}–{max(values):.{digits}f})"


def compared(title, header, measured, ours, peer, table, digits=0):
    """Prints rows of what was measured in turns, `measured[what][server]` by round, and the ratios; returns them."""
    rows, ratios = [], {}
    for what, by_server in measured.items():
        ratios[what] = [mine / theirs for mine, theirs in zip(by_server[ours], by_server[peer])]
        rows.append([what, spread(by_server[ours], digits), spread(by_server[peer], digits), spread(ratios[what], 2)])
    table(title, header, rows)
    return ratios
