"""A VLAN switch: frames between a trunk and an untagged tap for each VLAN on it.

vlanswitch.py TRUNK VLAN...                    makes access<VLAN>
"""
import fcntl
import os
import select
import socket
import struct
import sys

ALL, OUTGOING, SOL_PACKET, PACKET_AUXDATA = 3, 4, 263, 8
TAG_VALID, TPID = 1 << 4, 0x8100
TUNSETIFF, TAP_WITHOUT_INFORMATION = 0x400454CA, 0x1002

trunk = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ALL))
trunk.bind((sys.argv[1], ALL))
trunk.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
trunk.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUFFORCE, 8 << 20) if hasattr(socket, "SO_RCVBUFFORCE") else trunk.setsockopt(
    socket.SOL_SOCKET, 33, 8 << 20)
trunk.setblocking(False)

taps = {}
for word in sys.argv[2:]:
    tap = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH22x", f"access{word}".encode(), TAP_WITHOUT_INFORMATION))
    taps[int(word)] = tap
vlans = {tap: vlan for vlan, tap in taps.items()}
print("switching", flush=True)


def tag_of(extra):
    """The kernel takes the tag out of the frame and tells it apart."""
    for level, kind, value in extra:
        if level == SOL_PACKET and kind == PACKET_AUXDATA:
            status, tci = struct.unpack_from("I", value)[0], struct.unpack_from("H", value, 16)[0]
            if status & TAG_VALID:
                return tci & 0xFFF
    return 0


poll = select.poll()
poll.register(trunk, select.POLLIN)
for tap in vlans:
    poll.register(tap, select.POLLIN)
while True:
    for ready, _ in poll.poll():
        try:
            for _ in range(64):
                if ready == trunk.fileno():
                    frame, extra, _, address = trunk.recvmsg(70000, 256)
                    tap = taps.get(tag_of(extra)) if address[2] != OUTGOING else None
                    if tap is not None:
                        os.write(tap, frame)
                else:
                    frame = os.read(ready, 70000)
                    trunk.send(frame[:12] + struct.pack(">HH", TPID, vlans[ready]) + frame[12:])
        except (BlockingIOError, OSError):
            pass
