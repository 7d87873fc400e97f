# SPDX-License-Identifier: GPL-2.0
# Completion of wgward(8) for bash.

# The names of a kind of object of the ward that the line is about.
_wgward_names()
{
	local word option=() i

	for ((i = 1; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		case $word in
		-i|--interface|-n|--netns)
			option+=("$word" "${COMP_WORDS[i + 1]}") ;;
		esac
	done
	# A table's first column, below its heading.
	"${COMP_WORDS[0]}" "${option[@]}" show "$1" 2>/dev/null |
		awk '/^$/ || /^default:/ { exit } NR > 1 { print $1 }'
}

# The subcommand of the line, its first argument, and whether there is a second,
# in $command, $object and $named.
_wgward_command()
{
	local i

	command='' object='' named=''
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-i|--interface|-n|--netns|--node|--rule|--service|--key|\
		--file|--since|--confirm)
			i=$((i + 1)) ;;
		-*)	;;
		*)
			if [ -z "$command" ]; then
				command=${COMP_WORDS[i]}
			elif [ -z "$object" ]; then
				object=${COMP_WORDS[i]}
			else
				named=1
			fi
			;;
		esac
	done
}

_wgward_options()
{
	local filter='--node --rule --service'

	case $1 in
	plan)		echo --key --since --exit-code ;;
	apply)		echo --last-good --confirm --key --dry-run --adopt \
				--force --queued ;;
	verify)		echo --key ;;
	abort|down)	echo --force ;;
	node|group|rule)
			echo --dry-run --force --queued ;;
	explain)	echo --file -4 -6 ;;
	show)
		case $2 in
		rules)	echo --unused ;;
		flows)	echo "$filter" ;;
		drops)	echo --node ;;
		esac
		;;
	flows)		echo "$filter" ;;
	esac
	echo --interface --netns --json --help
}

_wgward_arguments()
{
	local commands='check plan apply confirm rollback abort verify refresh node
		group rule save down detach status show flows monitor explain
		reload version help'

	case $1:$2 in
	:*|help:)	echo "$commands" ;;
	show:)		echo nodes groups rules flows drops ;;
	flows:)		echo flush ;;
	explain:*)	_wgward_names nodes ;;
	node:|group:|rule:)
			echo add set del ;;
	node:*|group:*|rule:*)
			_wgward_edit "$1" ;;
	esac
}

# What comes after "node set": the name of one, then keys.
_wgward_edit()
{
	if [ -z "$named" ]; then
		_wgward_names "$1s"
		return
	fi
	compopt -o nospace 2>/dev/null
	case $1 in
	node)	echo PublicKey= Address= Endpoint= ListenPort= Groups= Routes= \
			RouteGroups= BehindNAT= Relay= Until= ;;
	group)	echo Nodes= ;;
	rule)	echo From= To= Allow= Deny= Reject= Audit= Log= Until= ;;
	esac
}

_wgward_files()
{
	compopt -o filenames 2>/dev/null
	mapfile -t COMPREPLY < <(compgen -f -- "$1")
}

_wgward()
{
	local word=${COMP_WORDS[COMP_CWORD]} last=${COMP_WORDS[COMP_CWORD - 1]}
	local command object named words=''

	_wgward_command
	case $last in
	-i|--interface)
		words=$(cd /sys/class/net 2>/dev/null && echo *) ;;
	-n|--netns)
		words=$(ip netns list 2>/dev/null | awk '{ print $1 }') ;;
	--node)
		words=$(_wgward_names nodes) ;;
	--rule)
		words=$(_wgward_names rules) ;;
	--confirm)
		words='60 300 600' ;;
	--service)
		words='tcp/ udp/ sctp/ ping icmp icmp6 gre' ;;
	--key|--file|--since)
		_wgward_files "$word"
		return
		;;
	*)
		case $word in
		-*)	words=$(_wgward_options "$command" "$object") ;;
		*)	words=$(_wgward_arguments "$command" "$object") ;;
		esac
		;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
	case $command in
	check|plan|apply|verify|reload)
		[ "${word:0:1}" = - ] || _wgward_files "$word" ;;
	esac
}

complete -F _wgward wgward
