"""Sequence diagrams of what hosts told each other: as text, and as a page of pictures."""
import html

COLOURS = {"DHCP": "#b4530a", "DNS": "#1d6fb8", "HTTP": "#16803c", "FTP": "#7a3fb8", "SMTP": "#a8326b", "POP3": "#0f7c86",
           "IMAP": "#0f7c86", "TCP": "#c02626"}
EVERYBODY = "everybody"
# Who hears what is called to everybody: a broadcast ends at the router.
HEARERS = ["viewer", "neighbour", "router"]


def folded(messages, most=40):
    """The messages with repetitions as one: (message, how often), and how many are left out at the end."""
    found = []
    for message in messages:
        shape = (message.source, message.target, message.protocol, message.text)
        for position in range(max(0, len(found) - 8), len(found)):
            if found[position][0] == shape:
                found[position] = (shape, found[position][1], found[position][2] + 1)
                break
        else:
            found.append((shape, message, 1))
    rows = [(message, count) for _, message, count in found]
    return rows[:most], sum(count for _, count in rows[most:])


def text(messages, indent="      ", most=24):
    """One line a message."""
    rows, left = folded(messages, most)
    lines = [f"{indent}{m.source:>9} ─{m.protocol:─<5}▶ {m.target:<9}  {m.text}" + (f"  ×{count}" if count > 1 else "")
             for m, count in rows]
    return lines + ([f"{indent}… and {left} more: see the report"] if left else [])


def picture(messages, order, start):
    """An SVG sequence diagram; `order` are the hosts from left to right, `start` is second 0."""
    rows, left = folded(messages)
    present = {host for message, _ in rows for host in (message.source, message.target)}
    if EVERYBODY in present:
        present = present - {EVERYBODY} | set(HEARERS)
    hosts = [host for host in order if host in present] + sorted(present - set(order))
    if not hosts:
        return ""
    gap = max(150, min(300, 1180 // max(1, len(hosts))))
    x = {host: 100 + number * gap for number, host in enumerate(hosts)}
    width, height = 100 + gap * len(hosts), 60 + 34 * len(rows) + (24 if left else 0)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
             f'role="img" aria-label="Sequence diagram">']
    for host in hosts:
        parts.append(f'<line class="life" x1="{x[host]}" y1="34" x2="{x[host]}" y2="{height - 8}"/>'
                     f'<rect class="host" x="{x[host] - 56}" y="6" width="112" height="26" rx="5"/>'
                     f'<text class="name" x="{x[host]}" y="24">{html.escape(host)}</text>')
    for number, (message, count) in enumerate(rows):
        y, colour = 72 + 34 * number, COLOURS.get(message.protocol, "#555")
        parts.append(f'<text class="time" x="4" y="{y}">{message.time - start:.2f}</text>')
        label = html.escape(f"{message.protocol}  {message.text}" + (f"  ×{count}" if count > 1 else ""))
        parts.append(broadcast(x, message.source, y, colour, label, width) if message.target == EVERYBODY
                     else arrow(x[message.source], x[message.target], y, colour, label, width))
    if left:
        parts.append(f'<text class="label" x="100" y="{height - 8}">… and {left} more</text>')
    return "".join(parts) + "</svg>"


def placed(y, colour, label, left, right, width):
    """A message's words above its arrow, kept inside the picture."""
    size = 6.3 * len(html.unescape(label))
    middle = min(max((left + right) / 2, size / 2 + 44), width - size / 2 - 4)
    return f'<text class="label" fill="{colour}" x="{middle:.0f}" y="{y - 6}">{label}</text>'


def arrow(source, target, y, colour, label, width):
    step = 7 if target > source else -7
    if source == target:
        line = f'M{source} {y}h24v8h-24'
    else:
        line = f'M{source} {y}H{target}'
    head = f'M{target} {y}l{-step} -4v8z' if source != target else f'M{target} {y + 8}l7 -4v8z'
    return (f'<path d="{line}" fill="none" stroke="{colour}" stroke-width="1.6"/><path d="{head}" fill="{colour}"/>'
            + placed(y, colour, label, source, target, width))


def broadcast(x, source, y, colour, label, width):
    places = [x[host] for host in HEARERS]
    parts = []
    for place in places:
        if place != x[source]:
            step = 7 if place > x[source] else -7
            parts.append(f'<path d="M{x[source]} {y}H{place}" fill="none" stroke="{colour}" stroke-width="1.6" '
                         f'stroke-dasharray="6 4"/><path d="M{place} {y}l{-step} -4v8z" fill="{colour}"/>')
    return "".join(parts) + placed(y, colour, label, min(places), max(places), width)
