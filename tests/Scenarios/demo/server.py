#!/usr/bin/env python3
"""The services of the demo's server, each on the port of the service it stands for, on every address given.

    server.py ADDRESS...

Prints "ready" once every socket is bound. TCP: 23 remote shell, 80 web. UDP: 53 DNS, 123 NTP, 514 syslog, 5004 RTP.
"""

import http.server
import ipaddress
import os
import signal
import socket
import socketserver
import struct
import sys
import threading
import time

ZONE = {
    "www.demo.test": ("192.168.88.80", "2001:db8:88::80"),
}
PAGE = b"<!doctype html>\n<title>demo</title>\n<p>Served over a wire between two hosts.</p>\n"
FILE = b"".join(b"%05d one line of a file of sixty kilobytes, always the same bytes\n" % n for n in range(870))
NO_LINGER = struct.pack("ii", 1, 0)  # SO_LINGER on, zero seconds: close() sends RST instead of FIN


def family(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


class Web(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body leave in one segment where they fit, as from a server that corks its answer.
    wbufsize = -1

    def do_GET(self):
        # An HTTP/1.0 request gets its connection closed by us, so that the first FIN comes from the server.
        if self.path == "/":
            self.answer(PAGE, "text/html")
        elif self.path == "/file":
            self.answer(FILE, "text/plain")
        elif self.path == "/feed":
            self.feed()
        elif self.path == "/abort":
            self.abort()
        else:
            self.send_error(404)

    def answer(self, body, kind):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def feed(self):
        """A body that never ends by itself: the client gives up in the middle."""
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        try:
            for n in range(100):
                self.wfile.write(b"%04d " % n * 100 + b"\n")
                self.wfile.flush()
                time.sleep(0.05)
        except OSError:
            pass
        # What was written after the reset is still in the buffer and would fail once more on close.
        self.wfile = open(os.devnull, "wb")

    def abort(self):
        """Half an answer, then RST."""
        self.send_response(200)
        self.send_header("Content-Length", str(len(FILE)))
        self.end_headers()
        self.wfile.write(FILE[:3000])
        self.wfile.flush()
        time.sleep(0.1)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
        # socketserver would send FIN by shutdown() first: take the descriptor away from it.
        os.close(self.connection.detach())
        self.close_connection = True

    def log_message(self, *_):
        pass


class WebServer(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, address):
        self.address_family = family(address)
        super().__init__((address, 80), Web)

    def server_bind(self):
        # HTTPServer looks its own name up in DNS here; nothing of that belongs in the capture.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]


class Shell(socketserver.BaseRequestHandler):
    """Echoes every keystroke; a line gets an answer; end of input gets a farewell after which the server closes."""

    def handle(self):
        peer = self.request
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        peer.sendall(b"demo login accepted\r\n$ ")
        while keys := peer.recv(256):
            peer.sendall(keys.replace(b"\r", b"\r\n"))
            if b"\r" in keys:
                time.sleep(0.03)
                for n in range(3):
                    peer.sendall(b"output line %d of the command just typed\r\n" % n)
                peer.sendall(b"$ ")
        # The client has sent FIN and still reads: the half-closed connection carries data for 600 ms.
        for n in range(3):
            time.sleep(0.2)
            peer.sendall(b"background job %d done\r\n" % n)


class ShellServer(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, address):
        self.address_family = family(address)
        super().__init__((address, 23), Shell)


def dns_answer(query):
    """RFC 1035: header, the question as it came, and one A or AAAA record when the zone has it."""
    ident, flags, questions = struct.unpack_from("!HHH", query)
    labels, at = [], 12
    while length := query[at]:
        labels.append(query[at + 1:at + 1 + length].decode("ascii"))
        at += 1 + length
    kind, cls = struct.unpack_from("!HH", query, at + 1)
    question = query[12:at + 5]
    host = ZONE.get(".".join(labels).lower())
    record = b""
    if host and cls == 1 and kind in (1, 28):
        data = ipaddress.ip_address(host[0 if kind == 1 else 1]).packed
        # 0xC00C points back to the name in the question.
        record = struct.pack("!HHHIH", 0xC00C, kind, 1, 300, len(data)) + data
    rcode = 0 if host else 3
    return struct.pack("!6H", ident, 0x8580 | (flags & 0x0100) | rcode, questions, 1 if record else 0, 0, 0) + question + record


def ntp_answer(query):
    """RFC 5905 server mode, stratum 2; the client's transmit time comes back as the originate time."""
    def now():
        t = time.time() + 2208988800
        return struct.pack("!II", int(t), int(t % 1 * 2**32))
    received = now()
    head = struct.pack("!BBbb", 0x24, 2, 6, -23) + struct.pack("!II4s", 0, 0x100, b"\xc0\x00\x02\x01")
    return head + received + query[40:48] + received + now()


def udp(address, port, answer):
    listener = socket.socket(family(address), socket.SOCK_DGRAM)
    listener.bind((address, port))

    def serve():
        while True:
            data, peer = listener.recvfrom(2048)
            reply = answer(data)
            if reply is not None:
                listener.sendto(reply, peer)

    threading.Thread(target=serve, daemon=True).start()


class Talker:
    """The other end of a call: once a stream arrives, sends its own every 20 ms for 4.4 s, whatever it hears."""

    def __init__(self, address):
        self.listener = socket.socket(family(address), socket.SOCK_DGRAM)
        self.listener.bind((address, 5004))
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        known = set()
        while True:
            _, peer = self.listener.recvfrom(2048)
            if peer not in known:
                known.add(peer)
                threading.Thread(target=self.talk, args=(peer,), daemon=True).start()

    def talk(self, peer):
        start = time.monotonic()
        for n in range(220):
            self.listener.sendto(rtp(n, 0x5E12BEEF), peer)
            time.sleep(max(0, start + (n + 1) * 0.02 - time.monotonic()))


def rtp(n, source):
    """RFC 3550 header, payload type 18 (G.729): two frames of 10 bytes, 160 samples a packet."""
    return struct.pack("!BBHII", 0x80, 18 | (0x80 if n == 0 else 0), n, n * 160, source) + bytes((n + k) & 0xFF for k in range(20))


def main():
    for address in sys.argv[1:]:
        for server in (WebServer(address), ShellServer(address)):
            threading.Thread(target=server.serve_forever, daemon=True).start()
        udp(address, 53, dns_answer)
        udp(address, 123, ntp_answer)
        udp(address, 514, lambda _: None)
        Talker(address)
    print("ready", flush=True)
    signal.pause()


if __name__ == "__main__":
    main()
