#!/usr/bin/env bash
# Prepares a bare Debian 12 that has nothing but the .NET SDK, then runs a task of build.cake:
#
#   ./build.sh [TASK] [CAKE OPTIONS]     TASK is Build unless given; ./build.sh --help lists the tasks
#
# Works from any directory. What is there already is not touched: a second run calls no apt and needs no network.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")"

die() { printf 'build.sh: %s\n' "$*" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }
library() { have pkg-config && pkg-config --exists "$1"; }

task=Build
if [[ $# -gt 0 && $1 != -* ]]; then task=$1; shift; fi
if [[ ${task,,} == fuzz ]]; then set -- "${@/#--target=/--only=}"; fi   # --target is Cake's own word for the task

# --- Debian packages: each is asked for by what it provides, so a hand-built DPDK or another distribution serves as well.
missing=()
have gcc || missing+=(gcc)                                # compiles the shim, links what ILC compiled
[[ -e /usr/include/stdio.h ]] || missing+=(libc6-dev)     # only recommended by gcc
have make || missing+=(make)
have pkg-config || missing+=(pkg-config)
library libdpdk || missing+=(libdpdk-dev)                 # brings every librte-* library and driver along
library libpcap || missing+=(libpcap-dev)
[[ -e /etc/ssl/certs/ca-certificates.crt ]] || missing+=(ca-certificates)
compgen -G '/usr/lib*/*/libssl.so.3' >/dev/null || compgen -G '/usr/lib*/libssl.so.3' >/dev/null || missing+=(libssl3)

# What hosts of the live suite talk with, and what they and their links are made with.
live_programs() {
  have ip || missing+=(iproute2)
  have nft || missing+=(nftables)
  have ethtool || missing+=(ethtool)
  have sysctl || missing+=(procps)
  have ping || missing+=(iputils-ping)
  have traceroute || missing+=(traceroute)
  have curl || missing+=(curl)
  have iperf3 || missing+=(iperf3)
  have python3 || missing+=(python3)
  have ss || missing+=(iproute2)
  have vsftpd || missing+=(vsftpd)
  have lftp || missing+=(lftp)
  have in.tftpd || missing+=(tftpd-hpa)
  have tftp || missing+=(tftp-hpa)
}

case ${task,,} in
  test | scenario)
    live_programs
    have tshark || missing+=(tshark)                      # the second opinion on every packet we write
    have strace || missing+=(strace)                      # proves that a running worker makes no system call
    have setpriv || missing+=(util-linux)
    [[ -x /usr/bin/kill || -x /bin/kill ]] || missing+=(procps)   # the program; the shell's own kill is no use to a test
    have node || missing+=(nodejs)                        # a gRPC client that is not .NET, and has no file of ours
    have npm || missing+=(npm)
    have valgrind || missing+=(valgrind)                  # counts instructions
    ;;
  live)
    live_programs
    ;;
  kernel)
    have ip || missing+=(iproute2)
    have nft || missing+=(nftables)                       # rules of the kernel's half
    ;;
  fuzz)
    have afl-fuzz || missing+=(afl++)                     # drives the targets by what they reach
    have taskset || missing+=(util-linux)
    ;;
  bench)
    have dpdk-testpmd || missing+=(dpdk-dev)              # what the dataplane is compared with
    [[ -x /usr/lib/openvswitch-switch-dpdk/ovs-vswitchd-dpdk ]] || missing+=(openvswitch-switch-dpdk)
    have ip || missing+=(iproute2)                        # the router that Linux itself is
    have nft || missing+=(nftables)
    have sysctl || missing+=(procps)
    have clang || missing+=(clang)                        # compiles what feeds it frames inside the kernel
    [[ -e /usr/include/bpf/libbpf.h ]] || missing+=(libbpf-dev)
    have valgrind || missing+=(valgrind)                  # counts instructions
    have taskset || missing+=(util-linux)
    have xz || missing+=(xz-utils)                        # unpacks the source package that DPDK's driver headers come from
    ;;
esac

if [[ ${#missing[@]} -gt 0 ]]; then
  have apt-get || die "missing: ${missing[*]} (Debian's names; install your distribution's)"
  as_root=()
  if [[ $EUID -ne 0 ]]; then
    have sudo || die "not root and no sudo; as root run: apt-get install --no-install-recommends ${missing[*]}"
    as_root=(sudo)
  fi
  # tshark asks a debconf question otherwise. A stale or partly unreachable package index is apt-get install's to complain about.
  apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300)
  echo "build.sh: installing ${missing[*]}"
  "${apt[@]}" update || echo 'build.sh: apt-get update failed, trying with the package index at hand' >&2

  # The live suite starts its daemons itself, in namespaces of their own. As services nobody asked for them, now or at the next start.
  services=()
  for package in "${missing[@]}"; do case $package in vsftpd | tftpd-hpa) services+=("$package") ;; esac; done
  policy=/usr/sbin/policy-rc.d
  if [[ ${#services[@]} -gt 0 && ! -e $policy ]]; then
    trap '"${as_root[@]}" rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
    "${as_root[@]}" chmod 0755 "$policy"
  fi

  "${apt[@]}" install -y --no-install-recommends "${missing[@]}" >/dev/null </dev/null \
    || die "apt-get could not install: ${missing[*]}"
  if [[ ${#services[@]} -gt 0 ]] && have systemctl; then "${as_root[@]}" systemctl disable --quiet "${services[@]}" 2>/dev/null || true; fi
  if [[ -n $(trap -p EXIT) ]]; then "${as_root[@]}" rm -f "$policy"; trap - EXIT; fi
fi

pkg-config --atleast-version=22.11 libdpdk \
  || die "DPDK $(pkg-config --modversion libdpdk 2>/dev/null || echo none) found, 22.11 or later needed"

# --- The .NET SDK and its tools.
# Invariant globalization: a bare Debian has no ICU, and no build step may depend on a locale.
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1
if ! have dotnet; then
  for dir in "${DOTNET_ROOT:-}" /usr/share/dotnet /usr/lib/dotnet "${HOME:-/root}/.dotnet"; do
    if [[ -n $dir && -x $dir/dotnet ]]; then PATH=$dir:$PATH; break; fi
  done
  have dotnet || die "the .NET SDK named in global.json is not installed (no dotnet in PATH)"
fi
dotnet --version >/dev/null || die "the .NET SDK named in global.json is not installed"
if [[ ${CI:-} == true ]]; then
  export MSBUILDDISABLENODEREUSE=1   # leave no build server behind the run
fi

export CAKE_SETTINGS_ENABLESCRIPTCACHE=true CAKE_PATHS_CACHE=artifacts/cake   # build.cake is compiled once, not every time
dotnet tool restore >/dev/null || dotnet tool restore || die 'dotnet tool restore failed'

if [[ $task == Build && ${1:-} == --help ]]; then exec dotnet cake build.cake --description; fi

[[ -t 1 ]] || export NO_COLOR=1

# Cake closes with a table of durations; the totals of the tests must be the last line.
totals=artifacts/tests/totals
rm -f "$totals"
status=0
dotnet cake build.cake --target="$task" "$@" || status=$?
if [[ -f $totals ]]; then cat "$totals"; fi
exit "$status"
