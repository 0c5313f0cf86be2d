/* SPDX-License-Identifier: MIT
 * Copies of /proc, /sys and /etc: recorded ones, and made ones in which one
 * thing is different. */
#include <check.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/tune/folder.h"
#include "tests/unit/tune/machines.h"
#include "tools/hd-tune/gather.h"
#include "tools/hd-tune/plan.h"
#include "util/error.h"

Suite *test_gather_suite(void);

static char root[PATH_MAX];
static struct facts facts;

static void gather(void)
{
	char why[FACTS_TEXT_MAX] = "";

	facts_init(&facts);
	ck_assert_msg(gather_machine(&facts, root, root, why) == 0, "%s", why);
}

static void unpack(const char *name)
{
	char archive[128];

	snprintf(root, sizeof(root), "%s", folder_make());
	snprintf(archive, sizeof(archive), "own/%s.sysroot.tar.xz", name);
	folder_unpack(root, machines_own(archive));
	ck_assert_uint_lt(strlen(root), sizeof(root) - 8);
	memcpy(root + strlen(root), "/fs", 4);
}

static void clean_up(void)
{
	facts_release(&facts);
	root[strlen(root) - 3] = '\0';
	folder_remove(root);
}

static void expect(unsigned workers, const char *pins, const char *domain)
{
	struct options o;
	struct cpuset wanted;
	struct plan *p;

	options_init(&o);
	p = plan_make(&facts, &o);
	ck_assert_ptr_nonnull(p);
	ck_assert_int_eq(cpuset_parse(&wanted, pins, strlen(pins)), 0);
	ck_assert_uint_eq(p->workers, workers);
	ck_assert_uint_eq(p->pins.count, cpuset_count(&wanted));
	for (size_t i = 0; i < p->pins.count; i++)
		ck_assert(cpuset_has(&wanted, p->pins.at[i]));
	ck_assert_str_eq(p->domain, domain);
	plan_free(p);
}

START_TEST(gather_finds_the_node_of_a_virtio_interface)
{
	unpack("vm-2s8c-smt-nic-node1");
	gather();
	ck_assert_str_eq(facts.default_nic, "eth0");
	ck_assert_int_eq(facts_nic(&facts, "eth0")->rx_queues, 1);
	ck_assert_str_eq(facts_nic(&facts, "eth0")->driver, "virtio_net");
	ck_assert(cpuset_empty(&facts.nohz_full));
	expect(4, "8,10,12,14", "NIC-local");
	clean_up();
}
END_TEST

START_TEST(gather_sees_cpuset_and_quota_of_a_control_group)
{
	unpack("vm-4c-smt-cpuset");
	gather();
	ck_assert_int_eq(facts.quota_millicpus, 2500);
	expect(2, "", "all");
	clean_up();
}
END_TEST

START_TEST(gather_sees_isolated_cpus)
{
	unpack("vm-4c-smt-isolcpus");
	gather();
	ck_assert_uint_eq(cpuset_count(&facts.isolated), 4);
	ck_assert_uint_eq(cpuset_count(&facts.nohz_full), 4);
	expect(2, "0,4", "all");
	clean_up();
}
END_TEST

START_TEST(gather_takes_the_tightest_quota_above_a_group)
{
	unpack("vm-4c-smt-cpuset");
	folder_put(root, "/proc/self/cgroup", "0::/box/inner\n");
	folder_put(root, "/sys/fs/cgroup/box/inner/cpu.max", "max 100000\n");
	gather();
	ck_assert_int_eq(facts.quota_millicpus, 2500);
	facts_release(&facts);
	folder_put(root, "/sys/fs/cgroup/box/inner/cpu.max", "120000 100000\n");
	gather();
	ck_assert_int_eq(facts.quota_millicpus, 1200);
	expect(1, "", "all");
	clean_up();
}
END_TEST

START_TEST(gather_reads_quotas_of_version_1)
{
	unpack("vm-4c-smt-isolcpus");
	folder_put(root, "/proc/self/cgroup", "4:cpu,cpuacct:/a/b\n1:name=systemd:/\n");
	folder_put(root, "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
	folder_put(root, "/sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_period_us", "50000\n");
	folder_put(root, "/sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_quota_us", "75000\n");
	folder_put(root, "/sys/fs/cgroup/cpu,cpuacct/a/b/cpu.cfs_period_us", "50000\n");
	folder_put(root, "/sys/fs/cgroup/cpu,cpuacct/a/b/cpu.cfs_quota_us", "-1\n");
	gather();
	ck_assert_int_eq(facts.quota_millicpus, 1500);
	clean_up();
}
END_TEST

START_TEST(gather_follows_route_vlan_and_bond)
{
	unpack("vm-2s8c-smt-nic-node1");
	folder_put(root, "/proc/net/route",
		   "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
		   "eth9\t00000000\t0100000A\t0003\t0\t0\t200\t00000000\t0\t0\t0\n"
		   "bond0.7\t00000000\t0100000A\t0003\t0\t0\t100\t00000000\t0\t0\t0\n"
		   "eth0\t0000000A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n");
	folder_put(root, "/sys/class/net/bond0/speed", "20000\n");
	folder_link(root, "/sys/class/net/bond0/lower_eth0", "../eth0");
	folder_link(root, "/sys/class/net/bond0.7/lower_bond0", "../bond0");
	gather();
	ck_assert_str_eq(facts.default_nic, "bond0.7");
	ck_assert_int_eq(facts_nic(&facts, "bond0")->speed_mbit, 20000);
	expect(4, "8,10,12,14", "NIC-local");

	/* the bond's speed counts, not that of one port: ten workers are wanted */
	folder_put(root, "/sys/class/net/bond0.7/speed", "20000\n");
	facts_release(&facts);
	gather();
	expect(4, "8,10,12,14", "NIC package");
	clean_up();
}
END_TEST

static void make_bond(const char *active)
{
	unpack("vm-2s8c-smt-nic-node1");
	folder_put(root, "/proc/net/route", "Iface\n"
		   "bond0\t00000000\t0100000A\t0003\t0\t0\t100\t00000000\t0\t0\t0\n");
	folder_link(root, "/sys/class/net/bond0/lower_eth0", "../eth0");
	folder_link(root, "/sys/class/net/bond0/lower_aux0", "../aux0");
	folder_put(root, "/sys/class/net/aux0/speed", "1000\n");
	folder_put(root, "/sys/class/net/bond0/bonding/active_slave", active);
	gather();
}

START_TEST(gather_takes_the_port_of_a_bond_that_works)
{
	make_bond("eth0\n");
	ck_assert_str_eq(facts_nic(&facts, "bond0")->lower, "eth0");
	expect(4, "8,10,12,14", "NIC-local");
	clean_up();
	make_bond("aux0\n");
	ck_assert_str_eq(facts_nic(&facts, "bond0")->lower, "aux0");
	ck_assert(cpuset_empty(&facts_nic(&facts, "bond0")->local));
	clean_up();
}
END_TEST

START_TEST(gather_takes_all_ports_of_a_bond_together)
{
	make_bond("\n");
	ck_assert_uint_eq(cpuset_count(&facts_nic(&facts, "bond0")->local), 8);
	expect(4, "8,10,12,14", "NIC-local");
	clean_up();
}
END_TEST

START_TEST(gather_does_not_believe_the_speed_of_what_is_not_there)
{
	unpack("vm-4c-smt-isolcpus");
	folder_put(root, "/sys/devices/virtual/net/veth1/speed", "10000\n");
	folder_link(root, "/sys/class/net/veth1", "../../devices/virtual/net/veth1");
	folder_put(root, "/sys/class/net/real0/speed", "10000\n");
	gather();
	ck_assert_int_eq(facts_nic(&facts, "veth1")->speed_mbit, FACTS_UNKNOWN);
	ck_assert_int_eq(facts_nic(&facts, "real0")->speed_mbit, 10000);
	clean_up();
}
END_TEST

START_TEST(gather_reads_long_lists_of_isolated_cpus)
{
	static char list[20000];
	size_t len = 0;

	for (unsigned cpu = 1001; cpu < 8000; cpu += 2)
		len += (size_t)snprintf(list + len, sizeof(list) - len, "%u,", cpu);
	unpack("vm-4c-smt-isolcpus");
	folder_put(root, "/sys/devices/system/cpu/isolated", list);
	gather();
	ck_assert_uint_eq(cpuset_count(&facts.isolated), 3500);
	clean_up();
}
END_TEST

START_TEST(gather_takes_a_route_of_ipv6_where_there_is_no_other)
{
	unpack("vm-4c-smt-isolcpus");
	folder_put(root, "/proc/net/ipv6_route",
		   "00000000000000000000000000000000 00 00000000000000000000000000000000 00 "
		   "00000000000000000000000000000000 ffffffff 00000001 00000000 00200200       lo\n"
		   "00000000000000000000000000000000 00 00000000000000000000000000000000 00 "
		   "fe800000000000000000000000000001 00000400 00000001 00000000 00000003     wan0\n");
	gather();
	ck_assert_str_eq(facts.default_nic, "wan0");
	clean_up();
}
END_TEST

START_TEST(gather_reads_the_unit_as_systemd_does)
{
	unpack("vm-2s8c-smt-nic-node1");
	folder_put(root, "/usr/lib/systemd/system/hyper-derp.service",
		   "[Unit]\nCPUAffinity=0\n[Service]\n# CPUQuota=10%\nDynamicUser=yes\nLimitNOFILE=1024:2048\n"
		   "CPUAffinity=0-3\nCPUQuota = 150% \n");
	folder_put(root, "/usr/lib/systemd/system/hyper-derp.service.d/10-a.conf", "[Service]\nLimitNOFILE=5\n");
	folder_put(root, "/etc/systemd/system/hyper-derp.service.d/10-a.conf",
		   "[Service]\nCPUAffinity=\nCPUAffinity=8-15\n");
	folder_put(root, PLAN_UNIT_PATH, "[Service]\nLimitNOFILE=9999999\n");
	gather();
	ck_assert_int_eq(facts.unit.found, 1);
	ck_assert_str_eq(facts.unit.user, "hyper-derp");
	ck_assert_int_eq(facts.unit.limit_nofile, 2048);
	ck_assert_int_eq(facts.unit.quota_millicpus, 1500);
	ck_assert_uint_eq(cpuset_count(&facts.unit.affinity), 8);
	expect(1, "", "all");
	clean_up();
}
END_TEST

START_TEST(gather_sees_kernel_parameters_and_its_own_file)
{
	unpack("vm-4c-smt-isolcpus");
	folder_put(root, "/proc/sys/net/ipv4/tcp_wmem", "4096\t16384\t4194304\n");
	folder_put(root, "/proc/sys/net/core/somaxconn", "4096\n");
	folder_put(root, PLAN_SYSCTL_PATH, "# x = y\nnet.core.somaxconn = 8192\n");
	gather();
	ck_assert_str_eq(facts_sysctl(&facts, "net.ipv4.tcp_wmem")->value, "4096 16384 4194304");
	ck_assert_str_eq(facts_sysctl(&facts, "net.core.somaxconn")->own, "8192");
	clean_up();
}
END_TEST

START_TEST(gather_without_a_machine_says_so)
{
	char why[FACTS_TEXT_MAX] = "";

	facts_init(&facts);
	ck_assert_int_eq(gather_topology(&facts, "/nowhere/at-all.xml", why), ERROR_IO);
	ck_assert_ptr_nonnull(strstr(why, "/nowhere/at-all.xml"));
	ck_assert_int_eq(gather_document(&facts, "/nowhere/at-all.json", why), ERROR_IO);
	ck_assert_ptr_nonnull(strstr(why, "at-all.json"));
	facts_release(&facts);
}
END_TEST

START_TEST(gather_of_this_machine_has_a_plan)
{
	root[0] = '\0';
	gather();
	ck_assert_uint_gt(facts.pu_count, 0);
	ck_assert_str_eq(facts.source, "live");
	ck_assert_int_ne(facts.io_uring, FACTS_UNKNOWN);
	ck_assert_int_gt(facts.memory_bytes, 0);
	facts_release(&facts);
}
END_TEST

Suite *test_gather_suite(void)
{
	Suite *s = suite_create("gather");
	TCase *t = tcase_create("gather");

	tcase_add_test(t, gather_finds_the_node_of_a_virtio_interface);
	tcase_add_test(t, gather_sees_cpuset_and_quota_of_a_control_group);
	tcase_add_test(t, gather_sees_isolated_cpus);
	tcase_add_test(t, gather_takes_the_tightest_quota_above_a_group);
	tcase_add_test(t, gather_reads_quotas_of_version_1);
	tcase_add_test(t, gather_follows_route_vlan_and_bond);
	tcase_add_test(t, gather_takes_the_port_of_a_bond_that_works);
	tcase_add_test(t, gather_takes_all_ports_of_a_bond_together);
	tcase_add_test(t, gather_does_not_believe_the_speed_of_what_is_not_there);
	tcase_add_test(t, gather_reads_long_lists_of_isolated_cpus);
	tcase_add_test(t, gather_takes_a_route_of_ipv6_where_there_is_no_other);
	tcase_add_test(t, gather_reads_the_unit_as_systemd_does);
	tcase_add_test(t, gather_sees_kernel_parameters_and_its_own_file);
	tcase_add_test(t, gather_without_a_machine_says_so);
	tcase_add_test(t, gather_of_this_machine_has_a_plan);
	suite_add_tcase(s, t);
	return s;
}
