"""Datagrams to an address, whether somebody is there or not.

udp_blast.py ADDRESS SECONDS PER-SECOND        prints how many were sent
"""
import socket
import sys
import time

address, rate = sys.argv[1], int(sys.argv[3])
gun = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
sent, start = 0, time.monotonic()
while (elapsed := time.monotonic() - start) < float(sys.argv[2]):
    while sent < elapsed * rate:
        try:
            gun.sendto(b"x" * 100, (address, 9 + sent % 1000))
        except OSError:
            pass
        sent += 1
    time.sleep(0.002)
print(sent, flush=True)
