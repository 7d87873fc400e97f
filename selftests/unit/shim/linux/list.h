/* SPDX-License-Identifier: GPL-2.0 */
/* Userspace version of the kernel's header, for the data path on one CPU. */
#ifndef _SHIM_LINUX_LIST_H
#define _SHIM_LINUX_LIST_H

#include <stddef.h>

struct list_head {
	struct list_head *next, *prev;
};

struct hlist_node {
	struct hlist_node *next, **pprev;
};

struct hlist_head {
	struct hlist_node *first;
};

#ifndef container_of
#define container_of(pointer, type, member) \
	((type *)((char *)(pointer)-offsetof(type, member)))
#endif

static inline void INIT_LIST_HEAD(struct list_head *list)
{
	list->next = list;
	list->prev = list;
}

static inline void list_add_tail(struct list_head *entry,
				 struct list_head *list)
{
	entry->next = list;
	entry->prev = list->prev;
	list->prev->next = entry;
	list->prev = entry;
}

static inline void list_del(struct list_head *entry)
{
	entry->prev->next = entry->next;
	entry->next->prev = entry->prev;
}

#define list_first_entry(list, type, member) \
	container_of((list)->next, type, member)

#define list_first_entry_or_null(list, type, member)                         \
	((list)->next != (list) ? container_of((list)->next, type, member) : \
				  NULL)

#define list_for_each_entry_safe(pos, other, list, member)                \
	for (pos = container_of((list)->next, typeof(*pos), member),      \
	    other = container_of(pos->member.next, typeof(*pos), member); \
	     &pos->member != (list); pos = other,                         \
	    other = container_of(other->member.next, typeof(*other), member))

#define INIT_HLIST_HEAD(list) ((list)->first = NULL)

static inline void hlist_add_head(struct hlist_node *node,
				  struct hlist_head *list)
{
	node->next = list->first;
	if (node->next)
		node->next->pprev = &node->next;
	list->first = node;
	node->pprev = &list->first;
}

static inline void hlist_del(struct hlist_node *node)
{
	*node->pprev = node->next;
	if (node->next)
		node->next->pprev = node->pprev;
}

#define hlist_entry_or_null(node, type, member) \
	((node) ? container_of(node, type, member) : NULL)

#define hlist_for_each_entry(pos, list, member)                              \
	for (pos = hlist_entry_or_null((list)->first, typeof(*pos), member); \
	     pos; pos = hlist_entry_or_null(pos->member.next, typeof(*pos),  \
					    member))

#endif /* _SHIM_LINUX_LIST_H */
