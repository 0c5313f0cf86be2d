/* SPDX-License-Identifier: MIT */
#include "tests/sim/world.h"

#include <stdlib.h>
#include <string.h>

#include "data/tell.h"
#include "data/xfer.h"
#include "tests/sim/alloc.h"
#include "tests/sim/check.h"
#include "tests/sim/client.h"
#include "tests/sim/sim_control.h"
#include "tests/sim/kernel.h"
#include "tests/sim/sim.h"
#include "tests/sim/sim_ring.h"
#include "tls/record.h"
#include "util/error.h"
#include "util/mono.h"

/* Who stands still, until which step: shards, then control. */
static uint64_t frozen_until[PLAN_SHARDS_MAX + 1];

/* ---- building ---- */

static void resize(struct spsc *ring, uint32_t entries, uint32_t size)
{
	spsc_release(ring);
	hd_assert(spsc_init(ring, entries, size) == 0);
}

static void make_rings_small(void)
{
	uint16_t n = sim.plan.shards;

	for (uint16_t i = 0; i < n; i++) {
		resize(&sim.bus.event[i], sim.plan.event_entries, sizeof(struct event));
		resize(&sim.bus.command[i], sim.plan.command_entries, sizeof(struct command));
		resize(&sim.bus.handover[i], sim.plan.handover_entries, sizeof(struct handover));
	}
	for (uint32_t i = 0; n > 1 && i < (uint32_t)n * n; i++) {
		if (i / n == i % n)
			continue;
		resize(&sim.plane->links[i].out, sim.plan.xfer_entries, sizeof(struct xfer_desc));
		resize(&sim.plane->links[i].back, sim.plan.xfer_entries, sizeof(struct xfer_return));
	}
}

static void started(void *ctx, uint16_t shard, int error)
{
	(void)ctx;
	sim_check(error == 0, "shard %u did not start: %s", shard, error_text(error));
	sim.started[shard] = true;
}

static void run_shard(void *ctx)
{
	uint16_t i = (uint16_t)(uintptr_t)ctx;

	data_plane_run(sim.plane, i, started, NULL);
}

static void build(uint64_t seed, const struct world_options *o)
{
	sim = (struct sim){ .seed = seed, .verbose = o->verbose, .now_ns = SIM_START_NS };
	sim.prng = prng_of(seed);
	sim.running = -1;
	sim.plan = plan_of(&sim.prng, o->shards);
	memset(frozen_until, 0, sizeof(frozen_until));
	kernel_init();
	client_init();
	sim_control_init();
	hd_assert(bus_init(&sim.bus, sim.plan.shards, 1) == 0);
	sim.registry = stats_registry_new();
	hd_assert(sim.registry);
	for (uint16_t i = 0; i < sim.plan.shards; i++) {
		sim.stats[i] = stats_registry_add(sim.registry, "worker %u", i);
		hd_assert(sim.stats[i]);
	}
	hd_assert(data_plane_new(&sim.plane, sim.plan.shards, &sim.plan.settings, &sim.bus, sim.stats) == 0);
	/* The plane's own chance would not repeat. */
	sim.plane->hash_key = (struct hash_key){ prng_next(&sim.prng), prng_next(&sim.prng) };
	make_rings_small();
	for (uint16_t i = 0; i < sim.plan.shards; i++) {
		sim_shard(i)->random = prng_next(&sim.prng) | 1;
		sim.task[i] = task_new(run_shard, (void *)(uintptr_t)i);
	}
}

static void free_all(void)
{
	/* What accept handed over and nobody took. */
	for (uint16_t i = 0; i < sim.plan.shards; i++) {
		struct spsc *ring = bus_handover(&sim.bus, 0, i);
		const struct handover *h;

		for (; (h = spsc_peek(ring)) != NULL; spsc_consume(ring)) {
			kernel_close(h->fd);
			free(h->leftover);
			free(h->sealed);
			record_keys_free(h->keys);
		}
	}
	data_plane_free(sim.plane);
	bus_release(&sim.bus);
	sim_control_release();
	for (uint16_t i = 0; i < sim.plan.shards; i++) {
		sim_check(!sim.ring[i], "the ring of shard %u was never freed", i);
		task_free(sim.task[i]);
	}
	kernel_release();
	client_release();
	stats_registry_free(sim.registry);
}

/* ---- steps ---- */

static bool frozen(uint32_t who)
{
	return sim.step < frozen_until[who];
}

static bool shard_can_run(uint16_t i)
{
	if (task_ended(sim.task[i]))
		return false;
	return !sim.ring[i] || !sim_ring_asleep(sim.ring[i]) || sim_ring_ready(sim.ring[i]);
}

static void resume_shard(uint16_t i)
{
	sim.running = i;
	task_resume(sim.task[i]);
	sim.running = -1;
}

static bool step_shard(uint16_t i)
{
	bool needless = sim.plan.spurious > 0 && sim_one_in(sim.plan.spurious);

	if (frozen(i) || task_ended(sim.task[i]) || (!shard_can_run(i) && !needless))
		return false;
	resume_shard(i);
	return true;
}

static bool step_kernel(void)
{
	uint16_t i = (uint16_t)sim_below(sim.plan.shards);
	bool any = false;

	for (uint32_t n = sim_range(1, 6); n > 0 && sim.ring[i] && sim_ring_work(sim.ring[i]); n--)
		any = true;
	return any;
}

static struct conn *any_conn(void)
{
	return sim.conn_count ? &sim.conns[sim_below(sim.conn_count)] : NULL;
}

static void step_client(void)
{
	struct conn *c = any_conn();

	if (!c || !client_open(c))
		return;
	if (sim_one_in(2) && client_can_write(c))
		client_write(c);
	else
		client_read(c);
}

static void step_churn(void)
{
	struct conn *c;

	if (sim_one_in(2)) {
		(void)client_join();
		return;
	}
	c = any_conn();
	if (c && sim_one_in(2))
		client_leave(c);
}

static void step_freeze(void)
{
	uint32_t who = sim_below(sim.plan.shards + 1u);

	if (who == sim.plan.shards)
		who = PLAN_SHARDS_MAX;
	frozen_until[who] = sim.step + sim_range(50, 2000);
}

static void pass_time(uint64_t ns)
{
	sim.now_ns += ns;
}

static void step(void)
{
	sim.step++;
	pass_time(sim_one_in(300) ? sim_below(20) * MONO_NS_PER_MS : sim_below(20000));
	if (sim.plan.freeze > 0 && sim_one_in(sim.plan.freeze))
		step_freeze();
	if (sim.plan.commands > 0 && sim_one_in(sim.plan.commands))
		sim_control_command();
	if (sim.plan.churn && sim_one_in(60))
		step_churn();
	switch (sim_below(8)) {
	case 0:
	case 1:
	case 2:
		(void)step_shard((uint16_t)sim_below(sim.plan.shards));
		break;
	case 3:
		(void)step_kernel();
		break;
	case 4:
		if (!frozen(PLAN_SHARDS_MAX))
			sim_control_work();
		break;
	default:
		step_client();
	}
	if (sim.step % 64 == 0)
		check_always();
}

/* ---- until nothing moves ---- */

static bool work_once(void)
{
	bool any = false;

	pass_time(100);
	for (uint16_t i = 0; i < sim.plan.shards; i++) {
		if (sim.ring[i] && !task_ended(sim.task[i]))
			any |= sim_ring_work(sim.ring[i]) || !sim_ring_idle(sim.ring[i]);
		if (shard_can_run(i)) {
			resume_shard(i);
			any = true;
		}
	}
	if (!sim_control_idle()) {
		sim_control_work();
		any = true;
	}
	return any;
}

#define IDLE_ROUNDS_MAX 3000000

/* Shards, kernel and control go on while they can; time hardly passes. */
static void work_until_idle(void)
{
	for (uint32_t n = 0; work_once(); n++) {
		sim.step++;
		sim_check(n < IDLE_ROUNDS_MAX, "the shards never come to rest");
	}
	for (uint16_t i = 0; i < sim.plan.shards; i++)
		sim_check(!sim.ring[i] || task_ended(sim.task[i]) || sim_ring_idle(sim.ring[i]),
			  "shard %u rests while the kernel could go on", i);
	check_always();
	check_idle();
}

static uint64_t next_deadline_ns(void)
{
	uint64_t at = SIM_NEVER;

	for (uint16_t i = 0; i < sim.plan.shards; i++)
		if (sim.ring[i] && !task_ended(sim.task[i]) && sim_ring_deadline_ns(sim.ring[i]) < at)
			at = sim_ring_deadline_ns(sim.ring[i]);
	return at;
}

static bool read_all(void)
{
	bool any = false;

	for (uint32_t i = 0; i < sim.conn_count; i++) {
		struct conn *c = &sim.conns[i];

		if (client_open(c) && c->reading != CLIENT_STUCK && c->sock.out_used > 0) {
			c->sock.out_used = 0;
			any = true;
		}
	}
	return any;
}

/* They read fast now, so they get a socket like others, unless packets are small. */
static void widen_sockets(void)
{
	for (uint32_t i = 0; sim.plan.packet_max > 100 && i < sim.conn_count; i++)
		if (sim.conns[i].reading != CLIENT_STUCK && sim.conns[i].sock.out_max < 65536)
			sim.conns[i].sock.out_max = 65536;
}

static bool served(void)
{
	for (uint32_t i = 0; i < sim.conn_count; i++) {
		const struct conn *c = &sim.conns[i];

		if (!client_open(c))
			continue;
		if (sock_waiting(&c->sock) > 0 || c->sock.fin || c->sock.error || c->header_len > 0 ||
		    c->record_len > 0)
			return false;
	}
	for (uint16_t i = 0; i < sim.plan.shards; i++) {
		const struct shard *sh = sim_shard(i);

		if (!list_empty(&sh->blocked[0]) || !list_empty(&sh->blocked[1]) || !tell_idle(sh))
			return false;
	}
	return true;
}

/* Everybody reads, nobody writes, until all is delivered. */
static void serve(void)
{
	widen_sockets();
	for (uint32_t n = 0;; n++) {
		work_until_idle();
		if (read_all())
			continue;
		if (served())
			return;
		sim_check(n < 200000 && next_deadline_ns() != SIM_NEVER, "the clients are never served");
		if (next_deadline_ns() > sim.now_ns)
			sim.now_ns = next_deadline_ns();
	}
}

/* Nothing to do for a while: the shards sleep, and everybody hears of them. */
static void idle_for(uint64_t ms)
{
	uint64_t loops = sim_stat(STAT_LOOPS), until = sim.now_ns + ms * MONO_NS_PER_MS;
	uint64_t live = sim_stat(STAT_PEERS_ACTIVE), spent;

	while (next_deadline_ns() <= until) {
		if (next_deadline_ns() > sim.now_ns)
			sim.now_ns = next_deadline_ns();
		work_until_idle();
		while (read_all())
			work_until_idle();
	}
	sim.now_ns = until;
	work_until_idle();
	/* A wheel may look once per level on the way to each timer. */
	spent = sim_stat(STAT_LOOPS) - loops;
	sim_check(spent <= (live + 1) * 16 * (1 + ms / sim.plan.settings.keepalive_ms) + 16 * sim.plan.shards,
		  "%lu passes in %lu ms with nothing to do for %lu clients", (unsigned long)spent,
		  (unsigned long)ms, (unsigned long)live);
}

static void check_keep_alives(void)
{
	uint32_t before[CLIENT_CONNS_MAX];

	if (sim.plan.settings.keepalive_ms == 0)
		return;
	for (uint32_t i = 0; i < sim.conn_count; i++)
		before[i] = sim.conns[i].keep_alives;
	idle_for(sim.plan.settings.keepalive_ms + 5001);
	for (uint32_t i = 0; i < sim.conn_count; i++)
		if (client_open(&sim.conns[i]) && sim.conns[i].reading != CLIENT_STUCK)
			sim_check(sim.conns[i].keep_alives > before[i], "client %u was not kept alive", i);
}

/* Nobody has needed their memory for many periods: it is given back. */
static void check_shrunk(void)
{
	if (sim.plan.settings.shrink_ms * 30 > sim.plan.settings.keepalive_ms + 5001)
		return;
	for (uint16_t i = 0; i < sim.plan.shards; i++)
		sim_check(sim_shard(i)->shrink.sum.empties == 0, "shard %u keeps %zu slabs for nothing", i,
			  sim_shard(i)->shrink.sum.empties);
}

static bool all_ended(void)
{
	for (uint16_t i = 0; i < sim.plan.shards; i++)
		if (!task_ended(sim.task[i]))
			return false;
	return true;
}

static void drain(void)
{
	uint32_t drain_ms = sim_one_in(2) ? 0 : sim_below(3000);
	uint64_t until;

	sim_control_drain(drain_ms);
	sim_control_work();
	/* While its ring of events is full a shard looks again every 10 ms. */
	until = sim.now_ns + drain_ms * MONO_NS_PER_MS;
	until += (100 + 30 * sim.conn_count / sim.plan.event_entries) * MONO_NS_PER_MS;
	for (uint32_t n = 0; !all_ended(); n++) {
		work_until_idle();
		if (sim_one_in(2))
			(void)read_all();
		if (all_ended())
			break;
		sim_check(n < 10000 && sim.now_ns <= until && next_deadline_ns() != SIM_NEVER,
			  "the shards do not end: round %u, %.3f ms too late, next at %.3f ms", n,
			  (double)(int64_t)(sim.now_ns - until) / 1e6, (double)next_deadline_ns() / 1e6);
		if (next_deadline_ns() > sim.now_ns)
			sim.now_ns = next_deadline_ns();
	}
	while (!sim_control_idle())
		sim_control_work();
	for (uint16_t i = 0; i < sim.plan.shards; i++)
		sim_check(sim_control_drained(i), "shard %u ended without a word", i);
	sim_check(sim_control_present() == 0, "%u clients were never closed", sim_control_present());
}

void world_run(uint64_t seed, const struct world_options *o)
{
	build(seed, o);
	for (uint32_t i = 0; i < sim.plan.conns_start; i++)
		(void)client_join();
	alloc_may_fail(true);
	while (sim.step < o->steps)
		step();
	/* Some end without memory, too. */
	alloc_may_fail(sim.plan.abrupt);
	memset(frozen_until, 0, sizeof(frozen_until));
	if (!sim.plan.abrupt) {
		serve();
		check_served();
		check_keep_alives();
		check_shrunk();
	}
	drain();
	free_all();
}
