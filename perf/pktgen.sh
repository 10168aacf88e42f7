#!/usr/bin/env bash
# pktgen.sh [PKTGEN] [SECONDS]: pktgen-dpdk drives ctrack run over two memif links, as root; ./build.sh bench --pktgen=PKTGEN calls it.
#
# Debian has no pktgen-dpdk: PKTGEN is the program you built. Without it testpmd's own flow generator takes its place, which tests
# everything here but pktgen. pktgen runs on the first CPU, the worker on the last. ctrack is a wire that tracks: what enters by ether1
# leaves by ether2, back to the generator. Printed, a line a second: what the generator sent, what came back, both in Mpps.
#
# memif holds the sender back when its ring is full, so what is sent is what ctrack takes in. The rate has regimes that last from one
# start of the generator to the next, so it is started several times; the best is what ctrack can do, the rest is how the two fall into step.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."
pktgen=${1:-} seconds=${2:-5} starts=${STARTS:-5} flows=${FLOWS:-16384}
die() { printf 'pktgen.sh: %s\n' "$*" >&2; exit 1; }
[[ $EUID -eq 0 ]] || die 'needs root'
[[ -x artifacts/ctrack ]] || die 'artifacts/ctrack is not there: ./build.sh makes it'
[[ -z $pktgen ]] || pktgen=$(readlink -f "$pktgen")
[[ -z $pktgen || -x $pktgen ]] || die "$pktgen is no program"
control=0 worker=$(($(nproc) - 1))
((worker > 0)) || die 'needs two CPUs'

work=$(mktemp -d /run/ctrack-pktgen-XXXXXX)
before=$(</proc/sys/vm/nr_hugepages)
running=()
finish() {
  for pid in "${running[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  mountpoint -q "$work/huge" && umount "$work/huge"
  echo "$before" >/proc/sys/vm/nr_hugepages
  rm -rf "$work"
}
trap finish EXIT
echo $((before + 384)) >/proc/sys/vm/nr_hugepages
mkdir "$work/huge" && mount -t hugetlbfs nodev "$work/huge"

link() { printf 'net_memif%s,role=%s,id=%s,socket=%s/m%s.sock,socket-abstract=no,bsize=2048,rsize=11' "$1" "$2" "$1" "$work" "$1"; }

printf '/ip firewall connection tracking set enabled=yes\n' >"$work/wire.rsc"
taskset -c "$control,$worker" artifacts/ctrack run --state none --config "$work/wire.rsc" --listen "unix:$work/s" \
  --port "ether1=$(link 0 server)" --port "ether2=$(link 1 server)" >"$work/ctrack.log" 2>&1 &
router=$!
running+=("$router")
for _ in $(seq 100); do [[ -S $work/s && -S $work/m0.sock && -S $work/m1.sock ]] && break; sleep 0.2; done
[[ -S $work/m1.sock ]] || die "ctrack does not listen: $(tail -5 "$work/ctrack.log")"

# Telemetry, which every DPDK program serves: packets sent by the first port and received by the second, a line a second.
cat >"$work/rates.py" <<'P'
import glob, json, socket, sys, time

prefix, seconds = sys.argv[1], int(sys.argv[2])
connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
connection.connect(glob.glob(f'/var/run/dpdk/{prefix}/dpdk_telemetry.v2*')[0])
connection.recv(4096)

def read():
    def ask(port):
        connection.send(f'/ethdev/stats,{port}'.encode())
        return json.loads(connection.recv(65536))['/ethdev/stats']
    return ask(0)['opackets'], ask(1)['ipackets'], time.monotonic()

last = read()
for _ in range(seconds):
    time.sleep(1)
    now = read()
    span = (now[2] - last[2]) * 1e6
    print(f'{(now[0] - last[0]) / span:.3f} {(now[1] - last[1]) / span:.3f}', flush=True)
    last = now
P

mkfifo "$work/commands"
sleep infinity >"$work/commands" & running+=($!)   # holds it open: a closed pipe ends either generator
common=(--lcores "0@$control,1@$control" --file-prefix "pktgen-$$" --no-pci --huge-dir "$work/huge" -m 256 --vdev "$(link 0 client)" --vdev "$(link 1 client)")
if [[ -n $pktgen ]]; then
  # net_memif cannot set an MTU, and pktgen takes that for the end of the world.
  cat >"$work/mtu.c" <<'C'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
int rte_eth_dev_set_mtu(uint16_t port, uint16_t mtu)
{
  int (*set)(uint16_t, uint16_t) = dlsym(RTLD_NEXT, "rte_eth_dev_set_mtu");
  int status = set(port, mtu);

  return status == -95 ? 0 : status;
}
C
  gcc -O2 -shared -fPIC -o "$work/mtu.so" "$work/mtu.c" -ldl
  cat >"$work/range.pkt" <<P
set 0 rate 100
set 0 count 0
range 0 src mac 02:00:00:00:00:01 02:00:00:00:00:01 02:00:00:00:00:01 00:00:00:00:00:00
range 0 dst mac 02:00:00:00:00:02 02:00:00:00:00:02 02:00:00:00:00:02 00:00:00:00:00:00
range 0 src ip 198.18.0.1 198.18.0.1 198.18.63.254 0.0.0.1
range 0 dst ip 198.19.0.1 198.19.0.1 198.19.0.255 0.0.0.1
range 0 src port 1024 1024 $((1023 + flows / 64)) 1
range 0 dst port 53 53 53 0
range 0 proto udp
range 0 type ipv4
range 0 size 64 64 64 0
enable 0 range
delay 2000
P
  (cd "$work" && exec env LD_PRELOAD="$work/mtu.so" "$pktgen" "${common[@]}" -- -m '1.[0-1]' -f range.pkt \
    <commands >pktgen.log 2>&1) & generator=$!
  begin='start 0' end='stop 0' leave='quit'
else
  dpdk-testpmd "${common[@]}" -- -i --forward-mode=flowgen --flowgen-flows="$flows" --txpkts=64 --total-num-mbufs=16384 --portmask=0x3 \
    <"$work/commands" >"$work/pktgen.log" 2>&1 & generator=$!
  begin='start' end='stop' leave='quit'
fi
running+=("$generator")
for _ in $(seq 100); do compgen -G "/var/run/dpdk/pktgen-$$/dpdk_telemetry.v2*" >/dev/null && break; sleep 0.2; done
sleep 3
kill -0 "$generator" 2>/dev/null || die "the generator ended: $(tail -5 "$work/pktgen.log")"
# Both polling threads go before everything else on their CPUs.
first() {
  for task in /proc/"$1"/task/*; do
    if [[ $(<"$task/comm") == $2* ]]; then chrt -f -p 20 "${task##*/}"; fi
  done
}
first "$router" ct-worker
first "$generator" rte-worker
# pktgen's command line polls without a pause, on the CPU that its sender needs.
for task in /proc/"$generator"/task/*; do
  if [[ $(<"$task/comm") == pktgen ]]; then chrt -i -p 0 "${task##*/}"; fi
done

echo 'sent returned (Mpps)'
best=0
for ((start = 1; start <= starts; start++)); do
  echo "$begin" >"$work/commands"
  sleep 1
  python3 "$work/rates.py" "pktgen-$$" "$seconds" | tee "$work/rates"
  echo "$end" >"$work/commands"
  sleep 1
  best=$(sort -k2 -g "$work/rates" | awk -v best="$best" '{ if ($2 > best) best = $2 } END { print best }')
done
# Links that go away under traffic crash net_memif on either side, so: stopped, a pause, and then the end.
echo "$leave" >"$work/commands"
wait "$generator" || true
echo "best: $best Mpps"
awk -v best="$best" 'BEGIN { exit !(best > 0) }' || die "nothing came back: $(tail -5 "$work/ctrack.log")"
