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

declare -A cache_locks

# cache_lock NAME: an exclusive lock on one part of the cache, so that two runs
# do not make the same thing twice. The shell's end gives it back, too.
cache_lock()
{
	local fd

	mkdir -p "$cache/locks"
	exec {fd}>"$cache/locks/$1"
	flock "$fd"
	cache_locks[$1]=$fd
}

# cache_unlock NAME: gives a lock back. Children must not outlive this, for
# they have inherited it.
cache_unlock()
{
	local fd=${cache_locks[$1]}

	exec {fd}>&-
	unset "cache_locks[$1]"
}
