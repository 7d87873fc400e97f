#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Installs Debian's packages that are needed to build, check or demonstrate
# wgward. As another user than root it names them and stops.
#
# usage: deps.sh {build|check|demo|bench|debug}...

set -euo pipefail

list=$(dirname "$0")/packages
purposes=()
missing=()

[ $# -gt 0 ] || set -- build check demo
if ! command -v dpkg-query >/dev/null; then
	echo "deps.sh: not Debian; the packages are in $list" >&2
	exit 0
fi

for purpose in "$@"; do
	purposes+=("$purpose")
	case $purpose in
	check|demo|bench|debug)	purposes+=(guest) ;;
	esac
done

mapfile -t wanted < <(for purpose in "${purposes[@]}"; do
	awk -v purpose="$purpose" \
		'$1 == purpose { for (i = 2; i <= NF; i++) print $i }' "$list"
done | sort -u)
[ ${#wanted[@]} -gt 0 ] || { echo "deps.sh: no such purpose: $*" >&2; exit 2; }

mapfile -t missing < <(comm -13 \
	<(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' "${wanted[@]}" \
		2>/dev/null | sed -n 's/^.i *//p' | sort -u) \
	<(printf '%s\n' "${wanted[@]}"))
[ ${#missing[@]} -gt 0 ] || exit 0

if [ "$(id -u)" != 0 ]; then
	echo "deps.sh: these packages are missing:" >&2
	echo "  apt install --no-install-recommends ${missing[*]}" >&2
	exit 1
fi

export DEBIAN_FRONTEND=noninteractive
echo "deps.sh: installing ${missing[*]}"
apt-get -q update
apt-get -q -y install --no-install-recommends "${missing[@]}"
