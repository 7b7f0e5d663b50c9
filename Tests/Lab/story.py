"""The lab's narrative: steps told on the terminal while they happen, and a page with diagrams at the end."""
import html
import json
import sys
import time

import diagram
from network import Failure

STYLE = """
:root { color-scheme: light dark; --ink: #1d2329; --quiet: #5c6670; --paper: #fff; --line: #d5dae0; --good: #16803c; --bad: #c02626 }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e8ec; --quiet: #9aa5b0; --paper: #14181c; --line: #353d45; --good: #4cc076;
  --bad: #ff7b72 } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 1240px; margin: 0 auto;
  padding: 24px 20px 60px }
h1 { margin: 0 0 4px } h2 { margin: 40px 0 4px; border-top: 1px solid var(--line); padding-top: 20px }
p { max-width: 76ch; margin: 6px 0 } .quiet { color: var(--quiet) } ul { margin: 8px 0; padding-left: 0; list-style: none }
li::before { content: "✓ "; color: var(--good); font-weight: 700 } li.bad::before { content: "✗ "; color: var(--bad) }
pre { overflow-x: auto; border: 1px solid var(--line); border-radius: 6px; padding: 10px 14px; font-size: 13px; line-height: 1.4 }
.picture { overflow-x: auto; border: 1px solid var(--line); border-radius: 6px; margin: 12px 0; padding: 8px }
.life { stroke: var(--line); stroke-width: 1.5 } .host { fill: var(--paper); stroke: var(--quiet) }
.name { font: 600 13px system-ui; text-anchor: middle; fill: var(--ink) } .time { font: 11px system-ui; fill: var(--quiet) }
.label { font: 12px system-ui; text-anchor: middle; paint-order: stroke; stroke: var(--paper); stroke-width: 4px } a { color: inherit }
"""


class Story:
    """Steps, each with what it is about, the facts that were checked, and what went over the links."""

    def __init__(self, order):
        self.order, self.steps, self.start = order, [], time.time()
        self.colour = sys.stdout.isatty()

    def paint(self, code, text):
        return f"\033[{code}m{text}\033[0m" if self.colour else text

    def step(self, title, idea):
        """Begins a step: its title, and the idea that it shows."""
        self.steps.append({"title": title, "idea": idea, "facts": [], "shown": [], "told": [], "from": time.time()})
        print(f"\n{self.paint('1', f'{len(self.steps)}. {title}')}")
        for line in folded(idea):
            print(f"   {self.paint('2', line)}")
        sys.stdout.flush()

    def show(self, text):
        """What a command printed."""
        self.steps[-1]["shown"].append(text.rstrip())
        for line in text.rstrip().splitlines():
            print(f"      {line}")
        sys.stdout.flush()

    def verify(self, fact, condition, found=None):
        """A fact that must hold, or the lab fails."""
        self.steps[-1]["facts"].append((fact, bool(condition)))
        mark = self.paint("32", "✓") if condition else self.paint("31", "✗")
        print(f"   {mark} {fact}" + ("" if condition else f": found {found!r}"), flush=True)
        if not condition:
            raise Failure(f"{fact}: found {found!r}")

    def tell(self, messages, when=""):
        """What went over the links, or a part of it: when that was."""
        self.steps[-1]["told"].append((when, messages))
        if when:
            print(f"      {self.paint('36', when)}")
        for line in diagram.text(messages):
            print(self.paint("36", line))
        sys.stdout.flush()

    def write(self, folder, picture, failure=None):
        """The page, and the same as JSON."""
        parts = ['<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
                 f"<title>The lab: a whole network</title><style>{STYLE}</style><h1>The lab: a whole network</h1>"
                 '<p class="quiet">Every arrow below is a packet that was captured on the way, and every fact was checked. '
                 'The packets are in <a href="captures/">captures/</a>, one file for each link.</p>'
                 f"<pre>{html.escape(picture)}</pre>"]
        if failure:
            parts.append(f'<p style="color:var(--bad)"><b>The lab failed:</b> {html.escape(str(failure))}</p>')
        for number, step in enumerate(self.steps, 1):
            parts.append(f"<h2>{number}. {html.escape(step['title'])}</h2><p>{html.escape(step['idea'])}</p><ul>")
            parts += [f"<li{'' if good else ' class=bad'}>{html.escape(fact)}</li>" for fact, good in step["facts"]]
            parts.append("</ul>")
            parts += [f"<pre>{html.escape(shown)}</pre>" for shown in step["shown"]]
            for when, messages in step["told"]:
                drawn = diagram.picture(messages, self.order, self.start)
                parts.append(f'{f"<p>{html.escape(when)}</p>" if when else ""}<div class="picture">{drawn}</div>')
        (folder / "index.html").write_text("".join(parts) + "</html>\n")
        (folder / "sequence.txt").write_text("\n".join(
            line for number, step in enumerate(self.steps, 1)
            for line in [f"{number}. {step['title']}", *(line for when, messages in step["told"] for line in [
                *([f"      {when}"] if when else []), *diagram.text(messages, most=10_000)]), ""]))
        (folder / "lab.json").write_text(json.dumps(
            {"passed": failure is None, "steps": [
                {"title": step["title"], "facts": [{"fact": fact, "holds": good} for fact, good in step["facts"]],
                 "messages": [{"time": round(m.time - self.start, 6), "from": m.source, "to": m.target,
                               "protocol": m.protocol, "text": m.text} for _, messages in step["told"] for m in messages]}
                for step in self.steps]}, indent=1) + "\n")


def folded(text, width=100):
    lines, line = [], ""
    for word in text.split():
        if line and len(line) + len(word) >= width:
            lines.append(line)
            line = ""
        line += (" " if line else "") + word
    return lines + [line]
