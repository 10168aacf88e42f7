#!/usr/bin/env bash
# fetch-driver-headers.sh DIRECTORY: the headers that DPDK's own drivers are compiled with, for the installed version.
#
# Debian leaves them out of libdpdk-dev, so they come from its source package. apt gets a list directory of its own for that: what
# the machine has configured, read as deb-src; neither its sources nor its lists are touched.
set -euo pipefail
target=$(readlink -m "$1")
die() { printf 'fetch-driver-headers.sh: %s\n' "$*" >&2; exit 1; }

version=$(dpkg-query -W -f '${source:Version}' libdpdk-dev 2>/dev/null) \
  || die "libdpdk-dev is not Debian's here: put ethdev_driver.h, ethdev_vdev.h, bus_vdev_driver.h and dev_driver.h of your DPDK into $target"
if [[ -e $target/version && $(<"$target/version") == "$version" ]]; then exit 0; fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/{parts,lists/partial,download}
for list in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
  if [[ -e $list ]]; then sed -n 's/^deb /deb-src /p' "$list" >"$work/parts/$(basename "$list" .list).list"; fi
done
for list in /etc/apt/sources.list.d/*.sources; do
  if [[ -e $list ]]; then sed 's/^Types:.*/Types: deb-src/' "$list" >"$work/parts/$(basename "$list")"; fi
done
chmod -R a+rX "$work"
apt=(apt-get -qq -o "Dir::Etc::SourceList=/dev/null" -o "Dir::Etc::SourceParts=$work/parts" -o "Dir::State::Lists=$work/lists"
  -o Dir::Cache::srcpkgcache= -o Dir::Cache::pkgcache= -o APT::Sandbox::User=root)
"${apt[@]}" update || die 'apt-get update failed'
(cd "$work/download" && "${apt[@]}" source --download-only "dpdk=$version" >/dev/null) || die "no source package dpdk $version"

rm -rf "$target"
mkdir -p "$target"
tar -xf "$work"/download/dpdk_*.orig.tar.* -C "$work" --wildcards \
  '*/lib/ethdev/*.h' '*/lib/eal/include/*.h' '*/drivers/bus/vdev/*.h'
cp "$work"/*/lib/ethdev/{ethdev_driver,ethdev_vdev,rte_flow_driver}.h "$work"/*/lib/eal/include/{dev_driver,bus_driver}.h \
  "$work"/*/drivers/bus/vdev/bus_vdev_driver.h "$target"
printf '%s\n' "$version" >"$target/version"
