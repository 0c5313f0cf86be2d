/* SPDX-License-Identifier: MIT
 * What the service has, is allowed, and may use, by made copies of /proc, /sys
 * and /etc. */
#include <check.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/tune/folder.h"
#include "tests/unit/tune/machines.h"
#include "tools/hd-tune/gather.h"
#include "tools/hd-tune/plan.h"

#define UNIT "/usr/lib/systemd/system/hyper-derp.service"
#define MODULES "/lib/modules/6.1.0-test"

Suite *test_gather_service_suite(void);

static char root[PATH_MAX];
static struct facts facts;

static void gather(void)
{
	char why[FACTS_TEXT_MAX] = "";

	facts_release(&facts);
	ck_assert_msg(gather_machine(&facts, root, root, why) == 0, "%s", why);
}

static void setup(void)
{
	facts_init(&facts);
	snprintf(root, sizeof(root), "%s", folder_make());
	folder_unpack(root, machines_own("own/vm-2s8c-smt-nic-node1.sysroot.tar.xz"));
	ck_assert_uint_lt(strlen(root), sizeof(root) - 8);
	memcpy(root + strlen(root), "/fs", 4);
	folder_put(root, "/proc/sys/kernel/osrelease", "6.1.0-test\n");
}

static void teardown(void)
{
	facts_release(&facts);
	root[strlen(root) - 3] = '\0';
	folder_remove(root);
}

static struct plan *plan(void)
{
	struct options o;
	struct plan *p;

	options_init(&o);
	p = plan_make(&facts, &o);
	ck_assert_ptr_nonnull(p);
	return p;
}

/* The command that the plan gives for a rule, "" if it says nothing of it. */
static void expect_advice(enum rule_id id, enum plan_level level, const char *text, const char *command)
{
	struct plan *p = plan();
	size_t i = 0;

	while (i < p->advice_count && p->advice[i].rule != id)
		i++;
	ck_assert_msg(i < p->advice_count, "nothing is said of %s", rule_at(id)->knob);
	ck_assert_int_eq(p->advice[i].level, level);
	ck_assert_msg(strstr(p->advice[i].text, text), "%s", p->advice[i].text);
	ck_assert_str_eq(p->advice[i].command, command);
	plan_free(p);
}

static void expect_cpus(const struct cpuset *cpus, const char *list)
{
	struct cpuset wanted;

	ck_assert_int_eq(cpuset_parse(&wanted, list, strlen(list)), 0);
	ck_assert(cpuset_equal(cpus, &wanted));
}

START_TEST(gather_takes_the_cpuset_of_the_group_the_service_will_be_in)
{
	struct plan *p;

	folder_put(root, UNIT, "[Service]\nUser=derp\n");
	folder_put(root, "/sys/fs/cgroup/cpuset.cpus.effective", "0-7\n");
	folder_put(root, "/sys/fs/cgroup/system.slice/cpuset.cpus.effective", "0-3\n");
	gather();
	expect_cpus(&facts.group, "0-3");
	p = plan();
	expect_cpus(&p->usable, "0-3");
	ck_assert_uint_eq(p->workers, 2);
	plan_free(p);

	folder_put(root, UNIT ".d/slice.conf", "[Service]\nSlice=net-relay.slice\n");
	folder_put(root, "/sys/fs/cgroup/net.slice/net-relay.slice/cpuset.cpus.effective", "4-5\n");
	gather();
	expect_cpus(&facts.group, "4-5");

	folder_put(root, UNIT ".d/slice.conf", "[Service]\nSlice=-.slice\n");
	gather();
	expect_cpus(&facts.group, "0-7");
}
END_TEST

START_TEST(gather_takes_the_cpuset_of_a_group_of_version_1)
{
	folder_put(root, UNIT, "[Service]\n");
	folder_put(root, "/sys/fs/cgroup/cpuset/system.slice/cpuset.effective_cpus", "2,6\n");
	gather();
	expect_cpus(&facts.group, "2,6");
}
END_TEST

START_TEST(plan_says_when_a_list_of_cpus_leaves_nothing)
{
	folder_put(root, UNIT, "[Service]\nCPUAffinity=64-71\n");
	gather();
	expect_advice(RULE_USABLE, PLAN_WARNING, "CPUAffinity=", "");
}
END_TEST

START_TEST(gather_takes_the_least_memory_that_any_group_leaves)
{
	folder_put(root, "/proc/self/cgroup", "3:cpu,memory:/a/b\n0::/user/x\n");
	folder_put(root, "/sys/fs/cgroup/user/memory.max", "1073741824\n");
	folder_put(root, "/sys/fs/cgroup/user/x/memory.max", "max\n");
	gather();
	ck_assert_int_eq(facts.memory_limit_bytes, 1073741824);
	folder_put(root, "/sys/fs/cgroup/memory/a/memory.limit_in_bytes", "268435456\n");
	gather();
	ck_assert_int_eq(facts.memory_limit_bytes, 268435456);
}
END_TEST

START_TEST(gather_knows_how_version_1_says_no_limit)
{
	folder_put(root, "/proc/self/cgroup", "3:memory:/a\n");
	folder_put(root, "/sys/fs/cgroup/memory/a/memory.limit_in_bytes", "9223372036854771712\n");
	gather();
	ck_assert_int_eq(facts.memory_limit_bytes, FACTS_UNKNOWN);
	/* of pages of 64 KiB */
	folder_put(root, "/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854710272\n");
	gather();
	ck_assert_int_eq(facts.memory_limit_bytes, FACTS_UNKNOWN);
	folder_put(root, "/sys/fs/cgroup/memory/memory.limit_in_bytes", "4611686018427387903\n");
	gather();
	ck_assert_int_eq(facts.memory_limit_bytes, INT64_C(4611686018427387903));
}
END_TEST

START_TEST(plan_counts_memory_that_the_unit_leaves)
{
	struct plan *p;

	folder_put(root, UNIT, "[Service]\nMemoryMax=48M\n");
	gather();
	p = plan();
	ck_assert_uint_eq(p->workers, 3);
	ck_assert_str_eq(p->limited_by[0], "RAM 48M");
	plan_free(p);
}
END_TEST

START_TEST(gather_knows_a_container_by_its_processes)
{
	folder_link(root, "/proc/self/ns/pid", "pid:[4026531836]");
	gather();
	ck_assert_int_eq(facts.container, 0);
}
END_TEST

START_TEST(gather_knows_a_container_that_has_no_marks)
{
	folder_link(root, "/proc/self/ns/pid", "pid:[4026532201]");
	gather();
	ck_assert_int_eq(facts.container, 1);
}
END_TEST

static void disable_io_uring(const char *level, const char *group, const char *unit)
{
	folder_put(root, "/proc/sys/kernel/io_uring_disabled", level);
	folder_put(root, "/proc/sys/kernel/io_uring_group", group);
	folder_put(root, UNIT, unit);
	gather();
}

START_TEST(gather_sees_that_io_uring_is_off_for_all)
{
	disable_io_uring("2\n", "-1\n", "[Service]\nUser=root\n");
	ck_assert_int_eq(facts.io_uring, 0);
	expect_advice(RULE_IO_URING, PLAN_FATAL, "io_uring_disabled = 2", "sysctl -w kernel.io_uring_disabled=0");
}
END_TEST

START_TEST(gather_sees_that_io_uring_is_off_for_the_service)
{
	disable_io_uring("1\n", "-1\n", "[Service]\nDynamicUser=yes\n");
	ck_assert_int_eq(facts.io_uring, 0);
	expect_advice(RULE_IO_URING, PLAN_FATAL, "user hyper-derp", "sysctl -w kernel.io_uring_disabled=0");
	disable_io_uring("1\n", "-1\n", "[Service]\n");
	ck_assert_int_eq(facts.io_uring, FACTS_UNKNOWN);
	disable_io_uring("0\n", "-1\n", "[Service]\nUser=derp\n");
	ck_assert_int_eq(facts.io_uring, FACTS_UNKNOWN);
}
END_TEST

START_TEST(gather_names_the_group_that_may_use_io_uring)
{
	folder_put(root, "/etc/group", "root:x:0:\nuring:x:977:alice,bob\n");
	folder_put(root, "/etc/passwd", "derp:x:500:500:::\nchief:x:501:977:::\n");
	disable_io_uring("1\n", "977\n", "[Service]\nUser=derp\n");
	ck_assert_int_eq(facts.io_uring, 0);
	ck_assert_str_eq(facts.io_uring_group, "uring");
	expect_advice(RULE_IO_URING, PLAN_FATAL, "only group uring",
		      "systemctl edit hyper-derp  # [Service] SupplementaryGroups=uring");
}
END_TEST

START_TEST(gather_finds_the_service_in_the_group_that_may_use_io_uring)
{
	static const char *const units[] = {
		"[Service]\nUser=derp\nGroup=uring\n",
		"[Service]\nUser=derp\nSupplementaryGroups=adm 977\n",
		"[Service]\nUser=derp\nSupplementaryGroups=adm\nSupplementaryGroups=uring\n",
		"[Service]\nUser=bob\n",
		"[Service]\nUser=chief\n",
	};

	folder_put(root, "/etc/group", "uring:x:977:alice,bob\n");
	folder_put(root, "/etc/passwd", "derp:x:500:500:::\nchief:x:501:977:::\n");
	for (size_t i = 0; i < HD_ARRAY_LEN(units); i++) {
		disable_io_uring("1\n", "977\n", units[i]);
		ck_assert_msg(facts.io_uring == FACTS_UNKNOWN, "%s", units[i]);
	}
	disable_io_uring("1\n", "977\n", "[Service]\nUser=bo\nSupplementaryGroups=urin 97\n");
	ck_assert_int_eq(facts.io_uring, 0);
}
END_TEST

START_TEST(gather_sees_a_module_that_can_be_loaded)
{
	folder_put(root, MODULES "/modules.dep", "kernel/net/tls/tls.ko.xz: kernel/x.ko\n");
	gather();
	ck_assert_int_eq(facts.tls_module, FACTS_MODULE_THERE);
	facts.ktls = 0;
	expect_advice(RULE_KTLS, PLAN_NOTE, "not loaded", "modprobe tls");
}
END_TEST

START_TEST(gather_sees_a_module_that_is_loaded)
{
	struct plan *p;

	folder_put(root, MODULES "/modules.dep", "");
	folder_put(root, MODULES "/modules.builtin", "kernel/net/tls/tls.ko\n");
	gather();
	ck_assert_int_eq(facts.tls_module, FACTS_MODULE_LOADED);
	folder_put(root, MODULES "/modules.builtin", "");
	folder_put(root, "/sys/module/tls/refcnt", "0\n");
	gather();
	ck_assert_int_eq(facts.tls_module, FACTS_MODULE_LOADED);
	p = plan();
	ck_assert(p->module_tls);
	plan_free(p);
}
END_TEST

START_TEST(gather_sees_a_kernel_without_the_module)
{
	struct plan *p;

	folder_put(root, MODULES "/modules.dep", "kernel/net/x/xtls.ko:\n");
	gather();
	ck_assert_int_eq(facts.tls_module, FACTS_MODULE_ABSENT);
	p = plan();
	ck_assert(!p->module_tls && !p->files[PLAN_FILE_MODULES].wanted);
	plan_free(p);
	facts.ktls = 0;
	expect_advice(RULE_KTLS, PLAN_NOTE, "built without", "");
}
END_TEST

START_TEST(gather_sees_a_module_that_must_not_be_loaded)
{
	struct plan *p;

	folder_put(root, MODULES "/modules.dep", "kernel/net/tls/tls.ko:\n");
	folder_put(root, "/etc/modprobe.d/other.conf",
		   "# install tls /bin/false\nblacklist tlsx\ninstall tls2 /bin/false\n");
	gather();
	ck_assert_int_eq(facts.tls_module, FACTS_MODULE_THERE);
	folder_put(root, "/etc/modprobe.d/hard.conf", "install dccp /bin/false\ninstall  tls\t/bin/false\n");
	gather();
	ck_assert_int_eq(facts.tls_module, FACTS_MODULE_REFUSED);
	p = plan();
	ck_assert(!p->module_tls);
	plan_free(p);
	facts.ktls = 0;
	expect_advice(RULE_KTLS, PLAN_NOTE, "modprobe.d(5) forbids it",
		      "grep -rw tls /etc/modprobe.d /run/modprobe.d /usr/lib/modprobe.d");
}
END_TEST

START_TEST(gather_sees_that_modules_can_no_longer_be_loaded)
{
	struct plan *p;

	folder_put(root, MODULES "/modules.dep", "kernel/net/tls/tls.ko:\n");
	folder_put(root, "/proc/sys/kernel/modules_disabled", "1\n");
	gather();
	ck_assert_int_eq(facts.tls_module, FACTS_MODULE_LOCKED);
	p = plan();
	ck_assert(p->module_tls);
	plan_free(p);
	facts.ktls = 0;
	expect_advice(RULE_KTLS, PLAN_NOTE, "after the next boot", "reboot");
}
END_TEST

Suite *test_gather_service_suite(void)
{
	Suite *s = suite_create("gather_service");
	TCase *t = tcase_create("gather_service");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, gather_takes_the_cpuset_of_the_group_the_service_will_be_in);
	tcase_add_test(t, gather_takes_the_cpuset_of_a_group_of_version_1);
	tcase_add_test(t, plan_says_when_a_list_of_cpus_leaves_nothing);
	tcase_add_test(t, gather_takes_the_least_memory_that_any_group_leaves);
	tcase_add_test(t, gather_knows_how_version_1_says_no_limit);
	tcase_add_test(t, plan_counts_memory_that_the_unit_leaves);
	tcase_add_test(t, gather_knows_a_container_by_its_processes);
	tcase_add_test(t, gather_knows_a_container_that_has_no_marks);
	tcase_add_test(t, gather_sees_that_io_uring_is_off_for_all);
	tcase_add_test(t, gather_sees_that_io_uring_is_off_for_the_service);
	tcase_add_test(t, gather_names_the_group_that_may_use_io_uring);
	tcase_add_test(t, gather_finds_the_service_in_the_group_that_may_use_io_uring);
	tcase_add_test(t, gather_sees_a_module_that_can_be_loaded);
	tcase_add_test(t, gather_sees_a_module_that_is_loaded);
	tcase_add_test(t, gather_sees_a_kernel_without_the_module);
	tcase_add_test(t, gather_sees_a_module_that_must_not_be_loaded);
	tcase_add_test(t, gather_sees_that_modules_can_no_longer_be_loaded);
	suite_add_tcase(s, t);
	return s;
}
