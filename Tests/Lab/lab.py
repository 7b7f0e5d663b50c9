#!/usr/bin/env python3
"""lab.py EXECUTABLE [--report DIR]: the whole network at once, in network namespaces of its own.

A viewer gets an address through a relay agent, a name through a resolver that asks from the root down, the nearest healthy
edge from the zone's routing, and a film through a link that changes; its edge dies and it moves on; meanwhile a film is
dropped by FTP and the mail about it is read in three ways. Tells each step while it happens, draws what went over the
links, and ends with status 0 only if every fact holds; with 69 where namespaces are not possible."""
import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
from capture import Captures  # noqa: E402
from network import Failure, Network  # noqa: E402
from scenes import Scenes  # noqa: E402
from story import Story  # noqa: E402

PICTURE = """
  viewer ─────┐ home                    ┌── dhcp      10.10.0.2   addresses (broadcast, relayed)
              ├─────────── router ──────┼── resolver  10.11.0.2   asks for others (recursive)
  neighbour ──┘ 10.1.0.0/24  relay      ├── root      10.20.0.2   .
                             agent      ├── registry  10.21.0.2   test.
                                        ├── names     10.22.0.2   cdn.test., and which edge for whom
                                        ├── east      10.40.0.2   edge near home, behind a link that changes
                                        ├── west      10.50.0.2   edge far away
                                        ├── origin    10.30.0.2   the library, and the drop box (FTP)
                                        ├── mail      10.31.0.2   SMTP, POP3, IMAP, webmail
                                        └── studio    10.60.0.2   makes films
"""
ORDER = ["viewer", "neighbour", "router", "dhcp", "resolver", "root", "registry", "names", "east", "west", "origin", "mail",
         "studio"]


def possible():
    """Why there can be no lab; nil where there can."""
    for program in ("unshare", "nsenter", "setpriv", "ip", "tcpdump", "mount", "openssl"):
        if not shutil.which(program):
            return f"the program {program} is missing: `make lab` installs it"
    tried = subprocess.run(["unshare", "--net", "--mount", "ip", "link", "add", "name", "x", "type", "veth", "peer", "name", "y"],
                           capture_output=True, text=True)
    if tried.returncode != 0:
        return ("this machine lets no network namespaces be made: the lab needs root (or the capability CAP_SYS_ADMIN and "
                f"CAP_NET_ADMIN) and a kernel with veth: {tried.stderr.strip()}")
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("executable")
    parser.add_argument("--report", default="reports/lab", help="folder for the page, the diagrams and the captures")
    parser.add_argument("--if-possible", action="store_true", help="end with 0 where namespaces are not possible")
    options = parser.parse_args()
    if why := possible():
        print(f"lab: {why}", file=sys.stderr)
        return 0 if options.if_possible else 69
    report = pathlib.Path(options.report)
    shutil.rmtree(report, ignore_errors=True)
    report.mkdir(parents=True)
    story, failure = Story(ORDER), None
    with tempfile.TemporaryDirectory(prefix="headwater-lab.") as work:
        network = Network(pathlib.Path(work))
        try:
            scenes = Scenes(os.path.realpath(options.executable), network, story, Captures(network, report / "captures"))
            print(PICTURE)
            scenes.play()
        except (Failure, OSError, subprocess.SubprocessError, KeyError, ValueError, IndexError) as error:
            failure = error
            print(f"\nlab: {type(error).__name__}: {error}", file=sys.stderr)
            for log in sorted(pathlib.Path(work).glob("*.log")):
                if said := log.read_text().strip():
                    print(f"--- {log.name}\n{said[-1500:]}", file=sys.stderr)
        finally:
            network.close()
    story.write(report, PICTURE, failure)
    facts = [good for step in story.steps for _, good in step["facts"]]
    print(f"\n{'Failed after' if failure else 'Verified'} {sum(facts)} facts in {len(story.steps)} steps. "
          f"Diagrams: {report / 'index.html'} and {report / 'sequence.txt'}; packets: {report / 'captures'}/")
    return 1 if failure else 0


if __name__ == "__main__":
    sys.exit(main())
