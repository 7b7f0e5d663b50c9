"""What happens in the lab, step by step, and what must be true of it."""
import contextlib
import json
import pathlib
import re
import signal
import subprocess
import time

import zones
from network import Failure, run, until

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
USER, WRITER, PASSWORD = "anna@cdn.test", "bert@studio.test", "a secret"
HOME = "10.1.0."
MANIFEST = "http://video.cdn.test/manifests/film.mpd"


class Scenes:
    def __init__(self, headwater, network, story, captures):
        self.headwater, self.network, self.story, self.captures = headwater, network, story, captures
        self.work = network.work
        self.library, self.data = self.work / "library", self.work / "data"

    def play(self):
        self.build()
        self.serve()
        self.address()
        self.name()
        self.route()
        self.drop()
        self.watch()
        self.mail()
        self.premiere()
        self.leave()

    # The stage.

    def build(self):
        """Hosts, cables, and something to capture with."""
        network = self.network
        self.viewer, self.neighbour = network.local("home", HOME + "1", ["viewer", "neighbour"])
        for name, address in [("dhcp", "10.10.0.2"), ("resolver", "10.11.0.2"), ("root", "10.20.0.2"),
                              ("registry", "10.21.0.2"), ("names", "10.22.0.2"), ("origin", "10.30.0.2"),
                              ("mail", "10.31.0.2"), ("east", "10.40.0.2"), ("west", "10.50.0.2"), ("studio", "10.60.0.2")]:
            setattr(self, "mailbox" if name == "mail" else name + "_host", network.link(name, address))
        for name in network.hosts:
            if name != "router":
                self.captures.start(name)
        self.addresses = {host.address: name for name, host in network.hosts.items() if hasattr(host, "address")}
        for line in network.router.run("ip", "-o", "-4", "address").splitlines():
            self.addresses[line.split()[3].split("/")[0]] = "router"
        for name in ("viewer", "neighbour"):
            self.addresses[network.hosts[name].hardware()] = name
        for host in (self.studio_host, self.east_host, self.west_host, self.mailbox, self.origin_host):
            host.resolv.write_text("nameserver 10.11.0.2\n")

    def serve(self):
        self.story.step(
            "Servers start, and a film is put into the library",
            "No single centre: names, addresses, mail and media are served by many hosts, and each is found through another. "
            "Media are encoded once, in several bit rates whose segments line up.")
        ladder = self.work / "ladder.json"
        ladder.write_text(json.dumps([{"height": 144}, {"height": 240}, {"height": 360}]))
        run(self.headwater, "ingest", ROOT / "media/samples/demo.mp4", "--name", "film", "--library", self.library,
            "--ladder", ladder, "--preset", "ultrafast", timeout=300)
        for user, data in ((USER, self.data), (WRITER, self.work / "studio")):
            run(self.headwater, "account", "add", user, "--data", data, "--password-stdin", input=PASSWORD + "\n")
        self.certify()
        zones.write(self.work)
        tls = ["--tls-certificate", self.work / "server.pem", "--tls-key", self.work / "server.key"]
        program = self.headwater
        self.origin_host.serve(program, "origin", "--library", self.library, "--listen", "10.30.0.2:80")
        self.origin_host.serve(
            program, "ftp", "serve", "--listen", "10.30.0.2:21", "--data", self.data, "--library", self.library, "--ladder",
            ladder, "--preset", "ultrafast", "--origin", "http://video.cdn.test", "--admin", "10.30.0.2:9021", *tls, lines=2)
        self.mailbox.serve(
            program, "mail", "serve", "--data", self.data, "--domain", "cdn.test", "--smtp-listen", "10.31.0.2:25",
            "--pop3-listen", "10.31.0.2:110", "--imap-listen", "10.31.0.2:143", "--webmail-listen", "10.31.0.2:443", *tls,
            lines=4)
        self.studio_host.serve(
            program, "mail", "serve", "--data", self.work / "studio", "--domain", "studio.test", "--submission-listen",
            "127.0.0.1:587", "--name-server", "10.11.0.2:53", *tls)
        self.root_host.serve(program, "dns", "--listen", "10.20.0.2:53", "--zone", f".={self.work}/root.zone", lines=1)
        self.registry_host.serve(program, "dns", "--listen", "10.21.0.2:53", "--zone", self.work / "test.zone", lines=1)
        for host, profile in ((self.east_host, "changing.csv"), (self.west_host, "steady.csv")):
            host.serve(program, "edge", "--origin", "http://10.30.0.2", "--listen", "127.0.0.1:8081", "--admin",
                       f"{host.address}:9081", lines=2)
            host.serve(program, "link", "--listen", f"{host.address}:80", "--upstream", "127.0.0.1:8081", "--profile",
                       self.work / profile)
        self.names_host.serve(
            program, "dns", "--listen", "10.22.0.2:53", "--zone", self.work / "cdn.test.zone", "--routing",
            self.work / "routing.yaml", "--admin", "10.22.0.2:9053", lines=2)
        self.resolver_host.serve(
            program, "resolver", "--listen", "10.11.0.2:53", "--root-hints", self.work / "root.hints", "--allow", "10.0.0.0/8",
            "--client-subnet", "cdn.test")
        self.dhcp_host.serve(
            program, "dhcp", "serve", "--interface", "eth0", "--config", self.work / "dhcp.yaml", "--data",
            self.work / "leases")
        self.network.router.serve(
            program, "dhcp", "relay", "--client-interface", "home", "--server", "10.10.0.2", "--option-82", "insert")
        versions = sorted(path.name for path in (self.library / "media/film").glob("*/v*"))
        self.story.verify(f"the library holds the film in {len(versions)} versions of its picture: {', '.join(versions)}",
                          len(versions) == 3, versions)

    def certify(self):
        """A certificate that vouches for itself, for the hosts that need one."""
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
            "/CN=cdn.test", "-addext", "subjectAltName=DNS:ftp.cdn.test,DNS:mail.cdn.test,DNS:localhost", "-keyout",
            self.work / "server.key", "-out", self.work / "server.pem")

    def messages(self, *protocols, where=None):
        """What went over the links since the step began."""
        found = self.captures.messages(self.addresses, self.story.steps[-1]["from"])
        return [m for m in found if (not protocols or m.protocol in protocols) and (where is None or where(m))]

    def heard(self, what, *protocols, where):
        """Waits until a message is in the captures, which may lag behind a little."""
        return until(what, lambda: self.messages(*protocols, where=where), 20)

    # Addresses.

    def address(self):
        self.story.step(
            "A viewer without an address gets one: broadcast, and a relay agent",
            "Who has no address can only call to everybody on its own link. The server is on another one: a relay agent "
            "hears the broadcast and carries it there by unicast, saying where it came from (giaddr, option 82).")
        self.viewers_client, lease = self.join(self.viewer)
        self.story.show("\n".join(f"{key}: {value}" for key, value in lease.items() if key != "options"))
        self.viewer.address = lease["address"]
        self.addresses[self.viewer.address] = "viewer"
        self.heard("the ACK", "DHCP", where=lambda m: m.facts["kind"] == "ACK" and m.target == "viewer")
        said = self.messages("DHCP")
        self.story.tell(said)
        verify = self.story.verify
        verify(f"the viewer has {self.viewer.address}, from the pool of its own link", self.viewer.address.startswith(HOME))
        discovers = [m for m in said if m.facts["kind"] == "DISCOVER"]
        verify("it asked by a broadcast, from the address 0.0.0.0",
               any(m.facts["broadcast"] and m.facts["packet"].source == "0.0.0.0" for m in discovers))
        relayed = [m for m in discovers if m.source == "router"]
        verify("the relay agent carried the call to the server by unicast, with giaddr, a hop more, and option 82",
               relayed and all(m.target == "dhcp" and m.facts["giaddr"] == HOME + "1" and m.facts["hops"] == 1
                               and 82 in m.facts["options"] for m in relayed), relayed)
        offers = [m for m in said if m.facts["kind"] in ("OFFER", "ACK") and m.source == "router"]
        verify("answers reached the viewer by unicast before it had the address, without option 82",
               offers and all(not m.facts["broadcast"] and 82 not in m.facts["options"] for m in offers), offers)
        asked = self.viewer.run("cat", "/etc/resolv.conf")
        verify("it knows its resolver and the way out", "nameserver 10.11.0.2" in asked
               and "default via 10.1.0.1" in self.viewer.run("ip", "route"), asked)
        other = self.join(self.neighbour)[1]["address"]
        self.neighbour.address = other
        self.addresses[other] = "neighbour"
        verify(f"its neighbour got another one, {other}", other.startswith(HOME) and other != self.viewer.address)

    def join(self, host):
        """The lease that a host gets from its client, which goes on to keep it."""
        resolv = self.work / f"{host.name}.given"
        client = host.start(
            self.headwater, "dhcp", "client", "eth0", "--apply", "--resolv-conf", resolv, "--hostname", host.name,
            "--release", "--json", stdout=subprocess.PIPE, stderr=open(self.work / f"{host.name}.dhcp.log", "w"))
        said = ""
        for line in client.stdout:
            said += line
            with contextlib.suppress(json.JSONDecodeError):
                lease = json.loads(said)
                # What reads /etc/resolv.conf has it open: the file is written, not replaced.
                host.resolv.write_text(resolv.read_text())
                return client, lease
        raise Failure(f"{host.name} got no address")

    # Names.

    def name(self):
        self.story.step(
            "A name becomes an address: recursive for the viewer, iterative for the resolver",
            "The viewer asks one server, which answers for good: a recursive query. That server asks the root, which only "
            "knows who is responsible for test., which only knows who is responsible for cdn.test.: iterative queries, one "
            "after another. The database is distributed: nobody knows all of it. UDP, one datagram each way: no state.")
        found = self.viewer.run("getent", "ahostsv4", "video.cdn.test").split()[0]
        self.heard("the answer", "DNS", where=lambda m: m.facts["response"] and m.target == "viewer")
        said = self.messages("DNS", where=lambda m: "video" in m.facts["name"] or m.source in ("root", "registry")
                             or m.target in ("root", "registry"))
        self.story.tell([m for m in said if m.facts["type"] != "AAAA"])
        asked = [m.target for m in said if m.source == "resolver" and not m.facts["response"]]
        order = [asked.index(host) for host in ("root", "registry", "names") if host in asked]
        verify = self.story.verify
        verify("the resolver asked the root, then the server of test., then that of cdn.test.",
               len(order) == 3 and order == sorted(order), asked)
        verify("the viewer asked with the wish for recursion, the resolver without",
               all(m.facts["recursion"] == (m.target == "resolver") for m in said if not m.facts["response"]), said)
        verify("the root learnt no more than test. (RFC 9156)",
               all(m.facts["name"].count(".") <= 1 for m in said if m.target == "root"),
               [m.text for m in said if m.target == "root"])
        verify(f"the viewer knows {found}, the edge near its home", found == "10.40.0.2", found)
        since = time.time()
        again = self.neighbour.run("getent", "ahostsv4", "video.cdn.test").split()[0]
        asked = [m for m in self.captures.messages(self.addresses, since) if m.protocol == "DNS" and m.source == "resolver"
                 and m.target in ("root", "registry")]
        verify("its neighbour's question went no further than needed: neither the root nor test. was asked again",
               again == "10.40.0.2" and not asked, (again, asked))
        self.story.show(self.resolver_host.run(
            self.headwater, "resolve", "video.cdn.test", "--trace", "--root-hints", self.work / "root.hints"))

    def route(self):
        self.story.step(
            "The zone answers each viewer with an edge of its own",
            "The answer depends on the subnet of who asks (EDNS client subnet), on the edges' health, and on their load: "
            "checks are pulled by the name server, second by second. The server keeps no state of any viewer.")
        for client, edge in ((self.viewer.address, "10.40.0.2"), ("10.9.8.7", "10.50.0.2")):
            self.story.show(self.names_host.run(
                self.headwater, "route", "explain", "--client", client, "video.cdn.test", "--admin", "http://10.22.0.2:9053"))
            result = json.loads(self.studio_host.run(
                self.headwater, "resolve", "video.cdn.test", "--server", "10.22.0.2", "--subnet", f"{client}/24", "--json"))
            addresses = [record["data"] for record in result["answers"] if record["type"] == "A"]
            self.story.verify(f"a client in {client}/24 is sent to {edge}", addresses == [edge], result)
        self.story.tell([m for m in self.messages("DNS") if m.source == "studio" or m.target == "studio"])

    # Media.

    def drop(self):
        self.story.step(
            "A film is dropped by FTP, under TLS",
            "Commands go over one connection, the file over another: control is out of band. The upload is pushed; it "
            "becomes a job of the queue at the moment in which it is whole, and never before.")
        said = self.studio_host.run(
            self.headwater, "ftp", "put", ROOT / "media/samples/bigbuckbunny.mp4", "ftp://anna%40cdn.test@ftp.cdn.test/",
            "--tls", "--ca", self.work / "server.pem", "--password-stdin", input=PASSWORD + "\n")
        if said.strip():
            self.story.show(said)
        packets = [p for p in self.captures.packets() if p.time >= self.story.steps[-1]["from"] and p.protocol == 6
                   and {p.source, p.target} == {"10.60.0.2", "10.30.0.2"}]
        connections = {p.target_port for p in packets if p.flags & 18 == 2 and p.source == "10.60.0.2"}
        self.story.tell(self.messages("FTP", "TLS"))
        self.story.verify("two connections were opened: to port 21, and to another for the file",
                          21 in connections and len(connections) == 2, connections)
        self.story.verify("neither the password nor the name of the account went over the wire readable",
                          not any(PASSWORD.encode() in p.payload or b"anna" in p.payload for p in packets))
        jobs = json.loads(self.origin_host.run("curl", "-sS", "http://10.30.0.2:9021/jobs"))
        self.story.verify("it is job 1 of the ingest queue", [job["id"] for job in jobs] == [1], jobs)

    def watch(self):
        self.story.step(
            "Two viewers watch through the near edge, which dies",
            "Segment after segment is pulled over HTTP, each in the version that the link allows: in-band, and without a "
            "word to the server about the session. The edge fetches each segment once for both. When it dies, the name "
            "server's checks notice, its next answer names the other edge, and the viewers' next questions get it: nothing "
            "but a short time to live was agreed.")
        watchers = {}
        for host in (self.viewer, self.neighbour):
            trace = self.work / f"{host.name}.jsonl"
            # Less is buffered than is left to play when the edge dies.
            watchers[host.name] = host.start(
                self.headwater, "play", MANIFEST, "--rule", "bola-u", "--duration", "40s", "--max-buffer", "8s", "--trace",
                trace, "--json", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        segment = re.compile(r"/v\d+/\d+\.m4s$")
        until("the viewers' first segments", lambda: len([
            m for m in self.messages("HTTP") if m.source in watchers and segment.search(m.facts.get("path", ""))]) >= 24, 60)
        before = self.messages("HTTP")
        self.east_host.kill()
        died = time.time()
        self.east_host.run("ip", "link", "set", "dev", "eth0", "up")
        results = {}
        for name, watcher in watchers.items():
            output, complaint = watcher.communicate(timeout=120)
            if watcher.returncode != 0:
                raise Failure(f"{name}'s player ended with {watcher.returncode}: {complaint[-1500:]}")
            results[name] = json.loads(output)
        said = self.messages("HTTP", "DNS", "TCP")
        health = lambda m: m.source == "names" or m.target == "names" and m.protocol != "DNS"  # noqa: E731
        told = [m for m in said if not health(m) and m.facts.get("type") != "AAAA"]
        moved = [m.time for m in said if m.time > died and m.source == "viewer" and m.target == "west"]
        self.story.tell([m for m in told if m.time < told[0].time + 2], "At the beginning:")
        self.story.tell([m for m in told if died - 1 < m.time < (moved[0] if moved else died) + 1],
                        f"When the near edge died, at {died - self.story.start:.2f} s:")
        verify = self.story.verify
        paths = [m.facts["path"] for m in before if m.source == "east" and m.target == "origin" and "path" in m.facts]
        media = [path for path in paths if segment.search(path)]
        verify(f"the edge fetched {len(media)} segments, each once, though two watched", media and len(media) == len(set(media)),
               media)
        watched = [m for m in before if m.source == "viewer" and segment.search(m.facts.get("path", ""))]
        versions = {re.search(r"/(v\d+)/", m.facts["path"])[1] for m in watched}
        verify(f"the link changed, and so did the version: {', '.join(sorted(versions))}", len(versions) >= 2, versions)
        verify(f"the viewer asked the other edge {moved[0] - died if moved else 0:.1f} s after the near one had died", moved)
        asked = [m for m in said if m.time > died and m.protocol == "DNS" and m.facts["response"]
                 and m.source == "names" and m.facts["name"] == "video.cdn.test." and m.facts["sections"][0]]
        verify("the name server had answered with it", asked and any(
            record[3] == "10.50.0.2" for record in asked[-1].facts["sections"][0]), asked[-3:])
        for name, result in results.items():
            summary = result["summary"] if "summary" in result else result
            verify(f"{name} saw all of it: {summary['played']:.1f} s played, {summary['stallCount']} stalls of "
                   f"{summary['stallDuration']:.1f} s", summary["outcome"] == "completed" and summary["played"] >= 39.5, summary)

    # Mail.

    def mail(self):
        self.story.step(
            "The mail about the dropped film arrives, and is read in three ways",
            "Mail is pushed from server to server (SMTP) and into the mailbox, where it waits: it is pulled from there when "
            "its reader likes. POP3 takes it away, IMAP leaves it and keeps what was read, a browser gets pages: HTTP has no "
            "state, so a cookie names the session.")
        # From outside: its writer's server queues it, and asks the name system for the host that takes mail for cdn.test.
        self.studio_host.run(
            self.headwater, "mail", "send", "--server", "localhost:587", "--from", WRITER, "--to", USER, "--subject",
            "The film is on its way", "--text", "Look at it when it is ready.", "--user", WRITER, "--password-stdin", "--ca",
            self.work / "server.pem", input=PASSWORD + "\n")
        arguments = ["--password-stdin", "--ca", self.work / "server.pem", "--wait", "60s", "--search", "bigbuckbunny.mp4 is",
                     "--message", "latest", "--json"]
        user = USER.replace("@", "%40")
        subject = "bigbuckbunny.mp4 is ready"
        for scheme in ("pop3", "imap"):
            said = json.loads(self.viewer.run(
                self.headwater, "mail", "read", f"{scheme}://{user}@mail.cdn.test", *arguments, input=PASSWORD + "\n",
                timeout=90))
            text = json.dumps(said)
            self.story.verify(f"{scheme.upper()} brings the message with the ladder, the link and the thumbnail",
                              subject in text and "v144" in text and "manifests/bigbuckbunny.mpd" in text
                              and "image/jpeg" in text, said)
        page = json.loads(self.viewer.run(
            "python3", HERE / "browse.py", "https://mail.cdn.test/", self.work / "server.pem", USER, subject,
            input=PASSWORD + "\n"))
        self.story.verify("the webmail shows it in a browser, with the thumbnail in it",
                          page["subjects"] == 1 and "v144" in page.get("text", "") and any(p["jpeg"] for p in page["pictures"]),
                          page)
        self.story.tell([m for m in self.messages("SMTP", "POP3", "IMAP", "HTTPS", "DNS") if m.protocol != "DNS" or (
            "studio" in (m.source, m.target) and m.facts["type"] in ("MX", "A"))])
        sent = [m for m in self.messages("SMTP") if m.source == "studio" and m.target == "mail"]
        asked = [m for m in self.messages("DNS") if m.source == "studio" and m.facts["type"] == "MX"]
        self.story.verify("the studio's server asked for the MX record of cdn.test, and pushed its message there by SMTP",
                          sent and asked and asked[0].facts["name"] == "cdn.test.", (sent, asked))
        listed = self.viewer.run(
            self.headwater, "mail", "read", f"imap://{user}@mail.cdn.test", "--password-stdin", "--ca",
            self.work / "server.pem", "--wait", "30s", "--search", "on its way", input=PASSWORD + "\n")
        self.story.verify("it lies in the same mailbox", "The film is on its way" in listed, listed)
        self.story.show(listed)

    def premiere(self):
        self.story.step(
            "The dropped film plays",
            "What was pushed by FTP is now pulled by HTTP, through the edge that is left. Its segments keep their addresses "
            "for ever, so that every cache on the way may keep them; only the manifest is asked for again.")
        result = json.loads(self.viewer.run(
            self.headwater, "play", "http://video.cdn.test/manifests/bigbuckbunny.mpd", "--json", timeout=90))
        summary = result["summary"] if "summary" in result else result
        said = self.messages("HTTP")
        self.story.tell([m for m in said if "viewer" in (m.source, m.target) or "origin" in (m.source, m.target)])
        self.story.verify(f"the viewer saw {summary['played']:.1f} s of it", summary["outcome"] == "completed"
                          and summary["played"] > 5, summary)
        self.story.verify("all of it came from the far edge, and none from the dead one", all(
            m.target == "west" for m in said if m.source == "viewer" and m.protocol == "HTTP"), said)

    def leave(self):
        self.story.step(
            "The viewer leaves, and gives its address back",
            "A lease is soft state: it would have ended by itself. To release it only makes it free sooner.")
        self.viewers_client.send_signal(signal.SIGTERM)
        if self.viewers_client.wait(20) != 0:
            raise Failure("the DHCP client did not end in order")
        released = self.heard("the release", "DHCP", where=lambda m: m.facts["kind"] == "RELEASE" and m.target == "dhcp")
        self.story.tell(self.messages("DHCP"))
        self.story.verify("the server heard the release by unicast", released)
