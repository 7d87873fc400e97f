// SPDX-License-Identifier: GPL-2.0
/* The command's table, its global options and its help. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "netns.h"
#include "output.h"
#include "text.h"

static int help_main(int argc, char **argv);

static const char key_option[] =
	"  --key FILE    this node's private key, instead of "
	"/etc/wgward/IFACE.key\n";

static const char script_options[] =
	"  KEY=VALUE     a key as in the mesh file; set: empty takes it out\n"
	"  KEY+=VALUE    set: a list gets these items, too\n"
	"  KEY-=VALUE    set: a list loses these items\n"
	"  --dry-run     stop before the change\n"
	"  --force, --queued\n"
	"                although apply would refuse it without\n";

static const struct command commands[] = {
	{ "check", "[FILE]", "look for errors in a mesh file and run its tests",
	  NULL, check_main },
	{ "plan", "[FILE] [--key FILE] [--since FILE] [--exit-code]",
	  "show what apply would change, and what that means",
	  "  --since FILE  compare with this file, not with what is in force\n"
	  "  --exit-code   exit status 3 if there is a change\n",
	  plan_main },
	{ "apply",
	  "[FILE | --last-good] [--confirm SECONDS] [--key FILE] [--dry-run] "
	  "[--adopt] [--force] [--queued]",
	  "bring this node to the mesh file",
	  "  --last-good   the last one that was in force, as when the machine "
	  "boots\n"
	  "  --confirm SECONDS\n"
	  "                roll back to what was, unless confirmed in time\n"
	  "  --dry-run     stop before the first change\n"
	  "  --adopt       take over an interface that another program "
	  "manages,\n"
	  "                and remove peers that the file does not know\n"
	  "  --force       apply a file whose Revision is older, or that cuts "
	  "the\n"
	  "                SSH session that says so\n"
	  "  --queued      let addresses change hands although a queue on "
	  "the\n"
	  "                interface can hold packets\n",
	  apply_main },
	{ "confirm", "[GENERATION]", "keep what was applied with --confirm",
	  NULL, confirm_main },
	{ "rollback", "[GENERATION]",
	  "take back at once what was applied with --confirm", NULL,
	  rollback_main },
	{ "abort", "[--force]", "undo a change that was interrupted",
	  "  --force       although whoever began it still runs\n",
	  abort_main },
	{ "verify", "[FILE] [--key FILE]",
	  "whether WireGuard, the kernel and the file agree", "", verify_main },
	{ "refresh", "", "look up the endpoints of silent peers again", NULL,
	  refresh_main },
	{ "node", "add|set|del NAME [KEY=VALUE...] [--dry-run] [--force]",
	  "change one node, until the next apply", script_options, node_main },
	{ "group", "add|set|del NAME [Nodes=NODE,...] [--dry-run] [--force]",
	  "change one group, until the next apply", script_options,
	  group_main },
	{ "rule", "add|set|del NAME [KEY=VALUE...] [--dry-run] [--force]",
	  "change one rule, until the next apply", script_options, rule_main },
	{ "save", "", "print what is in force as a mesh file", NULL,
	  save_main },
	{ "down", "[--force]", "remove the interface and what apply made",
	  "  --force       although another program manages the interface\n",
	  down_main },
	{ "detach", "", "stop enforcing, leave the interface", NULL,
	  detach_main },
	{ "status", "", "what is enforced, and how the nodes are", NULL,
	  status_main },
	{ "show", "nodes|groups|rules|flows|drops [OPTION...]",
	  "what the kernel has, with counters",
	  "  --unused           rules: those that never did anything\n"
	  "  --node NODE        flows, drops: with this one at one end\n"
	  "  --rule RULE        flows: that this one passed\n"
	  "  --service SERVICE  flows: of this one, such as tcp/22\n",
	  show_main },
	{ "flows", "flush [--node NODE] [--rule RULE] [--service SERVICE]",
	  "end flows, so that they are judged anew",
	  "  --node NODE        those with this one at one end\n"
	  "  --rule RULE        those that this one passed\n"
	  "  --service SERVICE  those of this one, such as tcp/22\n",
	  flows_main },
	{ "monitor", "", "events and verdicts, as they come", NULL,
	  monitor_main },
	{ "explain", "SRC DST SERVICE|- [--file FILE] [-4|-6]",
	  "the verdict on a conversation, and why",
	  "  -             read such triples, answer each on a line\n"
	  "  --file FILE   ask a mesh file, not the kernel\n"
	  "  -4, -6        of a node's addresses, take IPv4 or IPv6\n",
	  explain_main },
	{ "reload", "[MODULE-FILE]",
	  "exchange the module, with all wards closed meanwhile",
	  "  MODULE-FILE   such as module/wgward.ko, instead of what is "
	  "installed\n",
	  reload_main },
	{ "version", "", "the versions of command and module", NULL,
	  version_main },
	{ "help", "[COMMAND]", "this text, or a command's", NULL, help_main },
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static const char options_help[] =
	"Options, anywhere:\n"
	"  -i, --interface IFACE  the WireGuard interface\n"
	"  -n, --netns NETNS      the network namespace\n"
	"  -j, --json             JSON on standard output\n"
	"  -h, --help             help\n"
	"\n"
	"FILE is /etc/wgward/IFACE.conf by default; \"-\" is standard input.\n"
	"Exit status: 0 done, 1 error, 2 wrong usage, 3 the answer is no.\n";

static void print_help(FILE *stream)
{
	size_t i;

	fputs("Usage: wgward [-i IFACE] [-n NETNS] [-j] COMMAND\n\n"
	      "Commands:\n",
	      stream);
	for (i = 0; i < COMMANDS; i++)
		fprintf(stream, "  %-22s %s\n", commands[i].name,
			commands[i].help);
	fputc('\n', stream);
	fputs(options_help, stream);
}

static void print_command_help(const struct command *command)
{
	printf("Usage: wgward %s%s%s\n\n%c%s.\n\n", command->name,
	       *command->arguments ? " " : "", command->arguments,
	       command->help[0] - 'a' + 'A', command->help + 1);
	if (command->options) {
		puts("Its options:");
		fputs(command->options, stdout);
		if (strstr(command->arguments, "--key"))
			fputs(key_option, stdout);
		putchar('\n');
	}
	fputs(options_help, stdout);
}

static const struct command *find_command(const char *name)
{
	struct text_nearest nearest = { .word = name };
	size_t i;

	for (i = 0; i < COMMANDS; i++) {
		if (!strcmp(commands[i].name, name))
			return &commands[i];
		text_nearest_try(&nearest, commands[i].name);
	}
	if (nearest.best)
		error("%s is no command; did you mean %s?", text_show(name),
		      nearest.best);
	else
		error("%s is no command; see \"wgward help\"", text_show(name));
	return NULL;
}

static int help_main(int argc, char **argv)
{
	const struct command *command;

	if (argc < 2) {
		print_help(stdout);
		return EXIT_DONE;
	}
	command = find_command(argv[1]);
	if (!command)
		return EXIT_USAGE;
	print_command_help(command);
	return EXIT_DONE;
}

/**
 * struct globals - what the global options say
 * @interface: -i
 * @netns: -n
 * @json: -j
 * @help: -h
 * @version: --version
 */
struct globals {
	const char *interface;
	const char *netns;
	bool json, help, version;
};

/*
 * The value of the option at argv[*index], which starts at @rest or, if that
 * is empty, is the next argument.
 */
static const char *take_value(char **argv, int *index, const char *rest)
{
	if (*rest)
		return rest;
	if (!argv[*index + 1])
		error("%s needs a value", argv[*index]);
	else
		return argv[++*index];
	return NULL;
}

/* "-j", "-jiwg0". Returns 1 if it is ours, 0 if not, -1 after an error. */
static int take_short(struct globals *globals, char **argv, int *index)
{
	const char *letter = argv[*index] + 1;

	if (!*letter || !strchr("injh", *letter))
		return 0;
	for (; *letter; letter++) {
		switch (*letter) {
		case 'i':
			globals->interface =
				take_value(argv, index, letter + 1);
			return globals->interface ? 1 : -1;
		case 'n':
			globals->netns = take_value(argv, index, letter + 1);
			return globals->netns ? 1 : -1;
		case 'j':
			globals->json = true;
			break;
		case 'h':
			globals->help = true;
			break;
		default:
			error("%s has the unknown option -%c",
			      text_show(argv[*index]), *letter);
			return -1;
		}
	}
	return 1;
}

/* The same for "--json", "--netns=NETNS", "--netns NETNS". */
static int take_long(struct globals *globals, char **argv, int *index)
{
	const char *option = argv[*index] + 2;
	const char *value = strchrnul(option, '=');
	size_t length = value - option;
	const char **target = NULL;

	if (!strcmp(option, "json"))
		globals->json = true;
	else if (!strcmp(option, "help"))
		globals->help = true;
	else if (!strcmp(option, "version"))
		globals->version = true;
	else if (length == 9 && !strncmp(option, "interface", length))
		target = &globals->interface;
	else if (length == 5 && !strncmp(option, "netns", length))
		target = &globals->netns;
	else
		return 0;
	if (!target)
		return 1;
	*target = *value ? value + 1 : take_value(argv, index, "");
	return *target ? 1 : -1;
}

/* Takes the global options out of @argv. Returns the new argc, or -1. */
static int take_globals(struct globals *globals, int argc, char **argv)
{
	int i, taken, kept = 1;

	for (i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--"))
			break;
		taken = 0;
		if (!strncmp(argv[i], "--", 2))
			taken = take_long(globals, argv, &i);
		else if (argv[i][0] == '-')
			taken = take_short(globals, argv, &i);
		if (taken < 0)
			return -1;
		if (!taken)
			argv[kept++] = argv[i];
	}
	while (i < argc)
		argv[kept++] = argv[i++];
	argv[kept] = NULL;
	return kept;
}

static bool use_globals(const struct globals *globals)
{
	option_interface = globals->interface;
	option_netns = globals->netns;
	option_json = globals->json;
	if (!option_interface || command_interface_valid(option_interface))
		return true;
	error("%s is no name of an interface; it has 1 to 15 bytes, without "
	      "\"/\", \":\" and white space",
	      text_show(option_interface));
	return false;
}

/* What is opened later must not be taken for one of them. */
static void open_standard_files(void)
{
	int file;

	do {
		file = open("/dev/null", O_RDWR);
	} while (file >= 0 && file <= STDERR_FILENO);
	if (file >= 0)
		close(file);
}

int main(int argc, char **argv)
{
	struct globals globals = { .interface = NULL };
	const struct command *command;

	open_standard_files();
	argc = take_globals(&globals, argc, argv);
	if (argc < 0 || !use_globals(&globals))
		return EXIT_USAGE;
	if (argc < 2 && !globals.help && !globals.version) {
		print_help(stderr);
		return EXIT_USAGE;
	}
	if (globals.version)
		return output_end(version_main(1, argv));
	if (argc < 2)
		return output_end(help_main(1, argv));
	command = find_command(argv[1]);
	if (!command)
		return EXIT_USAGE;
	if (globals.help) {
		print_command_help(command);
		return output_end(EXIT_DONE);
	}
	if (option_netns && !netns_enter(option_netns))
		return EXIT_ERROR;
	return output_end(command->main(argc - 1, argv + 1));
}
