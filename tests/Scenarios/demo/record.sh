#!/bin/bash
# Records the demo: real programs over real stacks in three network namespaces, client - wire - server. See README.md.
#
#     record.sh [DIRECTORY]      (as root; default: the directory of this script)
#
# Writes lan.pcap, wan.pcap, flows.tsv and linux-conntrack.txt there, once all of it is recorded and verified.
set -euo pipefail
export LC_ALL=C

here=$(cd "$(dirname "$0")" && pwd)
target=$(realpath "${1:-$here}")

if (( EUID != 0 )); then
    echo "record.sh: network namespaces need root" >&2
    exit 2
fi

declare -A package=([ip]=iproute2 [ethtool]=ethtool [tcpdump]=tcpdump [tshark]=tshark [nft]=nftables [conntrack]=conntrack [curl]=curl
    [ping]=iputils-ping [getent]=libc-bin [sysctl]=procps [python3]=python3)
missing=()
for program in "${!package[@]}"; do
    command -v "$program" > /dev/null || missing+=("${package[$program]}")
done
if (( ${#missing[@]} > 0 )); then
    apt-get update -q
    DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"
fi

mkdir -p "$target"
work=$(mktemp -d)
client=ctrack-demo-client-$$
wire=ctrack-demo-wire-$$
server=ctrack-demo-server-$$
recorders=()

cleanup() {
    local status=$?
    trap - EXIT
    # Only what this shell started and still runs: the number of one that ended may belong to another by now.
    for pid in $(jobs -rp); do
        kill "$pid" 2> /dev/null || true
        wait "$pid" 2> /dev/null || true
    done
    for namespace in "$client" "$wire" "$server"; do
        ip netns del "$namespace" 2> /dev/null || true
    done
    if (( status != 0 )); then
        echo "record.sh: failed; nothing in $target was changed" >&2
        tail -n 5 "$work"/*.log >&2 || true
    fi
    rm -rf "$work"
    exit "$status"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

on() { ip netns exec "$@"; }

# --- the hosts and the wire -------------------------------------------------------------------------------------------------------------

for namespace in "$client" "$wire" "$server"; do
    ip netns add "$namespace"
done
on "$wire" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
for namespace in "$client" "$server"; do
    # The host's congestion control is inherited; a recording should not depend on it.
    on "$namespace" sysctl -qw net.ipv4.tcp_congestion_control=reno
done

# Locally administered addresses that end in the IPv4 address of their host.
ip -n "$client" link add eth0 address 02:00:c0:a8:58:0a type veth peer name lan netns "$wire" address 02:00:c0:a8:58:01
ip -n "$server" link add eth0 address 02:00:c0:a8:58:50 type veth peer name wan netns "$wire" address 02:00:c0:a8:58:02

# Every end of both veths: else checksums stay partial and segments reach 64 KB, as no network card would ever deliver them.
offloads='tx-checksumming|rx-checksumming|scatter-gather|tcp-segmentation-offload|generic-segmentation-offload'
offloads+='|generic-receive-offload|large-receive-offload'
for end in "$client eth0" "$server eth0" "$wire lan" "$wire wan"; do
    read -r namespace device <<< "$end"
    on "$namespace" ethtool -K "$device" tx off rx off sg off tso off gso off gro off > "$work/ethtool.log" 2>&1
    # lro is fixed to off on veth: setting it is refused, so it is read.
    on "$namespace" ethtool -k "$device" > "$work/offloads"
    if grep -E "^($offloads): on" "$work/offloads" >&2; then
        echo "record.sh: an offload of $device stays on" >&2
        exit 1
    fi
done

# TCP still builds large buffers and cuts them above the driver; one segment a buffer lets Linux's tracking count what the wire sees.
for namespace in "$client" "$server"; do
    ip -n "$namespace" link set eth0 gso_max_segs 1
done

# A bridge that only copies: no spanning tree, no snooping, no firewall, no address of its own.
ip -n "$wire" link add br0 type bridge stp_state 0 forward_delay 0 mcast_snooping 0
for flag in arptables iptables ip6tables; do
    if on "$wire" test -e "/proc/sys/net/bridge/bridge-nf-call-$flag"; then
        on "$wire" sysctl -qw "net.bridge.bridge-nf-call-$flag=0"
    fi
done
for device in lan wan; do
    ip -n "$wire" link set "$device" master br0 up
done
ip -n "$wire" link set br0 up

# Linux's own connection tracking watches at the server, with RouterOS's timeouts, and alters nothing: the ground truth to compare with.
on "$server" sysctl -qw net.netfilter.nf_conntrack_acct=1 \
    net.netfilter.nf_conntrack_tcp_timeout_{syn_sent,syn_recv}=5 net.netfilter.nf_conntrack_tcp_timeout_established=86400 \
    net.netfilter.nf_conntrack_tcp_timeout_{fin_wait,close_wait,last_ack,time_wait,close}=10 \
    net.netfilter.nf_conntrack_udp_timeout=30 net.netfilter.nf_conntrack_udp_timeout_stream=180 \
    net.netfilter.nf_conntrack_icmp_timeout=10 net.netfilter.nf_conntrack_icmpv6_timeout=10
on "$server" nft -f - << 'NFT'
table inet demo {
    chain watch {
        type filter hook prerouting priority 0
        ct state invalid counter comment "invalid"
    }
    chain input {
        type filter hook input priority 0
        tcp dport 9999 drop comment "the port that never answers"
    }
}
NFT

# --- the capture ------------------------------------------------------------------------------------------------------------------------

record() {
    # Immediate mode: with the block ring, packets of the last second would die with the process.
    ip netns exec "$wire" tcpdump -Z root -n -i "$1" -Q in --immediate-mode --time-stamp-precision=nano -w "$work/$1.pcap" 2> "$work/$1.log" &
    recorders+=($!)
    for (( tries = 0; tries < 100; tries++ )); do
        grep -q 'listening on' "$work/$1.log" && return
        sleep 0.1
    done
    echo "record.sh: tcpdump did not start on $1" >&2
    exit 1
}
record lan
record wan

# The ends come up while the capture runs: duplicate address detection and multicast reports are part of real traffic.
ip -n "$server" link set lo up
ip -n "$server" link set eth0 up
ip -n "$server" address add 192.168.88.80/24 dev eth0
ip -n "$server" address add 2001:db8:88::80/64 dev eth0
ip -n "$client" link set lo up
ip -n "$client" link set eth0 up
ip -n "$client" address add 192.168.88.10/24 dev eth0
ip -n "$client" address add 2001:db8:88::10/64 dev eth0
for namespace in "$client" "$server"; do
    for (( tries = 0; ; tries++ )); do
        [[ -z $(ip -n "$namespace" -6 address show dev eth0 tentative) ]] && break
        if (( tries == 50 )); then
            echo "record.sh: an IPv6 address stays tentative" >&2
            exit 1
        fi
        sleep 0.1
    done
done

export PYTHONDONTWRITEBYTECODE=1
ip netns exec "$server" python3 "$here/server.py" 192.168.88.80 2001:db8:88::80 > "$work/server.out" 2> "$work/server.log" &
for (( tries = 0; tries < 100; tries++ )); do
    grep -q ready "$work/server.out" && break
    sleep 0.1
done
grep -q ready "$work/server.out" || { echo "record.sh: the services did not start" >&2; exit 1; }

# --- the traffic ------------------------------------------------------------------------------------------------------------------------

v4=192.168.88.80
v6=2001:db8:88::80
printf 'hosts: dns\n' > "$work/nsswitch.conf"
printf 'nameserver %s\noptions timeout:2\n' "$v4" > "$work/resolv.conf.4"
printf 'nameserver %s\noptions timeout:2\n' "$v6" > "$work/resolv.conf.6"

# The C library's resolver asks our server: ip netns exec gives each program mounts of its own, so the host's files stay as they are.
resolving() {
    local family=$1
    shift
    # shellcheck disable=SC2016
    on "$client" sh -c 'mount --bind "$0/resolv.conf.$1" /etc/resolv.conf && mount --bind "$0/nsswitch.conf" /etc/nsswitch.conf &&
        shift && exec "$@"' "$work" "$family" "$@"
}

get() { on "$client" curl -qsS --fail --max-time 5 --noproxy '*' -o "$work/body" "$@"; }

# A program that is expected to fail, and how: status, then the command.
fails() {
    local expected=$1 status=0
    shift
    "$@" 2>> "$work/expected.log" || status=$?
    if (( status != expected )); then
        echo "record.sh: exit status $status instead of $expected: $*" >&2
        exit 1
    fi
}

at() {
    local now=${EPOCHREALTIME/./}
    local left=$(( zero + $1 * 1000 - now ))
    (( left <= 0 )) || sleep "$(( left / 1000000 )).$(printf %06d $(( left % 1000000 )))"
}

clients=()
in_background() {
    ip netns exec "$client" "$@" > "$work/client-${#clients[@]}.log" 2>&1 &
    clients+=($!)
}

zero=${EPOCHREALTIME/./}

# First seconds: what has timed out, or is still talking, when the capture ends.
in_background ping -n -q -c 4 -i 0.3 -s 56 -e 4001 "$v4"
in_background ping -n -q -c 3 -i 0.4 -s 1200 -e 4002 "$v4"
in_background ping -n -q -c 4 -i 0.3 -s 56 -e 6001 "$v6"
in_background ping -n -q -c 3 -i 0.4 -s 1200 -e 6002 "$v6"
in_background python3 "$here/client.py" shell "$v4" 40022
in_background python3 "$here/client.py" call "$v4" 40504
in_background python3 "$here/client.py" clock "$v6" 40123
on "$client" python3 "$here/client.py" log "$v4" 40514
ip netns exec "$client" curl -qsS --noproxy '*' --connect-timeout 3.5 --local-port 40999 "http://$v4:9999/" 2>> "$work/expected.log" &
unanswered=$!
resolving 4 getent ahosts www.demo.test > "$work/answers.4"
resolving 6 getent ahosts www.demo.test > "$work/answers.6"
fails 2 resolving 4 getent ahostsv4 nowhere.demo.test
get --local-port 40080 "http://$v4/"
get --local-port 40081 "http://[$v6]/"
fails 7 get --local-port 40900 "http://$v4:81/"
fails 7 get --local-port 40901 "http://[$v6]:81/"

# The middle: ended, and still listed at the end.
at 5000
in_background python3 "$here/client.py" stay "$v6" 40023
get --local-port 40082 "http://$v4/file"
cmp -s "$work/body" <(cd "$here" && python3 -c 'import sys, server; sys.stdout.buffer.write(server.FILE)')
get --local-port 40083 "http://[$v6]/file"
get --local-port 40084 "http://$v4/" --next -qsS --fail --noproxy '*' -o "$work/body" --local-port 40084 "http://$v4/"
get --local-port 40085 --http1.0 "http://$v4/"
resolving 4 curl -qsS --fail --max-time 5 --noproxy '*' -o "$work/body" -4 --local-port 40086 http://www.demo.test/
on "$client" python3 "$here/client.py" abort "$v4" 40087
fails 56 get --local-port 40088 "http://[$v6]/abort"
at 11500
on "$client" ping -n -q -c 2 -i 0.2 -s 56 -e 4003 "$v4" > "$work/ping.log"
on "$client" ping -n -q -c 2 -i 0.2 -s 56 -e 6003 "$v6" > "$work/ping.log"

# The connection that stays open has fallen silent by now, so that neither file stops in the middle of an exchange.
at 12500
on "$server" conntrack -L -f ipv4 2> /dev/null | sort > "$work/table"
on "$server" conntrack -L -f ipv6 2> /dev/null | sort >> "$work/table"
for pid in "${recorders[@]}"; do
    kill -INT "$pid"
    wait "$pid"
done

# --- did everything happen that should have? ----------------------------------------------------------------------------------------------

status=0
wait "$unanswered" || status=$?
if (( status != 28 )); then
    echo "record.sh: the unanswered connection ended with curl's status $status instead of 28 (timeout)" >&2
    exit 1
fi
# All but the last, which is the connection left open.
for pid in "${clients[@]::${#clients[@]} - 1}"; do
    wait "$pid"
done
for answers in "$work/answers.4" "$work/answers.6"; do
    if ! grep -q "$v4" "$answers" || ! grep -q "$v6" "$answers"; then
        echo "record.sh: the resolver did not get both addresses" >&2
        exit 1
    fi
done
for device in lan wan; do
    if ! grep -q '^0 packets dropped by kernel' "$work/$device.log"; then
        echo "record.sh: tcpdump lost packets on $device" >&2
        exit 1
    fi
done
if [[ -s $work/server.log ]]; then
    echo "record.sh: a service complained" >&2
    exit 1
fi
invalid=$(on "$server" nft list chain inet demo watch | sed -n 's/.*counter packets \([0-9]*\).*/\1/p')

"$here/verify.sh" "$work/lan.pcap" "$work/wan.pcap"
python3 "$here/flows.py" "$work/lan.pcap" "$work/wan.pcap" > "$work/flows.tsv"
{
    echo "# Linux $(uname -r | cut -d. -f1,2), nf_conntrack in the server's namespace when the capture ended; packets it called invalid: $invalid"
    cat "$work/table"
} > "$work/linux-conntrack.txt"
python3 "$here/flows.py" --compare "$work/flows.tsv" "$work/linux-conntrack.txt"
install -m 644 "$work"/{lan.pcap,wan.pcap,flows.tsv,linux-conntrack.txt} "$target"
du -b "$target"/{lan,wan}.pcap
