# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# nftables with conntrack.

: "${here:?}" "${table:?}"

enforce()
{
	modprobe -a nf_tables nf_conntrack nft_ct nft_set_pipapo 2>/dev/null
	[ -e /run/rules ] ||
		awk -f "$here/variants/nftables.awk" "$table" >/run/rules
	measure_load "$1" nft -f /run/rules
}
