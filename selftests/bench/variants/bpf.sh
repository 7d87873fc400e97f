# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# A program of BPF in tc, without state.

: "${here:?}" "${table:?}"

enforce()
{
	mountpoint -q /sys/fs/bpf || mount -t bpf bpf /sys/fs/bpf
	measure_load "$1" "$here/bpf_load" "$here/judge.bpf" wg0 "$table"
}
