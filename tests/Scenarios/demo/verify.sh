#!/bin/bash
# Reads captures back with tshark and fails, naming file and frame, when one holds a bad checksum (IPv4, TCP, UDP, ICMP, ICMPv6), a malformed
# or cut frame, or a frame longer than Ethernet's 1514 bytes.
#
#     verify.sh FILE...
#
# Exit 0: every frame of every file is good. 1: some frame is not, or a file cannot be read to its end. 2: usage, or no tshark.
set -euo pipefail

if (( $# == 0 )); then
    echo "usage: verify.sh FILE..." >&2
    exit 2
fi
command -v tshark > /dev/null || { echo "verify.sh: tshark is not installed" >&2; exit 2; }

# tshark's checksum status: 0 bad, 1 good, 2 unverified, 3 not present (UDP over IPv4 may, RFC 768), 4 illegal (zero over IPv6, RFC 8200).
# A TCP checksum of 0xffff is bad to tshark (RFC 1624: it should be 0x0000), although a receiver's sum accepts it and Linux sends it when it
# computes one in software; an incremental update must never make one, so it is bad here too.
# Unverified counts as a failure: it means the check did not run, for instance because the frame is cut.
checks=(-o ip.check_checksum:TRUE -o tcp.check_checksum:TRUE -o udp.check_checksum:TRUE)
# Severity error covers what dissectors refuse without giving up, such as an IP header length below 20.
filter='_ws.malformed || _ws.expert.severity >= 8388608 || _ws.short || frame.cap_len < frame.len || frame.len > 1514'
for layer in ip tcp udp icmp icmpv6; do
    filter+=" || $layer.checksum.status in {0, 2, 4}"
done

failed=0
for file in "$@"; do
    errors=$(mktemp)
    if ! bad=$(tshark -n -r "$file" "${checks[@]}" -Y "$filter" -T fields -E separator='|' \
            -e frame.number -e frame.len -e frame.cap_len -e _ws.malformed -e _ws.expert.severity \
            -e ip.checksum.status -e tcp.checksum.status -e udp.checksum.status -e icmp.checksum.status -e icmpv6.checksum.status \
            -e _ws.col.Info 2> "$errors"); then
        echo "$file: $(grep -v 'Running as user' "$errors" || echo 'tshark failed')" >&2
        failed=1
    fi
    rm -f "$errors"
    [[ -z $bad ]] && continue
    failed=1
    # shellcheck disable=SC2034 # the statuses are read by name, see layer
    while IFS='|' read -r number length captured malformed severity ip tcp udp icmp icmpv6 info; do
        why=
        [[ -n $malformed ]] && why+=', malformed'
        (( captured < length )) && why+=", cut to $captured of $length bytes"
        (( length > 1514 )) && why+=", $length bytes long"
        for layer in ip tcp udp icmp icmpv6; do
            # A frame that quotes another (an ICMP error) has a status for each.
            case ",${!layer}," in
                *,0,*) why+=", bad $layer checksum" ;;
                *,4,*) why+=", illegal $layer checksum" ;;
                *,2,*) why+=", $layer checksum not verifiable" ;;
            esac
        done
        # 0x800000: a dissector's error that none of the above explains.
        [[ -z $why && ,$severity, == *,8388608,* ]] && why=', malformed'
        echo "$file: frame $number: ${why#, }: $info" >&2
    done <<< "$bad"
done
exit "$failed"
