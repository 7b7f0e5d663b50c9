#!/usr/bin/env python3
"""A rate-determination rule for Headwater in another language: --rule exec:Documentation/examples/buffer_rule.py

Below 5 s of buffer it plays the lowest version; above, the highest that four fifths of the harmonic mean of the last five
throughputs carry. A transfer that the buffer will not outlast is given up for the lowest version.
"""
import json
import sys


def answers():
    session = {}
    throughputs = []
    for line in sys.stdin:
        message = json.loads(line)
        if message["type"] == "session":
            session = message
            yield {"abandons": True}
        elif message["type"] == "decision":
            throughputs += [t["bits"] / t["duration"] for t in message["transfers"] if "bits" in t]
            throughputs = throughputs[-5:]
            index = 0
            if throughputs and message["buffer"] >= 5:
                mean = len(throughputs) / sum(1 / t for t in throughputs)
                index = max([i for i, rate in enumerate(session["bitRates"]) if rate <= 0.8 * mean], default=0)
                yield {"index": index, "throughput": mean}
            else:
                yield {"index": index}
        elif message["type"] == "progress":
            time = message["elapsed"] - message["latency"]
            rate = message["received"] / time if time > 0 else 0
            late = message["elapsed"] > 1 and (message["size"] - message["received"]) > rate * message["buffer"]
            yield {"abandonFor": 0} if late and message["index"] > 0 else {}


for answer in answers():
    print(json.dumps(answer), flush=True)
