#!/usr/bin/python3
"""webmail.py EXECUTABLE: reads and writes mail in Chromium, which runs no scripts, through what Headwater serves. A host that
nobody should talk to notes who does: a message that tries everything must not reach it before its pictures are asked for.
Prints one line a check and a closing line; exits with 1 when a check failed."""
import base64
import http.server
import json
import os
import smtplib
import subprocess
import sys
import tempfile
import threading
import time
import zlib

executable = os.path.realpath(sys.argv[1])
work = tempfile.TemporaryDirectory(prefix="headwater-webmail.")
passed = failed = 0


def check(name, condition, detail=""):
    global passed, failed
    print(("ok - " if condition else "not ok - ") + name + ("" if condition else f" ({detail})"), flush=True)
    passed, failed = passed + bool(condition), failed + (not condition)


class Trap(http.server.BaseHTTPRequestHandler):
    """Another host, as far as a browser can tell."""
    seen = []

    def do_GET(self):
        Trap.seen.append(self.path)
        self.send_response(404)
        self.end_headers()

    do_POST = do_GET

    def log_message(self, *_):
        pass


class Browser:
    """Chromium over DevTools' protocol, through pipes."""

    def __init__(self):
        commands, self.out = os.pipe()
        self.input, events = os.pipe()
        for fd in (commands, events):
            os.set_inheritable(fd, True)
        launch = f"exec 3<&{commands} 4>&{events}; exec \"$@\""
        self.process = subprocess.Popen(
            ["bash", "-c", launch, "bash", "chromium", "--headless", "--no-sandbox", "--disable-gpu",
             "--disable-dev-shm-usage", "--remote-debugging-pipe", f"--user-data-dir={work.name}/browser", "about:blank"],
            pass_fds=(commands, events), stderr=subprocess.DEVNULL)
        os.close(commands)
        os.close(events)
        self.number, self.buffer, self.events = 0, b"", []
        # What the console says of pages and their frames.
        self.complaints = []
        target = [t for t in self.call("Target.getTargets")["targetInfos"] if t["type"] == "page"][0]
        self.session = self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)["sessionId"]
        self.page("Page.enable")
        self.page("Log.enable")
        self.page("Network.enable")
        self.page("Emulation.setScriptExecutionDisabled", value=True)
        # A frame with a sandbox is a target of its own.
        self.page("Target.setAutoAttach", autoAttach=True, waitForDebuggerOnStart=True, flatten=True)

    def receive(self):
        while b"\0" not in self.buffer:
            piece = os.read(self.input, 1 << 20)
            if not piece:
                sys.exit("Chromium ended")
            self.buffer += piece
        message, self.buffer = self.buffer.split(b"\0", 1)
        message = json.loads(message)
        if message.get("method") == "Target.attachedToTarget" and "session" in self.__dict__:
            frame = message["params"]["sessionId"]
            self.send("Network.enable", frame)
            self.send("Log.enable", frame)
            self.send("Runtime.runIfWaitingForDebugger", frame)
        if message.get("method") == "Log.entryAdded":
            self.complaints.append(message["params"]["entry"])
        self.events.append(message)
        return message

    def send(self, method, session=None, **parameters):
        self.number += 1
        command = {"id": self.number, "method": method, "params": parameters}
        if session:
            command["sessionId"] = session
        os.write(self.out, json.dumps(command).encode() + b"\0")
        return self.number

    def call(self, method, session=None, **parameters):
        number = self.send(method, session, **parameters)
        while True:
            message = self.receive()
            if message.get("id") == number:
                return message.get("result", {})

    def page(self, method, **parameters):
        return self.call(method, self.session, **parameters)

    def value(self, expression):
        return self.page("Runtime.evaluate", expression=expression, returnByValue=True).get("result", {}).get("value")

    def loaded(self, count=1):
        """Waits until so many pages have come with all that is in them."""
        while sum(e.get("method") == "Page.loadEventFired" for e in self.events) < count:
            self.receive()

    def go(self, path):
        self.events.clear()
        self.page("Page.navigate", url=url + path)
        self.loaded()

    def click(self, selector):
        self.events.clear()
        self.value(f"document.querySelector({json.dumps(selector)}).click()")
        self.loaded()

    def fill(self, values):
        for name, value in values.items():
            self.value(f"document.querySelector('[name={name}]').value = {json.dumps(value)}")

    def text(self, selector):
        return self.value(f"(document.querySelector({json.dumps(selector)}) || {{}}).textContent") or ""

    def choose(self, selector, path):
        """Puts a file into a field for files."""
        root = self.page("DOM.getDocument")["root"]["nodeId"]
        node = self.page("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self.page("DOM.setFileInputFiles", nodeId=node, files=[path])

    def click_in_frame(self, selector):
        """Clicks within the frame that was attached last, once it is there."""
        find = f"document.querySelector({json.dumps(selector)})"
        for _ in range(100):
            frames = [e["params"]["sessionId"] for e in self.events if e.get("method") == "Target.attachedToTarget"
                      and e["params"]["targetInfo"]["type"] == "iframe"]
            if frames and self.call("Runtime.evaluate", frames[-1], expression=f"{find} != null", returnByValue=True).get(
                    "result", {}).get("value"):
                break
            time.sleep(0.1)
            self.value("1")
        self.call("Runtime.evaluate", frames[-1], expression=find + ".click()", userGesture=True)

    def opened(self, path):
        """The address of a window that was opened there and shows a page with a form; None when none comes."""
        for _ in range(100):
            targets = self.call("Target.getTargets")["targetInfos"]
            urls = [t["url"] for t in targets if t["type"] == "page" and path in t["url"]]
            if urls and not any("refresh" in u for u in urls):
                return urls[0]
            time.sleep(0.1)
        return None

    def elsewhere(self, address, expression):
        """Evaluates in another window, once the page is there that it is on the way to, and closes the window."""
        for _ in range(600):
            targets = self.call("Target.getTargets")["targetInfos"]
            for target in (t["targetId"] for t in targets if t["type"] == "page" and t["url"] == address):
                session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
                value = self.call("Runtime.evaluate", session, expression=expression, returnByValue=True)
                value = value.get("result", {}).get("value")
                if value and "comes at once" not in value:
                    self.call("Target.closeTarget", targetId=target)
                    return value
                self.call("Target.detachFromTarget", sessionId=session)
            time.sleep(0.1)
        return None

    def responses(self):
        return [e["params"]["response"] for e in self.events if e.get("method") == "Network.responseReceived"]


def picture():
    def chunk(kind, data):
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")
    rows = b"".join(b"\0" + b"\xc8\x78\x3c" * 8 for _ in range(8))
    head = (8).to_bytes(4, "big") * 2 + b"\x08\x02\0\0\0"
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def message(trap):
    """What tries to reach the trap by whatever a browser may do of itself."""
    page = f"""<html><head><base href="{trap}/base/"><meta http-equiv="refresh" content="0;url={trap}/refresh">
        <link rel="stylesheet" href="{trap}/link"><style>@import "{trap}/import"; p {{ background: url({trap}/style) }}
        @font-face {{ font-family: x; src: url({trap}/font) }}</style></head>
        <body background="{trap}/body" onload="fetch('{trap}/onload')"><p style="font-family: x">Dear reader</p>
        <script>fetch('{trap}/script'); top.location = '{trap}/top'</script><img src="{trap}/image">
        <img src="x" onerror="fetch('{trap}/onerror')"><img srcset="{trap}/srcset 1x"><svg><image href="{trap}/svg"/></svg>
        <iframe src="{trap}/iframe"></iframe><object data="{trap}/object"></object><embed src="{trap}/embed">
        <video src="{trap}/video" poster="{trap}/poster" autoplay></video><audio src="{trap}/audio" autoplay></audio>
        <input type="image" src="{trap}/input"><form action="{trap}/form"><button autofocus onfocus="click()">x</button></form>
        <table background="{trap}/table"><td style="background:url('{trap}/cell')">cell</td></table>
        <p style="background-image:\\75 rl({trap}/escape)">words</p><img src="cid:own@x" width="80" height="80"></body>"""
    lines = [
        "From: Mallory <m@example.net>", "To: anna@example.org", "Subject: Look at this", "MIME-Version: 1.0",
        "Content-Type: multipart/related; boundary=b", "", "--b", "Content-Type: text/html; charset=utf-8",
        "Content-Transfer-Encoding: base64", "", base64.encodebytes(page.encode()).decode().strip(), "--b",
        "Content-Type: image/png", "Content-ID: <own@x>", "Content-Transfer-Encoding: base64", "",
        base64.encodebytes(picture()).decode().strip(), "--b--", ""]
    return "\r\n".join("\n".join(lines).split("\n"))


listed = """From: Bob <bob@example.net>\r
To: list@example.net\r
Subject: To the list\r
Content-Type: text/html; charset=utf-8\r
\r
<p><a href="#end">Contents</a> <a href="mailto:eve@example.net?subject=Hi&amp;bcc=m@example.net">Eve</a></p><p id="end">End</p>\r
"""
trap_server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Trap)
threading.Thread(target=trap_server.serve_forever, daemon=True).start()
trap = f"http://127.0.0.1:{trap_server.server_port}"
data = work.name + "/data"
subprocess.run([executable, "account", "add", "anna@example.org", "--data", data, "--password-stdin"],
               input=b"secret\n", check=True, stdout=subprocess.DEVNULL)
server = subprocess.Popen(
    [executable, "mail", "serve", "--data", data, "--domain", "example.org", "--smtp-listen", "127.0.0.1:0",
     "--webmail-listen", "127.0.0.1:0", "--allow-plaintext-on-loopback", "--log-level", "error"],
    stdout=subprocess.PIPE, text=True)
smtp, url = [server.stdout.readline().split()[-1] for _ in range(2)]
browser = None
try:
    with smtplib.SMTP("127.0.0.1", int(smtp.rsplit(":", 1)[1])) as client:
        client.sendmail("m@example.net", ["anna@example.org"], message(trap))
    browser = Browser()
    browser.go("/mail")
    check("who has not logged in gets the door", browser.value("location.pathname") == "/login")
    browser.value("document.querySelector('[name=user]').value = 'anna@example.org'")
    browser.value("document.querySelector('[name=password]').value = 'secret'")
    browser.click(".card button")
    check("logs in by a form", browser.value("document.querySelector('h1').textContent").strip() == "Inbox")
    for _ in range(600):
        if browser.value("document.querySelectorAll('a.row').length"):
            break
        time.sleep(0.1)
        browser.go("/mail")
    check("lists the message as unread", browser.value("document.querySelectorAll('li.unread').length") == 1)
    browser.click("button.star")
    check("flags it", browser.value("document.querySelectorAll('.star.on').length") == 1)
    browser.click("a.row")
    check("opens it", browser.value("document.querySelector('article h1').textContent") == "Look at this")
    frames = [r for r in browser.responses() if "/body?" in r["url"]]
    check("shows it in a frame", [f["status"] for f in frames] == [200], frames)
    own = [r for r in browser.responses() if "/picture?" in r["url"]]
    check("shows the picture in it", [(r["status"], r["mimeType"]) for r in own] == [(200, "image/png")], own)
    others = [r["url"] for r in browser.responses() if not r["url"].startswith(url) and not r["url"].startswith("data:")]
    check("asks nobody else for anything", not others and not Trap.seen, others + Trap.seen)
    check("says what is not shown", "not shown" in browser.value("document.querySelector('.notice').textContent"))
    browser.click(".notice a")
    while "/image" not in Trap.seen and not any(
            e.get("method") == "Network.loadingFailed" for e in browser.events):
        browser.receive()
    check("fetches pictures when asked, and only them", set(Trap.seen) <= {"/image", "/table", "/body"} and Trap.seen,
          Trap.seen)
    with smtplib.SMTP("127.0.0.1", int(smtp.rsplit(":", 1)[1])) as client:
        client.sendmail("bob@example.net", ["anna@example.org"], listed)
    for _ in range(600):
        browser.go("/mail")
        if "To the list" in browser.text("a.row .subject"):
            break
        time.sleep(0.1)
    browser.click("a.row")
    browser.click_in_frame("a[href^='#']")
    browser.click_in_frame("a[href^='/compose']")
    address = browser.opened("/compose?to=eve%40example.net")
    check("an address in a message opens a new message, in the same session", address == url +
          "/compose?to=eve%40example.net&subject=Hi", address)
    pages = [t["url"] for t in browser.call("Target.getTargets")["targetInfos"] if t["type"] == "page"]
    check("a place in a message opens nothing", len(pages) == 2, pages)
    heading = browser.elsewhere(address, "document.querySelector('h1').textContent + document.querySelector('#to').value")
    check("it shows the form, not the door", heading == "New messageeve@example.net", heading)
    browser.click("a[href$='do=reply-all']")
    check("an answer to all goes to the list, too", [browser.value(f"document.querySelector('#{n}').value") for n in
          ("to", "cc")] == ["Bob <bob@example.net>", "list@example.net"])

    browser.go("/compose?to=anna@example.org&subject=Twice")
    browser.fill({"text": "to myself"})
    browser.events.clear()
    browser.value("(b => { b.click(); b.click() })(document.querySelector('button[value=send]'))")
    browser.loaded()
    check("two clicks lead to one notice", browser.text(".notice") == "Sent.", browser.text(".notice"))
    browser.go("/mail?folder=Sent")
    sent = browser.value("document.querySelectorAll('a.row').length")
    check("two clicks send once", sent == 1, sent)

    browser.go("/compose?to=anna@example.org&subject=Later")
    browser.fill({"text": "an hour's <work>"})
    browser.page("Network.deleteCookies", name="headwater", url=url)
    browser.click("button[value=send]")
    check("when the session is over the text is still there",
          browser.value("document.querySelector('textarea').value") == "an hour's <work>")
    browser.fill({"password": "secret"})
    browser.click("button[value=reopen]")
    check("it goes on after logging in, and nothing was sent",
          browser.value("document.querySelector('textarea').value") == "an hour's <work>"
          and "Nothing was sent yet" in browser.text(".notice"))
    browser.click("button[value=send]")
    browser.go("/mail?folder=Sent")
    sent = browser.value("document.querySelectorAll('a.row').length")
    check("then it is sent", sent == 2, sent)

    with open(work.name + "/large.bin", "wb") as file:
        file.truncate(40_000_000)
    browser.go("/compose?to=anna@example.org&subject=Large")
    browser.fill({"text": "with a film"})
    browser.choose("input[type=file]", work.name + "/large.bin")
    browser.click("button[value=send]")
    check("a file that is too large takes no text with it",
          browser.value("document.querySelector('textarea').value") == "with a film\n"
          and "what was more is left out" in browser.text(".notice"), browser.text(".notice"))
    browser.click("button[value=discard]")
    browser.go("/compose?to=anna@example.org&subject=Back")
    browser.value("document.querySelector('textarea').value = 'to myself'")
    browser.click("button[value=draft]")
    check("saves a draft", browser.value("document.querySelector('.notice').textContent") == "Saved as a draft.")
    browser.click("button[value=send]")
    check("sends it", browser.value("document.querySelector('.notice').textContent") == "Sent.")
    wide = []
    for path in ["/mail", "/mail?folder=Sent", "/message?folder=INBOX&uid=1", "/compose", "/folders"]:
        browser.page("Emulation.setDeviceMetricsOverride", width=360, height=740, deviceScaleFactor=2, mobile=True)
        browser.go(path)
        if browser.value("document.documentElement.scrollWidth") > 360:
            wide.append(path)
    check("fits a phone", not wide, wide)
    # That a session is over is said with a status of its own.
    complaints = [c for c in browser.complaints if not c.get("url", "").startswith(trap)
                  and not (c["source"] == "network" and c.get("url") == url + "/compose" and " 403 " in c["text"])]
    check("breaks no policy of its own", not complaints, complaints)
    browser.click(".who button")
    browser.go("/mail")
    check("logs out", browser.value("location.pathname") == "/login")
finally:
    if browser:
        browser.process.terminate()
        browser.process.wait()
    server.terminate()
    status = server.wait()
check("stops in order", status == 0, status)
print(f"{passed} passed, {failed} failed")
sys.exit(failed > 0)
