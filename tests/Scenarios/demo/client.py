#!/usr/bin/env python3
"""The demo's clients that no everyday program provides; the others are curl, ping and the C library's resolver.

    client.py shell  ADDRESS PORT   types for six seconds, half-closes, reads on to the end
    client.py stay   ADDRESS PORT   types for seven seconds, then keeps the connection open and idle
    client.py abort  ADDRESS PORT   asks for an endless page and resets the connection in the middle
    client.py call   ADDRESS PORT   an RTP stream of 4.6 s both ways
    client.py clock  ADDRESS PORT   three NTP polls, two seconds apart
    client.py log    ADDRESS PORT   one syslog datagram, which nobody answers

PORT is the local port, fixed so that the same flow has the same tuple in every recording.
"""

import signal
import socket
import struct
import sys
import time

from server import NO_LINGER, family, rtp


def connect(address, port, local):
    s = socket.socket(family(address), socket.SOCK_STREAM)
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    s.bind(("", local))
    s.connect((address, port))
    return s


def datagrams(address, port, local):
    s = socket.socket(family(address), socket.SOCK_DGRAM)
    s.bind(("", local))
    s.connect((address, port))
    s.settimeout(1)
    return s


def type_line(s, text, pause):
    for key in text.encode("ascii") + b"\r":
        s.sendall(bytes([key]))
        s.recv(4096)
        time.sleep(pause)


def shell(address, local):
    s = connect(address, 23, local)
    s.recv(4096)
    start = time.monotonic()
    for command in ("uptime", "ls -l", "make all", "exit"):
        type_line(s, command, 0.18)
        time.sleep(0.3)
    time.sleep(max(0, start + 6 - time.monotonic()))
    s.shutdown(socket.SHUT_WR)
    while s.recv(4096):
        pass
    s.close()


def stay(address, local):
    s = connect(address, 23, local)
    s.recv(4096)
    start = time.monotonic()
    while time.monotonic() < start + 6.5:
        type_line(s, "date", 0.1)
        time.sleep(0.8)
    signal.pause()


def abort(address, local):
    s = connect(address, 80, local)
    s.sendall(b"GET /feed HTTP/1.1\r\nHost: www.demo.test\r\n\r\n")
    seen = 0
    while seen < 4000:
        seen += len(s.recv(4096))
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
    s.close()


def call(address, local):
    s = datagrams(address, 5004, local)
    s.setblocking(False)
    start = time.monotonic()
    # 200 ms longer than the other end talks: a socket closed first would answer its last packets with ICMP errors.
    for n in range(230):
        s.send(rtp(n, 0xC0FFEE01))
        time.sleep(max(0, start + (n + 1) * 0.02 - time.monotonic()))


def clock(address, local):
    s = datagrams(address, 123, local)
    for _ in range(3):
        t = time.time() + 2208988800
        s.send(struct.pack("!B39xII", 0x23, int(t), int(t % 1 * 2**32)))
        s.recv(2048)
        time.sleep(2)


def log(address, local):
    s = datagrams(address, 514, local)
    s.send(b"<134>1 2025-01-01T00:00:00Z client demo 1 boot - interface up")


if __name__ == "__main__":
    {f.__name__: f for f in (shell, stay, abort, call, clock, log)}[sys.argv[1]](sys.argv[2], int(sys.argv[3]))
