/* SPDX-License-Identifier: MIT */
#include "tools/hd-tune/rule.h"

#include <string.h>

#include "util/assert.h"

static const struct rule rules[RULE_COUNT] = {
	[RULE_USABLE] = {
		"usable_cpus", RULE_KIND_STEP,
		"CPUs that are online, allowed by the cpuset and in the service's affinity, without isolated and "
		"nohz_full ones",
		"hwloc's allowed set, cpuset of the service's control group, CPUAffinity= and AllowedCPUs= of the "
		"unit, isolcpus, nohz_full, --cpuset, --isolated-cpus, --isolated",
		"the kernel balances no load onto isolated CPUs: threads that are not pinned pile up on one "
		"of them",
		"the shell's own affinity: the service does not inherit it",
	},
	[RULE_CORES] = {
		"cores", RULE_KIND_STEP,
		"walk up from each usable CPU to its core; the lowest usable CPU stands for the core",
		"usable_cpus, hwloc's tree, --smt",
		"two workers on the threads of one core share its execution units and its first-level cache",
		"counting objects of type core: cores with threads offline stand at another depth",
	},
	[RULE_CLASS] = {
		"class_rule", RULE_KIND_STEP,
		"keep the fastest class: by CoreType, else LinuxCapacity of at least 80 % of the highest, else "
		"FrequencyMaxMHz of at least 80 %, else threads per core if nothing is offline or hidden",
		"hwloc's kinds of CPUs, --cores",
		"peers are spread over workers by hash: all run at the pace of the slowest",
		"the top kind alone: five kinds inside two clusters exist",
	},
	[RULE_LOCALITY] = {
		"locality", RULE_KIND_STEP,
		"known if what the interface hangs from has a part of the usable CPUs, not all and not none",
		"interface of the default route or --nic; of a VLAN or bond what it stands on, all ports together"
		"; PCI parent",
		"an interface that hangs from the whole machine says nothing of where it is near",
		"numa_node of the device: virtio devices have none, their PCI parent does",
	},
	[RULE_ORDER] = {
		"order", RULE_KIND_STEP,
		"cores near the interface, then those of its package, then the rest; in each by NUMA node, "
		"package, "
		"L3, number; cores without allowed memory of their own last",
		"cores, locality",
		"memory and interrupts of the interface stay on one node",
		NULL,
	},
	[RULE_DOMAIN] = {
		"domain", RULE_KIND_STEP,
		"the cores near the interface; its package if they are fewer than 4 or than it can feed; all "
		"if that "
		"has fewer than 4; where it hangs is not known and there are several packages: the one with "
		"most cores",
		"order, locality, speed of the interface, --span",
		"a packet that crosses sockets costs a remote cache line for each line it has",
		"all cores of all sockets: only with --span",
	},
	[RULE_RESERVED] = {
		"reserved", RULE_KIND_STEP,
		"one core in 16 of the domain, none up to 4 cores, minus spare SMT siblings and left-out "
		"slower cores; "
		"lowest first, in turn from each node",
		"domain, usable_cpus, --reserve",
		"interrupts, softirqs and the other threads need a place; one worker too few costs 34 %, half "
		"too many "
		"4 to 10 %: reserve sparingly",
		"a core per queue of the interface",
	},
	[RULE_WORKERS] = {
		"workers", RULE_KIND_YAML,
		"the least of: cores of the domain that are not reserved; half the interface's Gbit/s, at "
		"least 4; the "
		"CPU quota rounded down, at least 1; half the memory over 8 MiB each; 32",
		"domain, reserved, speed of the interface, quota, memory and its limits, --workers, --max-workers",
		"2 Gbit/s is the lowest rate measured of one worker; 4 spread the hash evenly enough",
		"one per hardware thread: siblings share one core",
	},
	[RULE_PIN_CORES] = {
		"pin_cores", RULE_KIND_YAML,
		"the first cores of the order that are not reserved; none under a CPU quota that binds, if no "
		"usable "
		"CPU would be left, or in a container without a cpuset of its own",
		"order, reserved, workers, quota, usable_cpus, --pin",
		"a pinned thread that is throttled or shares its CPU cannot go elsewhere",
		NULL,
	},
	[RULE_SOCKBUF] = {
		"sockbuf", RULE_KIND_YAML,
		"0: the kernel tunes; forced: rate times round trip, at most half of tcp_mem[1] over 4 times "
		"the hot "
		"connections",
		"--sockbuf, --target-rate, --rtt, --hot, net.ipv4.tcp_mem",
		"at 50 ms round trip a fixed 212992 bytes gave 33 Mbit/s, autotuning 452; either call turns "
		"it off",
		"a fixed size for all: right for one distance only",
	},
	[RULE_SQPOLL] = {
		"sqpoll", RULE_KIND_YAML,
		"false; with --sqpoll only if there is an idle CPU per worker and no quota",
		"--sqpoll, usable_cpus, workers, quota",
		"it cost 1.7 to 3 times the CPU for the same packets",
		NULL,
	},
	[RULE_TCP_RMEM] = {
		"net.ipv4.tcp_rmem", RULE_KIND_SYSCTL,
		"the third number at least twice rate times round trip",
		"--target-rate, --rtt, its value",
		"autotuning grows a window up to this and half of it is overhead",
		"the first two numbers: what idle connections cost",
	},
	[RULE_TCP_WMEM] = {
		"net.ipv4.tcp_wmem", RULE_KIND_SYSCTL,
		"the third number at least twice rate times round trip",
		"--target-rate, --rtt, its value",
		"what is not acknowledged yet must stay in the buffer",
		"the first two numbers: what idle connections cost",
	},
	[RULE_RMEM_MAX] = {
		"net.core.rmem_max", RULE_KIND_SYSCTL,
		"at least sockbuf, only if that is not 0",
		"sockbuf, its value",
		"SO_RCVBUF is cut at this; autotuning does not look at it",
		NULL,
	},
	[RULE_WMEM_MAX] = {
		"net.core.wmem_max", RULE_KIND_SYSCTL,
		"at least sockbuf, only if that is not 0",
		"sockbuf, its value",
		"SO_SNDBUF is cut at this; autotuning does not look at it",
		NULL,
	},
	[RULE_SOMAXCONN] = {
		"net.core.somaxconn", RULE_KIND_SYSCTL,
		"at least the backlog the relay asks for",
		"its value",
		"after a restart all clients come back at once; listen(2) cuts the backlog at this silently",
		NULL,
	},
	[RULE_SLOW_START] = {
		"net.ipv4.tcp_slow_start_after_idle", RULE_KIND_SYSCTL,
		"0",
		"its value",
		"connections to a relay are idle most of the time and must be fast when they are not",
		NULL,
	},
	[RULE_NETDEV_BACKLOG] = {
		"net.core.netdev_max_backlog", RULE_KIND_SYSCTL,
		"at least 4096, only with RPS on and drops in softnet_stat",
		"RPS of the interface, /proc/net/softnet_stat, its value",
		"this queue is used only for packets that RPS hands to another CPU",
		NULL,
	},
	[RULE_NR_OPEN] = {
		"fs.nr_open", RULE_KIND_SYSCTL,
		"at least LimitNOFILE",
		"LimitNOFILE, its value",
		"a limit above it cannot be set: the service would not start",
		NULL,
	},
	[RULE_CONGESTION] = {
		"net.ipv4.tcp_congestion_control", RULE_KIND_SYSCTL,
		"left alone; what --cc asks for",
		"--cc, its value",
		"a choice for the whole machine, not for the relay alone",
		"bbr by itself: it changes how all connections of this machine share a line",
	},
	[RULE_LIMIT_NOFILE] = {
		"LimitNOFILE", RULE_KIND_UNIT,
		"at least 65536; the power of two at or above peers + 4096",
		"--peers, the unit's own value",
		"one descriptor per client; the daemon raises its soft limit to the hard one",
		"infinity: programs that walk all possible descriptors take minutes",
	},
	[RULE_LIMIT_MEMLOCK] = {
		"LimitMEMLOCK", RULE_KIND_UNIT,
		"not set: the relay registers no buffers",
		"the relay's use of io_uring",
		"rings and provided buffers are not charged to it",
		"infinity",
	},
	[RULE_MODULE_TLS] = {
		"modules-load.tls", RULE_KIND_MODULE,
		"load the module tls at boot, unless the kernel is known to be without it or modprobe.d(5) "
		"forbids it",
		"what TCP_ULP says, modules.dep, modules.builtin, modprobe.d, kernel.modules_disabled",
		"loading by need wants CAP_NET_ADMIN, which the service does not have",
		NULL,
	},
	[RULE_KTLS] = {
		"ktls", RULE_KIND_ADVICE,
		"what TCP_ULP \"tls\" says on a socket, then each cipher, version and direction on a loopback "
		"pair",
		"probe of the running kernel",
		"without it the relay does TLS itself: the same service for more CPU",
		NULL,
	},
	[RULE_IO_URING] = {
		"io_uring", RULE_KIND_ADVICE,
		"kernel.io_uring_disabled and io_uring_group for the service's user, then a ring with the "
		"relay's flags",
		"probe of the running kernel",
		"without io_uring the relay cannot run",
		NULL,
	},
	[RULE_TLS_OFFLOAD] = {
		"tls_offload", RULE_KIND_ADVICE,
		"told on request, left as it is",
		"the driver's features tls-hw-tx-offload and tls-hw-rx-offload",
		"few drivers have it, for TLS 1.2 on older kernels only, and resynchronise after each loss",
		"turning it on unasked",
	},
	[RULE_CONNTRACK] = {
		"net.netfilter.nf_conntrack_max", RULE_KIND_ADVICE,
		"told if below twice the peers",
		"--peers, its value",
		"new connections are dropped while the table is full",
		NULL,
	},
	[RULE_RPS] = {
		"rps", RULE_KIND_ADVICE,
		"told if the interface has fewer queues than 4 and there are more workers",
		"queues of the interface, workers",
		"one queue is one CPU's worth of receiving",
		NULL,
	},
	[RULE_IRQ] = {
		"irq_affinity", RULE_KIND_ADVICE,
		"told where workers are pinned: interrupts of the interface belong on reserved cores, else on "
		"CPUs near it without a worker",
		"reserved, pin_cores, locality",
		"an interrupt on a worker's core takes time from its peers alone",
		NULL,
	},
	[RULE_QUEUES] = {
		"queues", RULE_KIND_ADVICE,
		"told if the interface has more queues than there are cores near it",
		"queues of the interface, locality",
		"queues beyond that put interrupts on far cores",
		NULL,
	},
	[RULE_IRQBALANCE] = {
		"irqbalance", RULE_KIND_ADVICE,
		"told if it runs while workers are pinned",
		"running processes, pin_cores",
		"it moves interrupts onto workers' cores",
		NULL,
	},
	[RULE_LEFT_TCP_MEM] = {
		"net.ipv4.tcp_mem", RULE_KIND_LEFT,
		"left alone", "none", "the kernel sizes it by memory, in pages, for all sockets together", NULL,
	},
	[RULE_LEFT_TW_REUSE] = {
		"net.ipv4.tcp_tw_reuse", RULE_KIND_LEFT,
		"left alone", "none", "it concerns outgoing connections; a relay has incoming ones", NULL,
	},
	[RULE_LEFT_FIN_TIMEOUT] = {
		"net.ipv4.tcp_fin_timeout", RULE_KIND_LEFT,
		"left alone", "none", "it is not the time of TIME_WAIT, but of FIN_WAIT_2", NULL,
	},
	[RULE_LEFT_RMEM_DEFAULT] = {
		"net.core.rmem_default", RULE_KIND_LEFT,
		"left alone", "none", "TCP does not use it: tcp_rmem has its own default", NULL,
	},
	[RULE_LEFT_WMEM_DEFAULT] = {
		"net.core.wmem_default", RULE_KIND_LEFT,
		"left alone", "none", "TCP does not use it: tcp_wmem has its own default", NULL,
	},
	[RULE_LEFT_FILE_MAX] = {
		"fs.file-max", RULE_KIND_LEFT,
		"left alone", "none", "systemd sets it to the highest there is; 1048576 would lower it", NULL,
	},
	[RULE_LEFT_BUSY_POLL] = {
		"net.core.busy_poll", RULE_KIND_LEFT,
		"left alone", "none", "kernel TLS never polls; without it, it burns a CPU for microseconds", NULL,
	},
	[RULE_LEFT_BUSY_READ] = {
		"net.core.busy_read", RULE_KIND_LEFT,
		"left alone", "none", "kernel TLS never polls; without it, it burns a CPU for microseconds", NULL,
	},
	[RULE_LEFT_SYN_BACKLOG] = {
		"net.ipv4.tcp_max_syn_backlog", RULE_KIND_LEFT,
		"left alone", "none", "it bounds anything only where syncookies are off", NULL,
	},
	[RULE_LEFT_OFFLOADS] = {
		"gro_tso", RULE_KIND_LEFT,
		"left on", "none", "without GRO and TSO each packet goes through the stack alone", NULL,
	},
};

const struct rule *rule_at(enum rule_id id)
{
	hd_assert(id < RULE_COUNT);
	return &rules[id];
}

enum rule_id rule_by_knob(const char *knob)
{
	enum rule_id id = 0;

	while (id < RULE_COUNT && strcmp(rules[id].knob, knob) != 0)
		id++;
	return id;
}

enum rule_id rule_by_name(const char *name)
{
	enum rule_id id = rule_by_knob(name);

	if (id != RULE_COUNT)
		return id;
	for (id = 0; id < RULE_COUNT; id++) {
		const char *dot = strrchr(rules[id].knob, '.');

		if (dot && strcmp(dot + 1, name) == 0)
			return id;
	}
	return RULE_COUNT;
}
