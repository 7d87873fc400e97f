// SPDX-License-Identifier: GPL-2.0
#include "key.h"
#include "refusal.h"

static int check_manager(const struct live *live, refusal_tell *tell)
{
	const char *manager;

	/* Under a policy of ours it was adopted, whatever still runs. */
	if (!live->link || live->policy)
		return 0;
	manager = link_manager(live->interface, live->link->ifindex);
	if (!manager)
		return 0;
	tell("%s is managed by %s: --adopt if wgward shall change it "
	     "nevertheless",
	     live->interface, manager);
	return -1;
}

static int check_peers(const struct live *live, const struct goal *goal,
		       refusal_tell *tell)
{
	struct present present = live_present(live);
	char text[KEY_TEXT_LEN];
	const u8 *key;
	size_t count;

	count = plan_unknown_peers(&goal->target, &present, &key);
	if (!count)
		return 0;
	tell("%s has %zu peer%s that the file does not know, such as %s: "
	     "--adopt if they shall be removed",
	     live->interface, count, count == 1 ? "" : "s",
	     key_format(text, key));
	return -1;
}

static int check_revision(const struct live *live, const struct goal *goal,
			  refusal_tell *tell)
{
	const struct wgward_policy *before = live->policy;
	const struct wgward_policy *after = goal->policy;

	if (!before || !before->has_revision || !after->has_revision ||
	    after->revision >= before->revision)
		return 0;
	tell("%s: the file is revision %llu, older than %llu, which is in "
	     "force: --force if that is meant",
	     live->interface, (unsigned long long)after->revision,
	     (unsigned long long)before->revision);
	return -1;
}

int refusal_check(const struct live *live, const struct goal *goal,
		  const struct refusal_options *options, refusal_tell *tell)
{
	int result = 0;

	if (!options->adopt && check_manager(live, tell))
		result = -1;
	if (!options->adopt && check_peers(live, goal, tell))
		result = -1;
	if (!options->force && check_revision(live, goal, tell))
		result = -1;
	return result;
}
