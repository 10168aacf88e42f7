"""One session of everything a connection can come to. The client ends it and keeps what is to stay open.

session.py server
session.py client OWN-ADDRESS ADDRESS
"""
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

CLOSING, RESETTING, KEPT, HALF_CLOSED, NO_ANSWER, REFUSED, FORBIDDEN = 8000, 8001, 8002, 8003, 7007, 9, 4444
DNS, SILENT, UNREACHABLE = 53, 5353, 10
kept = []


def serve(port, on_accept):
    listener = socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True)

    def run():
        while True:
            on_accept(listener.accept()[0])

    threading.Thread(target=run, daemon=True).start()


def close_behind_peer(connection):
    while connection.recv(100):
        pass
    connection.close()


def reset(connection):
    connection.recv(100)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def server():
    serve(CLOSING, close_behind_peer)
    serve(RESETTING, reset)
    serve(KEPT, kept.append)
    serve(HALF_CLOSED, kept.append)
    dns, silent = (socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) for _ in range(2))
    dns.bind(("::", DNS))
    silent.bind(("::", SILENT))
    print("listening", flush=True)
    while True:
        question, peer = dns.recvfrom(2000)
        dns.sendto(question + b" answered", peer)


def client(own, address):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET

    def connected(port):
        one = socket.create_connection((address, port), timeout=5, source_address=(own, 0))
        kept.append(one)
        return one

    def ask(port, answered):
        one = socket.socket(family, socket.SOCK_DGRAM)
        kept.append(one)
        one.bind((own, 0))
        one.settimeout(5)
        one.sendto(b"question", (address, port))
        if answered:
            one.recv(2000)

    def begin(port):
        one = socket.socket(family, socket.SOCK_STREAM)
        kept.append(one)
        one.bind((own, 0))
        one.setblocking(False)
        one.connect_ex((address, port))

    subprocess.run(["ping", "-q", "-c", "2", "-i", "0.2", "-I", own, address], check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["curl", "-fsS", "-g", "-o", "/dev/null", "--interface", own, "http://%s:8080/100000" % (
        f"[{address}]" if ":" in address else address)], check=True)
    ask(DNS, True)
    ask(SILENT, False)
    ask(UNREACHABLE, False)
    try:
        connected(REFUSED)
        sys.exit("a closed port accepted a connection")
    except ConnectionRefusedError:
        pass
    connected(KEPT).sendall(b"hello")
    half = connected(HALF_CLOSED)
    half.sendall(b"hello")
    half.shutdown(socket.SHUT_WR)
    ending = connected(RESETTING)
    ending.sendall(b"hello")
    try:
        ending.recv(100)
    except ConnectionResetError:
        pass
    closing = connected(CLOSING)
    closing.sendall(b"hello")
    closing.shutdown(socket.SHUT_WR)
    closing.recv(100)
    closing.close()
    begin(NO_ANSWER)
    begin(FORBIDDEN)

    # What is acknowledged at leisure is on its way now.
    time.sleep(0.3)
    print("done", flush=True)
    signal.pause()


if sys.argv[1] == "server":
    server()
else:
    client(sys.argv[2], sys.argv[3])
