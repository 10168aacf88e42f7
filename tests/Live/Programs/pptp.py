"""Calls of PPTP (RFC 2637) without PPP, which not every kernel has: the control connection, and frames in GRE.

pptp.py server            answers calls, and every frame with itself
pptp.py client ADDRESS    two calls at once that the client gives one number; prints how many frames came back, each in its own call
"""
import select
import socket
import struct
import sys
import time

PORT, COOKIE, CALL, CALLS, FRAMES = 1723, 0x1A2B3C4D, 119, 2, 20
START_REQUEST, START_REPLY, CALL_REQUEST, CALL_REPLY = 1, 2, 7, 8


def message(kind, body, length):
    return struct.pack("!HHIHH", length, 1, COOKIE, kind, 0) + body.ljust(length - 12, b"\0")


def read(connection, kind):
    head = connection.recv(12, socket.MSG_WAITALL)
    length, _, cookie, said, _ = struct.unpack("!HHIHH", head)
    assert (cookie, said) == (COOKIE, kind), f"message {said} in place of {kind}"
    return connection.recv(length - 12, socket.MSG_WAITALL)


def frame(call, sequence, data):
    """Enhanced GRE: a key of length and the receiver's call, and a sequence number."""
    return struct.pack("!HHHHI", 0x3001, 0x880B, len(data), call, sequence) + data


def parse(packet):
    gre = packet[(packet[0] & 15) * 4:]
    flags, protocol, length, call = struct.unpack("!HHHH", gre[:8])
    begin = 8 + (4 if flags & 0x1000 else 0) + (4 if flags & 0x0080 else 0)
    return call, gre[begin:begin + length]


gre = socket.socket(socket.AF_INET, socket.SOCK_RAW, 47)
if sys.argv[1] == "server":
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("", PORT))
    listener.listen(CALLS)
    print("listening", flush=True)
    calls, controls = {}, {}
    while True:
        for ready in select.select([listener, gre, *controls], [], [])[0]:
            if ready is listener:
                connection, peer = listener.accept()
                controls[connection] = peer[0]
            elif ready is gre:
                packet, peer = gre.recvfrom(65536)
                own, data = parse(packet)
                if own in calls and calls[own][1] == peer[0]:
                    gre.sendto(frame(calls[own][0], 0, data), (peer[0], 0))
            elif not ready.recv(1, socket.MSG_PEEK):
                ready.close()
                del controls[ready]
            elif struct.unpack("!H", ready.recv(10, socket.MSG_PEEK)[8:])[0] == START_REQUEST:
                read(ready, START_REQUEST)
                ready.sendall(message(START_REPLY, struct.pack("!HBB", 0x100, 1, 0), 156))
            else:
                theirs = struct.unpack("!H", read(ready, CALL_REQUEST)[:2])[0]
                own = 1000 + len(calls)
                calls[own] = (theirs, controls[ready])
                ready.sendall(message(CALL_REPLY, struct.pack("!HHBB", own, theirs, 1, 0), 32))

server, connections, theirs = sys.argv[2], [], []
for _ in range(CALLS):
    connection = socket.create_connection((server, PORT), timeout=5)
    connection.sendall(message(START_REQUEST, struct.pack("!H", 0x100), 156))
    read(connection, START_REPLY)
    connection.sendall(message(CALL_REQUEST, struct.pack("!H", CALL), 168))
    number, asked = struct.unpack("!HH", read(connection, CALL_REPLY)[:4])
    assert asked == CALL, f"the answer is to call {asked}"
    connections.append(connection)
    theirs.append(number)

came, until = set(), time.monotonic() + 5
for sequence in range(FRAMES):
    for number in theirs:
        gre.sendto(frame(number, sequence, f"{number} {sequence}".encode()), (server, 0))
while len(came) < CALLS * FRAMES and time.monotonic() < until:
    if select.select([gre], [], [], 0.1)[0]:
        packet, peer = gre.recvfrom(65536)
        call, data = parse(packet)
        assert (call, peer[0]) == (CALL, server), f"a frame for call {call} from {peer[0]}"
        came.add(data)
print(len(came), "of", CALLS * FRAMES, flush=True)
