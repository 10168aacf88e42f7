"""UDP datagrams of any size, there and back.

udp_echo.py server PORT
udp_echo.py client ADDRESS PORT SIZE COUNT     prints how many came back as they were sent, up to the first that did not
"""
import os
import socket
import sys

if sys.argv[1] == "server":
    echo = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    echo.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    echo.bind(("::", int(sys.argv[2])))
    print("listening", flush=True)
    while True:
        data, peer = echo.recvfrom(65536)
        echo.sendto(data, peer)
else:
    address, port, size, count = sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5])
    asker = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
    asker.settimeout(2)
    asker.connect((address, port))
    good = 0
    for _ in range(count):
        question = os.urandom(size)
        asker.send(question)
        try:
            good += asker.recv(65536) == question
        except OSError:
            break
    print(good, flush=True)
