#!/bin/bash
# Records a home and its provider: a client behind Linux as router with masquerade, a server outside. What entered the router on either side
# is written to lan.pcap and wan.pcap here, what Linux's connection tracking made of it to linux-conntrack.txt.
#
#     record.sh [DIRECTORY]      (as root; default: the directory of this script; programs as ../record.sh)
set -euo pipefail
export LC_ALL=C PYTHONDONTWRITEBYTECODE=1

here=$(cd "$(dirname "$0")" && pwd)
target=$(realpath "${1:-$here}")
work=$(mktemp -d)
client=ctrack-home-client-$$
router=ctrack-home-router-$$
server=ctrack-home-server-$$
recorders=()

cleanup() {
    local status=$?
    trap - EXIT
    for pid in $(jobs -rp); do
        kill "$pid" 2> /dev/null || true
        wait "$pid" 2> /dev/null || true
    done
    for namespace in "$client" "$router" "$server"; do
        ip netns del "$namespace" 2> /dev/null || true
    done
    (( status == 0 )) || { echo "record.sh: failed; nothing in $target was changed" >&2; tail -n 5 "$work"/*.log >&2 || true; }
    rm -rf "$work"
    exit "$status"
}
trap cleanup EXIT

on() { ip netns exec "$@"; }

for namespace in "$client" "$router" "$server"; do
    ip netns add "$namespace"
    ip -n "$namespace" link set lo up
    on "$namespace" sysctl -qw net.ipv4.tcp_congestion_control=reno
done

# The router's own addresses are those of default.rsc: frames are addressed to it, and replay takes them.
ip -n "$client" link add eth0 address 02:00:c0:a8:58:0a type veth peer name lan netns "$router" address 02:00:00:00:88:01
ip -n "$server" link add eth0 address 02:00:cb:00:71:50 type veth peer name wan netns "$router" address 02:00:00:00:00:01
for end in "$client eth0" "$server eth0" "$router lan" "$router wan"; do
    read -r namespace device <<< "$end"
    on "$namespace" ethtool -K "$device" tx off rx off sg off tso off gso off gro off > "$work/ethtool.log" 2>&1
    ip -n "$namespace" link set "$device" gso_max_segs 1
done

on "$router" sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 net.netfilter.nf_conntrack_acct=1
on "$router" nft -f - << 'NFT'
table ip nat {
    chain srcnat { type nat hook postrouting priority srcnat; oifname "wan" masquerade; }
    chain dstnat { type nat hook prerouting priority dstnat; iifname "wan" tcp dport 8080 dnat to 192.168.88.10:80; }
}
table inet filter {
    chain input {
        type filter hook input priority 0
        ct state established,related accept
        ct state invalid drop
        meta l4proto { icmp, icmpv6 } accept
        iifname != "lan" drop
    }
    chain forward {
        type filter hook forward priority 0
        ct state established,related accept
        ct state invalid drop
        ip version 4 iifname "wan" ct status dnat accept
        meta l4proto icmpv6 accept
        iifname "wan" drop
    }
}
NFT

record() {
    ip netns exec "$router" tcpdump -Z root -n -i "$1" -Q in --immediate-mode --time-stamp-precision=nano -w "$work/$1.pcap" 2> "$work/$1.log" &
    recorders+=($!)
    until grep -qs 'listening on' "$work/$1.log"; do sleep 0.05; done
}
ip -n "$router" link set lan up
ip -n "$router" link set wan up
record lan
record wan

address() { local nodad=; [[ $3 != *:* ]] || nodad=nodad; ip -n "$1" address add "$3" dev "$2" $nodad; }
address "$router" lan 192.168.88.1/24; address "$router" lan fd00:88::1/64
address "$router" wan 203.0.113.2/24; address "$router" wan fd00:113::2/64
ip -n "$client" link set eth0 up
address "$client" eth0 192.168.88.10/24; address "$client" eth0 fd00:88::10/64
ip -n "$client" route add default via 192.168.88.1; ip -n "$client" -6 route add default via fd00:88::1
ip -n "$server" link set eth0 up
address "$server" eth0 203.0.113.80/24; address "$server" eth0 fd00:113::80/64
# The neighbours outside know the way in: what does not get there was refused.
ip -n "$server" route add 192.168.88.0/24 via 203.0.113.2; ip -n "$server" -6 route add fd00:88::/64 via fd00:113::2

for place in "$server 203.0.113.80 fd00:113::80" "$client 192.168.88.10 fd00:88::10"; do
    read -r namespace v4 v6 <<< "$place"
    ip netns exec "$namespace" python3 "$here/../server.py" "$v4" "$v6" > "$work/$namespace.out" 2> "$work/$namespace.log" &
    until grep -qs ready "$work/$namespace.out"; do sleep 0.05; done
done
sleep 0.5

get() { local from=$1; shift; on "$from" curl -qsS --fail --max-time 5 --noproxy '*' -o "$work/body" "$@"; }
refused() { ! "$@" 2>> "$work/expected.log"; }
in_background() { ip netns exec "$client" "$@" > "$work/client-$RANDOM.log" 2>&1 & }

in_background ping -n -q -c 4 -i 0.3 -e 4001 203.0.113.80
in_background ping -n -q -c 4 -i 0.3 -e 6001 fd00:113::80
in_background python3 "$here/../client.py" call 203.0.113.80 40504
in_background python3 "$here/../client.py" clock fd00:113::80 40123
in_background python3 "$here/../client.py" stay 203.0.113.80 40023
on "$client" python3 "$here/../client.py" log 203.0.113.80 40514
get "$client" --local-port 40082 http://203.0.113.80/file
get "$client" --local-port 40083 'http://[fd00:113::80]/file'
get "$client" -T "$here/../server.py" --local-port 40089 http://203.0.113.80/ || true

# From outside: a forwarded port is served; the router, and who is behind it, are not to be had.
get "$server" --local-port 50080 http://203.0.113.2:8080/file
refused get "$server" --connect-timeout 0.5 --local-port 50022 http://203.0.113.2:22/
refused get "$server" --connect-timeout 0.5 --local-port 50081 http://192.168.88.10/
refused get "$server" --connect-timeout 0.5 --local-port 50082 'http://[fd00:88::10]/'
on "$server" ping -n -q -c 2 -i 0.2 -e 5001 203.0.113.2 > "$work/ping.log"
on "$server" ping -n -q -c 2 -i 0.2 -e 5002 fd00:88::10 > "$work/ping.log"
sleep 3.5
on "$router" sort /proc/net/nf_conntrack > "$work/table"
for pid in "${recorders[@]}"; do
    kill -INT "$pid"
    wait "$pid"
done
for device in lan wan; do
    grep -q '^0 packets dropped by kernel' "$work/$device.log"
done
"$here/../verify.sh" "$work/lan.pcap" "$work/wan.pcap"
cp "$work/table" "$work/linux-conntrack.txt"
install -m 644 "$work"/{lan.pcap,wan.pcap,linux-conntrack.txt} "$target"
