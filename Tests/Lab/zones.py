"""The files that the lab's servers read."""

FILES = {
    "root.hints": ". 3600 NS ns.root.\nns.root. 3600 A 10.20.0.2\n",
    "root.zone": """$ORIGIN .
$TTL 3600
@ SOA ns.root. hostmaster.root. 1 1h 15m 1w 60s
@ NS ns.root.
ns.root. A 10.20.0.2
test. NS ns.test.
ns.test. A 10.21.0.2
""",
    "test.zone": """$ORIGIN test.
$TTL 3600
@ SOA ns hostmaster 1 1h 15m 1w 60s
@ NS ns
ns A 10.21.0.2
cdn NS ns.cdn
ns.cdn A 10.22.0.2
""",
    "cdn.test.zone": """$ORIGIN cdn.test.
$TTL 60
@ SOA ns hostmaster 1 1h 15m 1w 5s
@ NS ns
@ MX 10 mail
ns A 10.22.0.2
mail A 10.31.0.2
ftp A 10.30.0.2
origin A 10.30.0.2
video A 10.40.0.2
video A 10.50.0.2
_routing.video TXT "policy=nearest"
""",
    # Two edges for viewers: by where they are, and by what lives.
    "routing.yaml": """health: {interval: 500ms, timeout: 400ms, rise: 2, fall: 2}
regions: {east: [west], west: [east]}
edges:
  near: {addresses: 10.40.0.2, location: east, check: "http://10.40.0.2/manifests/film.mpd", report: "http://10.40.0.2:9081/metrics"}
  far: {addresses: 10.50.0.2, location: west, check: "http://10.50.0.2/manifests/film.mpd", report: "http://10.50.0.2:9081/metrics"}
clients:
  10.1.0.0/16: east
  10.9.0.0/16: west
policies:
  nearest: {ttl: 2s, answers: 1}
""",
    "dhcp.yaml": """subnets:
  - subnet: 10.1.0.0/24
    relays: 10.1.0.1
    pools: 10.1.0.100-10.1.0.199
    lease-time: 10m
    options:
      routers: 10.1.0.1
      name-servers: 10.11.0.2
      domain-name: home.test
""",
    # 6 Mbit/s at first, then little, then some.
    "changing.csv": "time_s,bandwidth_kbps,latency_ms\n0,6000,10\n6,350,10\n14,1500,10\n600,,\n",
    "steady.csv": "time_s,bandwidth_kbps,latency_ms\n0,3000,40\n600,,\n",
}


def write(folder):
    for name, text in FILES.items():
        (folder / name).write_text(text)
