/* SPDX-License-Identifier: GPL-2.0 */
/* Userspace version of the kernel's header, for the data path on one CPU. */
#ifndef _SHIM_LINUX_WORKQUEUE_H
#define _SHIM_LINUX_WORKQUEUE_H

#include <linux/list.h>
#include <linux/types.h>

struct workqueue_struct;

struct work_struct {
	void (*function)(struct work_struct *work);
	bool pending;
};

struct delayed_work {
	struct work_struct work;
};

struct rcu_work {
	struct work_struct work;
};

#define to_delayed_work(pointer) \
	container_of(pointer, struct delayed_work, work)
#define INIT_DELAYED_WORK(pointer, what) \
	((pointer)->work = (struct work_struct){ .function = (what) })

static inline bool delayed_work_pending(struct delayed_work *work)
{
	return work->work.pending;
}

/* The test runs it when it likes. */
static inline bool queue_delayed_work(struct workqueue_struct *queue,
				      struct delayed_work *work,
				      unsigned long delay)
{
	(void)queue;
	(void)delay;
	if (work->work.pending)
		return false;
	work->work.pending = true;
	return true;
}

static inline bool mod_delayed_work(struct workqueue_struct *queue,
				    struct delayed_work *work,
				    unsigned long delay)
{
	return !queue_delayed_work(queue, work, delay);
}

static inline bool cancel_delayed_work_sync(struct delayed_work *work)
{
	bool was = work->work.pending;

	work->work.pending = false;
	return was;
}

#endif /* _SHIM_LINUX_WORKQUEUE_H */
