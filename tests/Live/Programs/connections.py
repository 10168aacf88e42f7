"""TCP connections that stay.

connections.py server PORT                     accepts everything, and keeps it for as long as the other end does
connections.py client ADDRESS PORT COUNT       opens so many, says so, and keeps them
"""
import resource
import selectors
import signal
import socket
import sys
import threading

_, most = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))

kept = []
if sys.argv[1] == "server":
    listener = socket.create_server(("::", int(sys.argv[2])), family=socket.AF_INET6, dualstack_ipv6=True, backlog=4096)
    print("listening", flush=True)
    ends = selectors.DefaultSelector()
    ends.register(listener, selectors.EVENT_READ)
    while True:
        for ready, _ in ends.select():
            if ready.fileobj is listener:
                ends.register(listener.accept()[0], selectors.EVENT_READ)
                continue
            try:
                if ready.fileobj.recv(4096):
                    continue
            except OSError:
                pass
            ends.unregister(ready.fileobj)
            ready.fileobj.close()
else:
    address, port, count = sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    lock = threading.Lock()

    def connect(times):
        for _ in range(times):
            one = socket.create_connection((address, port), timeout=30)
            with lock:
                kept.append(one)

    # All at once: a burst of first packets is what a connection table has to take.
    threads = [threading.Thread(target=connect, args=(count // 50,)) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(len(kept), flush=True)
    signal.pause()
