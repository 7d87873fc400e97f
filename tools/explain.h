/* SPDX-License-Identifier: GPL-2.0 */
/* Questions about verdicts, whoever answers them. */
#ifndef _TOOLS_EXPLAIN_H
#define _TOOLS_EXPLAIN_H

#include "mesh.h"
#include "ward.h"

/**
 * struct explainer - who answers
 * @policy: knows the nodes; NULL: the ward has none; of a file: compiled
 * @mesh: of the file, when offline; else NULL
 * @socket: to the kernel, when not offline
 * @interface: the ward's
 * @family: only this one, or AF_UNSPEC
 */
struct explainer {
	struct wgward_policy *policy;
	struct mesh *mesh;
	struct ward_socket *socket;
	const char *interface;
	u8 family;
};

/*
 * Reads "SRC DST SERVICE" into @question. Returns NULL, or what is wrong,
 * valid until the next call.
 */
const char *explain_parse(const struct explainer *explainer, const char *source,
			  const char *destination, const char *service,
			  struct ward_question *question);

/* Answers. Returns 0, or -1 after an error was printed. */
int explain_answer(const struct explainer *explainer,
		   const struct ward_question *questions, size_t count,
		   struct ward_verdict *verdicts);

/* "drop", a tab, the reason, a tab, the rule or "-". */
void explain_print_line(const struct ward_verdict *verdict);

/* One answer: that line and some details, or JSON in one or several lines. */
void explain_print(const struct explainer *explainer,
		   const struct ward_question *question,
		   const struct ward_verdict *verdict, bool one_line);

/* Standard input's triples, an answer a line. Returns one of EXIT_*. */
int explain_batch(const struct explainer *explainer);

#endif /* _TOOLS_EXPLAIN_H */
