"""Looks at what an interface sends for a while: frames whose checksum is still to be computed, and frames larger than a link's.

checksums.py INTERFACE MTU SECONDS             prints frames, partial, oversize
"""
import socket
import struct
import sys
import time

ALL, OUTGOING, SOL_PACKET, PACKET_AUXDATA, CHECKSUM_NOT_READY, ETHERNET_HEADER = 3, 4, 263, 8, 8, 18

tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ALL))
tap.bind((sys.argv[1], ALL))
tap.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
tap.settimeout(0.2)
print("watching", flush=True)
frames = partial = oversize = 0
end = time.monotonic() + float(sys.argv[3])
while time.monotonic() < end:
    try:
        frame, extra, _, address = tap.recvmsg(70000, 256)
    except TimeoutError:
        continue
    if address[2] != OUTGOING:
        continue
    frames += 1
    oversize += len(frame) > int(sys.argv[2]) + ETHERNET_HEADER
    for level, kind, value in extra:
        if level == SOL_PACKET and kind == PACKET_AUXDATA:
            partial += struct.unpack_from("I", value)[0] & CHECKSUM_NOT_READY != 0
print(frames, partial, oversize, flush=True)
