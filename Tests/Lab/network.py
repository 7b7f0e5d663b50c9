"""Hosts and links of the lab: each host is a network namespace of its own, so nothing of this machine's network is touched,
and nothing is left when the lab ends."""
import os
import pathlib
import signal
import subprocess
import time

LIMIT = 60


class Failure(Exception):
    """What should have been and was not."""


def run(*words, timeout=LIMIT, **options):
    """A command's output; a failure tells its own words."""
    result = subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=timeout, **options)
    if result.returncode != 0:
        raise Failure(f"{' '.join(str(word) for word in words)}\nended with {result.returncode}: "
                      f"{(result.stderr or result.stdout).strip()[-2000:]}")
    return result.stdout


def until(what, condition, seconds=LIMIT):
    """What `condition` gives as soon as it is something."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if result := condition():
            return result
        time.sleep(0.05)
    raise Failure(f"{what} did not come about within {seconds} s")


class Host:
    """A network stack with files of its own under /etc, kept by a process that does nothing."""

    def __init__(self, name, work):
        self.name, self.work = name, work
        # Ends with the lab, however that ends: nobody else holds the other end of the pipe.
        self.keeper = subprocess.Popen(
            ["unshare", "--net", "--mount", "sh", "-c", "echo; exec cat >/dev/null"], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, start_new_session=True)
        self.keeper.stdout.readline()
        self.pid = self.keeper.pid
        self.processes = []
        self.run("ip", "link", "set", "lo", "up")
        # What the host's own resolver reads; empty until somebody says whom to ask.
        self.resolv = work / f"{name}.resolv.conf"
        self.resolv.write_text("")
        self.run("mount", "--bind", self.resolv, os.path.realpath("/etc/resolv.conf"))

    def inside(self, *words):
        return ["nsenter", "--target", str(self.pid), "--net", "--mount", "--wd=.", "--", *(str(word) for word in words)]

    def run(self, *words, **options):
        """A command on this host, and what it prints."""
        return run(*self.inside(*words), **options)

    def hardware(self):
        """The hardware address of eth0."""
        return self.run("ip", "-o", "link", "show", "eth0").split("link/ether ")[1].split()[0]

    def start(self, *words, **options):
        """A command on this host that goes on."""
        process = subprocess.Popen(self.inside("setpriv", "--pdeathsig", "KILL", *words), text=True, **options)
        self.processes.append(process)
        return process

    def serve(self, *words, lines=1):
        """A server on this host, once it has announced so many listeners.

        What it says goes to a file of its own in the lab's folder."""
        name = "-".join(pathlib.Path(word).name for word in [str(word) for word in words[:3]] if not word.startswith("-"))
        log = open(self.work / f"{self.name}.{name}.log", "a")
        server = self.start(*words, stdout=subprocess.PIPE, stderr=log)
        for _ in range(lines):
            if not (line := server.stdout.readline()):
                raise Failure(f"{self.name}: {' '.join(str(word) for word in words)} did not start; see {log.name}:\n"
                              f"{pathlib.Path(log.name).read_text()[-2000:]}")
        return server

    def kill(self):
        """As a power cut would: what runs here ends at once, and nobody answers."""
        for process in self.processes:
            process.kill()
            process.wait()
        self.processes = []

    def close(self):
        for process in self.processes:
            process.send_signal(signal.SIGTERM)
        for process in self.processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.keeper.kill()
        self.keeper.wait()


class Network:
    """A router in the middle, and hosts around it, each behind a link of its own or in the same local network."""

    def __init__(self, work):
        self.work = work
        self.hosts = {}
        self.router = self.add("router")
        self.router.run("sysctl", "-qw", "net.ipv4.ip_forward=1")

    def add(self, name):
        host = self.hosts[name] = Host(name, self.work)
        return host

    def link(self, name, address):
        """A host behind a link of its own, whose router has the address that ends in .1."""
        host = self.add(name)
        gateway = address.rsplit(".", 1)[0] + ".1"
        self.cable(host, name)
        self.router.run("ip", "address", "add", f"{gateway}/24", "dev", name)
        host.run("ip", "address", "add", f"{address}/24", "dev", "eth0")
        host.run("ip", "route", "add", "default", "via", gateway)
        host.address = address
        return host

    def local(self, bridge, gateway, names):
        """Hosts without addresses in one local network: what one of them broadcasts, all of them see."""
        self.router.run("ip", "link", "add", "name", bridge, "type", "bridge")
        self.router.run("ip", "address", "add", f"{gateway}/24", "dev", bridge)
        self.router.run("ip", "link", "set", "dev", bridge, "up")
        for name in names:
            self.cable(self.add(name), name)
            self.router.run("ip", "link", "set", "dev", name, "master", bridge)
        return [self.hosts[name] for name in names]

    def cable(self, host, name):
        """From a host's eth0 to the router's interface with the host's name."""
        run("ip", "link", "add", "name", name, "netns", self.router.pid, "type", "veth", "peer", "name", "eth0", "netns", host.pid)
        self.router.run("ip", "link", "set", "dev", name, "up")
        host.run("ip", "link", "set", "dev", "eth0", "up")

    def close(self):
        for host in reversed(self.hosts.values()):
            host.close()
