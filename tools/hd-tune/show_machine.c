/* SPDX-License-Identifier: MIT
 * The drawing: packages, nodes, cores, and what goes where. Cores of one use
 * stand together in ranges, so that a large machine fits a screen. */
#include "tools/hd-tune/show.h"

#include <string.h>

#include "util/error.h"

struct use {
	const char *name;
	const char *colour;
	struct cpuset cpus;
};

enum { USE_WORKER, USE_RESERVED, USE_IDLE, USE_SIBLING, USE_LEFT_OUT, USE_AVOIDED, USES };

static bool holds(const struct plan_cpus *list, unsigned cpu)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->at[i] == cpu)
			return true;
	return false;
}

/* Of the core this CPU is a thread of: is another CPU of it in the list? */
static bool core_in(const struct facts *f, const struct plan_cpus *list, int core)
{
	for (size_t i = 0; i < f->pu_count; i++)
		if (f->pus[i].core == core && holds(list, f->pus[i].os_index))
			return true;
	return false;
}

static unsigned use_of(const struct plan *p, const struct facts *f, const struct topology_pu *pu)
{
	if (!cpuset_has(&p->usable, pu->os_index))
		return USE_AVOIDED;
	if (holds(&p->pins, pu->os_index))
		return USE_WORKER;
	if (holds(&p->reserved, pu->os_index))
		return USE_RESERVED;
	if (holds(&p->left, pu->os_index) || core_in(f, &p->left, pu->core))
		return USE_LEFT_OUT;
	return holds(&p->order, pu->os_index) ? USE_IDLE : USE_SIBLING;
}

static void sort_into_uses(const struct plan *p, const struct facts *f, int package, int node,
			   struct use uses[USES])
{
	for (unsigned u = 0; u < USES; u++)
		cpuset_clear(&uses[u].cpus);
	for (size_t i = 0; i < f->pu_count; i++)
		if (f->pus[i].package == package && f->pus[i].node == node)
			cpuset_add(&uses[use_of(p, f, &f->pus[i])].cpus, f->pus[i].os_index);
}

static int draw_use(const struct use *use, struct show_style style, struct bytes *out)
{
	int error;

	if (cpuset_empty(&use->cpus))
		return 0;
	error = bytes_printf(out, "      %s%-22s%s CPU ", style.colour ? use->colour : "", use->name,
			     style.colour ? "\033[0m" : "");
	if (!error)
		error = cpuset_print(&use->cpus, out);
	return error ? error : bytes_append_text(out, "\n");
}

static bool nic_is_near(const struct plan *p, const struct facts *f, int package, int node)
{
	for (size_t i = 0; i < f->pu_count; i++)
		if (f->pus[i].package == package && f->pus[i].node == node &&
		    cpuset_has(&p->nic_local, f->pus[i].os_index))
			return true;
	return false;
}

static int draw_node(const struct plan *p, const struct facts *f, int package, int node, struct show_style style,
		     struct bytes *out)
{
	struct use uses[USES] = {
		[USE_WORKER] = { "workers", "\033[32m", { { 0 } } },
		[USE_RESERVED] = { "reserved", "\033[33m", { { 0 } } },
		[USE_IDLE] = { p->pins.count ? "cores without a worker" : "cores, not pinned", "", { { 0 } } },
		[USE_SIBLING] = { "second threads, free", "\033[2m", { { 0 } } },
		[USE_LEFT_OUT] = { "slower, left out", "\033[2m", { { 0 } } },
		[USE_AVOIDED] = { "not for the service", "\033[31m", { { 0 } } },
	};
	int error;

	sort_into_uses(p, f, package, node, uses);
	if (node >= 0)
		error = bytes_printf(out, "    node %d", node);
	else
		error = bytes_append_text(out, "    no memory of its own");
	if (!error && nic_is_near(p, f, package, node))
		error = bytes_printf(out, "  <-- %s", p->nic);
	if (!error)
		error = bytes_append_text(out, "\n");
	for (unsigned u = 0; u < USES && !error; u++)
		error = draw_use(&uses[u], style, out);
	return error;
}

/* Has a CPU before this one the same package (and node)? */
static bool seen_before(const struct facts *f, size_t i, bool node_too)
{
	for (size_t k = 0; k < i; k++)
		if (f->pus[k].package == f->pus[i].package && (!node_too || f->pus[k].node == f->pus[i].node))
			return true;
	return false;
}

static int draw_package(const struct plan *p, const struct facts *f, int package, struct show_style style,
			struct bytes *out)
{
	int error = package >= 0 ? bytes_printf(out, "  package %d\n", package) : bytes_append_text(out,
												    "  machine\n");

	for (size_t i = 0; i < f->pu_count && !error; i++)
		if (f->pus[i].package == package && !seen_before(f, i, true))
			error = draw_node(p, f, package, f->pus[i].node, style, out);
	return error;
}

int show_machine(const struct plan *p, const struct facts *f, struct show_style style, struct bytes *out)
{
	int error = bytes_append_text(out, "Machine\n");

	for (size_t i = 0; i < f->pu_count && !error; i++)
		if (!seen_before(f, i, false))
			error = draw_package(p, f, f->pus[i].package, style, out);
	if (!error && p->nic[0] && !p->locality_known)
		error = bytes_printf(out, "  interface %s: near to no part of it more than to others\n", p->nic);
	return error;
}
