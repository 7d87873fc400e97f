# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Hooks that do nothing. A module has them on all nodes' devices.

: "${here:?}"

enforce()
{
	[ -e /sys/module/empty ] || insmod "$here/empty/empty.ko"
}

# refuse PORT: drops what goes there, in the hooks.
refuse()
{
	echo "$1" >/sys/module/empty/parameters/refuse
}
