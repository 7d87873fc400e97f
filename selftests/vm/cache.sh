# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Where downloaded and built things are kept, and how to take turns with
# them. To be sourced.

cache=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/wgward

die()
{
	echo "${0##*/}: $*" >&2
	exit 1
}

# cache_lock NAME: holds an exclusive lock on one part of the cache until the
# shell that called ends, so that two runs do not build the same thing twice.
cache_lock()
{
	mkdir -p "$cache/locks"
	exec {cache_lock_fd}>"$cache/locks/$1"
	flock "$cache_lock_fd"
}

# cache_unlock: gives back the lock taken last.
cache_unlock()
{
	exec {cache_lock_fd}>&-
}
