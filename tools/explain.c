// SPDX-License-Identifier: GPL-2.0
/*
 * wgward explain: the verdict on a conversation, from the kernel or, with
 * --file, from a mesh file.
 *
 * JSON: verdict, reason, rule (null: none), audited (null: none; the audited
 * rule that would have decided otherwise, and its verdict), audit (the ward
 * only audits, and passes it anyway), file and line of the rule (null
 * when the kernel answers), source and destination, each with node (null:
 * none) and address, and service. With "-", an object a line; a line that
 * could not be read has error instead.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <sys/socket.h>

#include "address.h"
#include "command.h"
#include "explain.h"
#include "output.h"
#include "service.h"

static bool open_file(struct explainer *explainer, const char *file)
{
	const char *why = NULL;

	explainer->mesh = mesh_read(file);
	if (!explainer->mesh)
		return false;
	explainer->policy = mesh_policy(explainer->mesh, NULL);
	if (!explainer->policy)
		return false;
	if (!wgward_policy_compile(explainer->policy, &why))
		return true;
	error("%s: %s", explainer->mesh->file, why);
	return false;
}

static bool open_ward(struct explainer *explainer)
{
	explainer->interface = command_interface(NULL);
	if (!explainer->interface)
		return false;
	explainer->socket = ward_open();
	if (!explainer->socket)
		return false;
	return !ward_read_policy(explainer->socket, explainer->interface,
				 &explainer->policy);
}

static void close_all(struct explainer *explainer)
{
	wgward_policy_free(explainer->policy);
	mesh_free(explainer->mesh);
	if (explainer->socket)
		ward_close(explainer->socket);
}

static void judge(const struct wgward_policy *policy,
		  const struct ward_question *question,
		  struct ward_verdict *answer)
{
	struct wgward_verdict verdict;

	wgward_policy_judge(policy, question->family, &question->source,
			    &question->destination,
			    question->service >> SERVICE_SHIFT,
			    question->service, time(NULL), &verdict);
	memset(answer, 0, sizeof(*answer));
	answer->code = verdict.code;
	answer->reason = verdict.reason;
	answer->audited_code = verdict.audited_code;
	if (verdict.rule != WGWARD_NONE)
		strcpy(answer->rule, policy->rules[verdict.rule].name);
	if (verdict.audited != WGWARD_NONE)
		strcpy(answer->audited, policy->rules[verdict.audited].name);
	if (verdict.source != WGWARD_NONE)
		strcpy(answer->source, policy->nodes[verdict.source].name);
	if (verdict.destination != WGWARD_NONE)
		strcpy(answer->destination,
		       policy->nodes[verdict.destination].name);
}

int explain_answer(const struct explainer *explainer,
		   const struct ward_question *questions, size_t count,
		   struct ward_verdict *verdicts)
{
	size_t i;

	if (explainer->socket)
		return ward_explain_all(explainer->socket, explainer->interface,
					questions, count, verdicts);
	for (i = 0; i < count; i++)
		judge(explainer->policy, &questions[i], &verdicts[i]);
	return 0;
}

static json_t *audited_json(const struct ward_verdict *verdict)
{
	json_t *object;

	if (!*verdict->audited)
		return json_null();
	object = output_object();
	output_set_text(object, "rule", verdict->audited);
	output_set_text(object, "verdict",
			output_verdict(verdict->audited_code));
	return object;
}

static json_t *end_object(const char *node, const char *address)
{
	json_t *object = output_object();

	output_set_text(object, "node", *node ? node : NULL);
	output_set_text(object, "address", address);
	return object;
}

static const struct mesh_rule *find_rule(const struct explainer *explainer,
					 const struct ward_verdict *verdict)
{
	if (!explainer->mesh || !*verdict->rule)
		return NULL;
	return mesh_find_rule(explainer->mesh, verdict->rule);
}

static bool is_audit(const struct explainer *explainer)
{
	return explainer->policy && explainer->policy->audit;
}

static void print_json(const struct explainer *explainer,
		       const struct ward_verdict *verdict, const char *source,
		       const char *destination, const char *service,
		       bool one_line)
{
	const struct mesh_rule *rule = find_rule(explainer, verdict);
	json_t *object = output_object();

	output_set_text(object, "verdict", output_verdict(verdict->code));
	output_set_text(object, "reason", output_reason(verdict->reason));
	output_set_text(object, "rule", *verdict->rule ? verdict->rule : NULL);
	output_set(object, "audited", audited_json(verdict));
	output_set_bool(object, "audit", is_audit(explainer));
	output_set_text(object, "file", rule ? explainer->mesh->file : NULL);
	if (rule)
		output_set_number(object, "line", rule->line);
	else
		output_set_text(object, "line", NULL);
	output_set(object, "source", end_object(verdict->source, source));
	output_set(object, "destination",
		   end_object(verdict->destination, destination));
	output_set_text(object, "service", service);
	output_json(object, one_line);
}

void explain_print_line(const struct ward_verdict *verdict)
{
	printf("%s\t%s\t%s\n", output_verdict(verdict->code),
	       output_reason(verdict->reason),
	       *verdict->rule ? verdict->rule : "-");
}

static void print_text(const struct explainer *explainer,
		       const struct ward_verdict *verdict, const char *source,
		       const char *destination, const char *service)
{
	const struct mesh_rule *rule = find_rule(explainer, verdict);

	explain_print_line(verdict);
	if (rule)
		printf("rule         %s, %s:%u\n", verdict->rule,
		       explainer->mesh->file, rule->line);
	printf("source       %s %s\n", *verdict->source ? verdict->source : "-",
	       source);
	printf("destination  %s %s\n",
	       *verdict->destination ? verdict->destination : "-", destination);
	printf("service      %s\n", service);
	if (*verdict->audited)
		printf("audited      %s would say %s\n", verdict->audited,
		       output_verdict(verdict->audited_code));
	if (is_audit(explainer))
		printf("audit        the ward only reports this: everything "
		       "passes\n");
}

void explain_print(const struct explainer *explainer,
		   const struct ward_question *question,
		   const struct ward_verdict *verdict, bool one_line)
{
	char source[ADDRESS_TEXT_LEN], destination[ADDRESS_TEXT_LEN];
	char service[SERVICE_TEXT_LEN];

	address_format(source, question->family, &question->source);
	address_format(destination, question->family, &question->destination);
	service_format_single(service, question->service);
	if (option_json)
		print_json(explainer, verdict, source, destination, service,
			   one_line);
	else
		print_text(explainer, verdict, source, destination, service);
}

static int explain_one(const struct explainer *explainer, char **triple)
{
	struct ward_question question;
	struct ward_verdict verdict;
	const char *why;

	why = explain_parse(explainer, triple[0], triple[1], triple[2],
			    &question);
	if (why) {
		error("%s", why);
		return EXIT_ERROR;
	}
	if (explain_answer(explainer, &question, 1, &verdict))
		return EXIT_ERROR;
	explain_print(explainer, &question, &verdict, false);
	return verdict.code == WGWARD_VERDICT_PASS ? EXIT_DONE : EXIT_NO;
}

static int explain_all(struct explainer *explainer, const char *file, int count,
		       char **arguments)
{
	if (file ? !open_file(explainer, file) : !open_ward(explainer))
		return EXIT_ERROR;
	return count == 1 ? explain_batch(explainer) :
			    explain_one(explainer, arguments);
}

int explain_main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "file", required_argument, NULL, 'f' },
		{ "ipv4", no_argument, NULL, '4' },
		{ "ipv6", no_argument, NULL, '6' },
		{ NULL, 0, NULL, 0 },
	};
	struct explainer explainer = { .family = AF_UNSPEC };
	const char *file = NULL;
	int option, status;
	bool is_batch;

	while ((option = getopt_long(argc, argv, "f:46", options, NULL)) !=
	       -1) {
		switch (option) {
		case 'f':
			file = optarg;
			break;
		case '4':
			explainer.family = AF_INET;
			break;
		case '6':
			explainer.family = AF_INET6;
			break;
		default:
			return command_usage("explain");
		}
	}
	is_batch = argc - optind == 1 && !strcmp(argv[optind], "-");
	if (argc - optind != 3 && !is_batch) {
		error("explain takes SRC DST SERVICE, or \"-\"");
		return command_usage("explain");
	}
	if (is_batch && file && !strcmp(file, "-")) {
		error("standard input holds either the file or the questions");
		return command_usage("explain");
	}
	status = explain_all(&explainer, file, argc - optind, argv + optind);
	close_all(&explainer);
	return status;
}
