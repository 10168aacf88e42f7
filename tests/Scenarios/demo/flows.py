#!/usr/bin/env python3
"""Counts the flows of a wire's two captures with tshark, as an account that owes nothing to our own parser.

    flows.py LAN.pcap WAN.pcap                          a table, tab-separated, on standard output
    flows.py --compare FLOWS.tsv LINUX-CONNTRACK.txt    does Linux's list tell the same? exit 1 and the differences if not

One line a flow, in order of the first packet. Addresses, ports and counters are those of the flow's first direction ("orig") and its answer
("repl"); bytes count from the IP header on. Times are seconds since the first frame of both files. Multicast, neighbour discovery and ARP are
not flows. "end" tells how it was left:

    closed      FIN of both sides, acknowledged; first-fin says whose FIN came first
    reset       RST after the handshake
    refused     RST as the answer to SYN
    unanswered  nothing ever came back
    open        handshake, and no end
    stream      UDP or echo, both directions
"""

import subprocess
import sys

FIELDS = """frame.time_epoch ip.src ip.dst ip.len ipv6.src ipv6.dst ipv6.plen ip.proto ipv6.nxt
    tcp.srcport tcp.dstport tcp.flags udp.srcport udp.dstport icmp.type icmp.ident icmpv6.type icmpv6.echo.identifier""".split()
FIN, SYN, RST, ACK = 0x01, 0x02, 0x04, 0x10


def packets(file):
    command = ["tshark", "-n", "-r", file, "-T", "fields", "-E", "occurrence=f"]
    for field in FIELDS:
        command += ["-e", field]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    for line in lines:
        yield dict(zip(FIELDS, line.split("\t")))


def nanoseconds(text):
    whole, _, part = text.partition(".")
    return int(whole) * 1_000_000_000 + int(part.ljust(9, "0"))


def endpoints(p):
    """(protocol, source, destination, source port, destination port, icmp id) or None for what belongs to no flow."""
    source, destination = p["ip.src"] or p["ipv6.src"], p["ip.dst"] or p["ipv6.dst"]
    if p["tcp.srcport"]:
        return "tcp", source, destination, p["tcp.srcport"], p["tcp.dstport"], ""
    if p["udp.srcport"]:
        return "udp", source, destination, p["udp.srcport"], p["udp.dstport"], ""
    if p["icmp.type"] in ("8", "0"):
        return "icmp", source, destination, "", "", number(p["icmp.ident"])
    if p["icmpv6.type"] in ("128", "129"):
        return "icmpv6", source, destination, "", "", number(p["icmpv6.echo.identifier"])
    return None


def number(text):
    return str(int(text, 0))


class Flow:
    def __init__(self, key, time):
        self.key, self.first = key, time
        self.packets, self.bytes = [0, 0], [0, 0]
        self.fins, self.reset, self.answered_syn = [], False, False

    def count(self, direction, time, size, flags):
        self.last = time
        self.packets[direction] += 1
        self.bytes[direction] += size
        if flags & FIN and direction not in self.fins:
            self.fins.append(direction)
        self.reset |= bool(flags & RST)
        self.answered_syn |= direction == 1 and flags & (SYN | ACK) == SYN | ACK

    def end(self):
        if self.packets[1] == 0:
            return "unanswered"
        if self.key[0] != "tcp":
            return "stream"
        if self.reset:
            return "reset" if self.answered_syn else "refused"
        return "closed" if len(self.fins) == 2 else "open"


def compare(table, listing):
    """Every connection in Linux's list must be a flow of the table with the same counters; flows that timed out are not in the list."""
    with open(table) as lines:
        names = next(lines).rstrip("\n").split("\t")
        rows = [dict(zip(names, line.rstrip("\n").split("\t"))) for line in lines]
    key = ("protocol", "src-address", "src-port", "dst-address", "dst-port", "icmp-id")
    counters = ("orig-packets", "orig-bytes", "repl-packets", "repl-bytes")
    flows = {tuple(row[k] for k in key): tuple(row[c] for c in counters) for row in rows}
    compared = 0
    with open(listing) as lines:
        for line in lines:
            if line.startswith("#"):
                continue
            words = line.split()
            # The original direction comes first; its words are repeated for the answer.
            orig, repl = {}, {}
            for word in words:
                name, equals, value = word.partition("=")
                if equals:
                    (repl if name in orig else orig)[name] = value
            found = (words[0], orig["src"], orig.get("sport", ""), orig["dst"], orig.get("dport", ""), orig.get("id", ""))
            counted = (orig["packets"], orig["bytes"], repl["packets"], repl["bytes"])
            if flows.get(found) != counted:
                sys.exit(f"flows.py: {' '.join(found)}: Linux counted {counted}, the captures hold {flows.get(found)}")
            compared += 1
    if compared == 0:
        sys.exit(f"flows.py: {listing} lists no connection")


def main():
    if sys.argv[1] == "--compare":
        compare(*sys.argv[2:])
        return
    merged = [(nanoseconds(p["frame.time_epoch"]), p) for file in sys.argv[1:] for p in packets(file)]
    merged.sort(key=lambda item: item[0])
    zero = merged[0][0]
    flows = {}
    for time, p in merged:
        key = endpoints(p)
        if key is None:
            continue
        protocol, source, destination, sport, dport, ident = key
        mirror = (protocol, destination, source, dport, sport, ident)
        direction = 1 if mirror in flows else 0
        flow = flows.setdefault(mirror if direction else key, Flow(key, time))
        size = int(p["ip.len"]) if p["ip.len"] else int(p["ipv6.plen"]) + 40
        flow.count(direction, time, size, int(p["tcp.flags"] or "0", 0))
    print("protocol src-address src-port dst-address dst-port icmp-id orig-packets orig-bytes repl-packets repl-bytes first last end first-fin"
          .replace(" ", "\t"))
    for flow in flows.values():
        protocol, source, destination, sport, dport, ident = flow.key
        seconds = ["%d.%09d" % divmod(t - zero, 1_000_000_000) for t in (flow.first, flow.last)]
        fin = ("orig", "repl")[flow.fins[0]] if flow.fins else ""
        print(protocol, source, sport, destination, dport, ident, flow.packets[0], flow.bytes[0], flow.packets[1], flow.bytes[1],
              *seconds, flow.end(), fin, sep="\t")


if __name__ == "__main__":
    main()
