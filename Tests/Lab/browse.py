"""browse.py URL CA USER SUBJECT: logs in to the webmail, as a browser without scripts would, opens the newest message with
that subject and follows what its page shows. The password comes from standard input; prints what it found as JSON."""
import html
import http.cookiejar
import json
import re
import ssl
import sys
import urllib.parse
import urllib.request

url, authority, user, subject = sys.argv[1:]
password = sys.stdin.readline().rstrip("\n")
browser = urllib.request.build_opener(
    urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()),
    urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=authority)), urllib.request.ProxyHandler({}))


def get(path):
    with browser.open(urllib.parse.urljoin(url, path), timeout=60) as answer:
        return answer.headers, answer.read()


def links(page, start):
    return [html.unescape(link) for link in re.findall(r'(?:href|src)="([^"]*)"', page) if start in html.unescape(link)]


door = get("/login")[1].decode()
form = {"proof": re.search(r'name="proof" value="([^"]*)"', door)[1], "user": user, "password": password}
request = urllib.request.Request(urllib.parse.urljoin(url, "/login"), urllib.parse.urlencode(form).encode(),
                                 {"Origin": url.rstrip("/")})
with browser.open(request, timeout=60) as answer:
    listed = answer.read().decode()
rows = re.findall(r'<a class="row[^"]*" href="([^"]*)".*?</a>', listed, re.S)
found = {"subjects": 0, "pictures": []}
for row in rows:
    headers, page = get(html.unescape(row))
    page = page.decode()
    if f">{html.escape(subject)}<" not in page and subject not in page:
        continue
    found["subjects"] += 1
    found["policy"] = headers.get("Content-Security-Policy", "")
    for frame in links(page, "/body?"):
        body = get(frame)[1].decode()
        found["text"] = re.sub(r"\s+", " ", re.sub(r"<style.*?</style>|<[^>]*>", " ", body, flags=re.S)).strip()
        for picture in links(body, "/picture?"):
            headers, octets = get(picture)
            found["pictures"].append({"type": headers.get_content_type(), "octets": len(octets),
                                      "jpeg": octets[:2] == b"\xff\xd8" and octets[-2:] == b"\xff\xd9"})
    break
print(json.dumps(found))
