/* SPDX-License-Identifier: GPL-2.0 */
/* What every subcommand is given, and how it ends. */
#ifndef _COMMAND_H
#define _COMMAND_H

#include <stdbool.h>

enum {
	EXIT_DONE = 0,
	EXIT_ERROR = 1,
	EXIT_USAGE = 2,
	EXIT_NO = 3,
};

/**
 * struct command - a subcommand
 * @name: as typed
 * @arguments: for usage, such as "[FILE] [--dry-run]"
 * @help: one line
 * @options: of its own, for help: a line each; NULL: none
 * @main: argv[0] is the name; global options are already taken out; returns
 *	one of EXIT_*; parses its own options with getopt_long, which permutes
 */
struct command {
	const char *name;
	const char *arguments;
	const char *help;
	const char *options;
	int (*main)(int argc, char **argv);
};

/* The global options. */
extern const char *option_interface; /* -i, --interface; NULL: not given */
extern const char *option_netns; /* -n, --netns; already entered */
extern bool option_json; /* -j, --json */

/*
 * The interface: -i, else the FILE's base name without .conf, else the only
 * ward or /etc/wgward/IFACE.conf there is. NULL after an error was printed.
 */
const char *command_interface(const char *file);
/*
 * FILE, or /etc/wgward/IFACE.conf when @file is NULL. @interface may be NULL:
 * -i, or the only file that there is. Static storage; NULL after an error was
 * printed.
 */
const char *command_file(const char *file, const char *interface);

/* Whether an interface can be called that. */
bool command_interface_valid(const char *name);

/*
 * For wrong arguments, once they were explained by error() or getopt_long():
 * prints where help is. Returns EXIT_USAGE.
 */
int command_usage(const char *name);

/* wgward: error: ... on standard error. */
void error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void warning(const char *format, ...) __attribute__((format(printf, 1, 2)));

int check_main(int argc, char **argv);
int explain_main(int argc, char **argv);
int plan_main(int argc, char **argv);
int apply_main(int argc, char **argv);
int verify_main(int argc, char **argv);
int refresh_main(int argc, char **argv);
int node_main(int argc, char **argv);
int group_main(int argc, char **argv);
int rule_main(int argc, char **argv);
int save_main(int argc, char **argv);
int status_main(int argc, char **argv);
int show_main(int argc, char **argv);
int flows_main(int argc, char **argv);
int monitor_main(int argc, char **argv);
int confirm_main(int argc, char **argv);
int rollback_main(int argc, char **argv);
int abort_main(int argc, char **argv);
int down_main(int argc, char **argv);
int detach_main(int argc, char **argv);
int reload_main(int argc, char **argv);
int version_main(int argc, char **argv);

#endif /* _COMMAND_H */
