/* SPDX-License-Identifier: MIT
 * What lies in contrib and doc for operators fits the daemon: alerts and
 * dashboard use metrics and labels that it exports, the guides explain all of
 * them, and what should be JSON is JSON. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stats/reasons.h"
#include "stats/stats.h"
#include "tests/e2e/daemon_fixture.h"
#include "util/json.h"

#define NAME_MAX_LEN 128

static char *metrics; /* of a running daemon */

static char *read_tree(const char *name)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", getenv("HD_SRCDIR"), name);
	return daemon_fixture_read_file(path);
}

static void setup(void)
{
	static const char *const no_args[] = { NULL };
	struct daemon *d = daemon_start(no_args);
	struct bytes body;
	size_t len;

	ck_assert_int_eq(daemon_fixture_get(daemon_metrics_port(d), "/metrics", &body), 200);
	metrics = (char *)bytes_steal(&body, &len);
	daemon_stop(d);
}

static void teardown(void)
{
	free(metrics);
}

static bool name_char(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* The next metric's name in a text, or NULL. The text goes on behind it. */
static const char *next_name(const char **text, char name[NAME_MAX_LEN])
{
	const char *at = strstr(*text, STATS_PREFIX);
	size_t len = 0;

	if (!at)
		return NULL;
	while (name_char(at[len]))
		len++;
	ck_assert_uint_lt(len, NAME_MAX_LEN);
	memcpy(name, at, len);
	name[len] = '\0';
	*text = at + len;
	return name;
}

/* Is there a series of that name, with that label if one is given? */
static bool exported(const char *name, const char *label)
{
	size_t len = strlen(name);

	for (const char *line = metrics; line; line = strchr(line, '\n'), line = line ? line + 1 : NULL) {
		const char *end = strchr(line, '\n'), *found;

		if (strncmp(line, name, len) != 0 || (line[len] != ' ' && line[len] != '{'))
			continue;
		found = label ? strstr(line, label) : line;
		if (found && (!end || found < end))
			return true;
	}
	return false;
}

/* One matcher of a selector, `label="a|b"` in any of its four kinds: each of
 * the values must be exported. What Prometheus or the dashboard adds is not ours. */
static const char *check_matcher(const char *name, const char *at)
{
	const char *eq = strpbrk(at, "=!"), *quote = strchr(at, '"'), *end = quote ? strchr(quote + 1, '"') : NULL;
	bool ours;

	ck_assert_msg(eq && end && eq < quote, "%s: not a selector: %.40s", name, at);
	ours = strncmp(at, "job", 3) != 0 && strncmp(at, "instance", 8) != 0;
	for (const char *value = quote + 1; ours && value < end;) {
		size_t len = strcspn(value, "|\"");
		char label[NAME_MAX_LEN];

		snprintf(label, sizeof(label), "%.*s=\"%.*s\"", (int)(eq - at), at, (int)len, value);
		ck_assert_msg(exported(name, label), "%s{%s} is not exported", name, label);
		value += len + 1;
	}
	end++;
	return *end == ',' ? end + 1 : end;
}

/* In JSON, quotes have backslashes. */
static void drop_backslashes(char *text)
{
	char *to = text;

	for (const char *from = text; *from; from++)
		if (*from != '\\')
			*to++ = *from;
	*to = '\0';
}

/* How many uses of metrics the file has. */
static unsigned check_names(const char *file)
{
	char *text = read_tree(file), name[NAME_MAX_LEN];
	const char *at = text;
	unsigned uses = 0;

	drop_backslashes(text);
	for (; next_name(&at, name); uses++) {
		ck_assert_msg(exported(name, NULL), "%s: %s is not exported", file, name);
		if (*at != '{')
			continue;
		for (at++; *at != '}';)
			at = check_matcher(name, at);
	}
	free(text);
	return uses;
}

START_TEST(contrib_exported_tells_names_apart)
{
	ck_assert(exported(STATS_PREFIX "drops_total", NULL));
	ck_assert(exported(STATS_PREFIX "drops_total", "kind=\"disco\""));
	ck_assert(exported(STATS_PREFIX "login_seconds_bucket", "le=\"+Inf\""));
	ck_assert(!exported(STATS_PREFIX "drops", NULL));
	ck_assert(!exported(STATS_PREFIX "drops_totals", NULL));
	ck_assert(!exported(STATS_PREFIX "drops_total", "kind=\"other\"}x"));
	ck_assert(!exported(STATS_PREFIX "closes_total", "reason=\"queue_head\""));
}
END_TEST

START_TEST(contrib_alerts_use_what_is_exported)
{
	ck_assert_uint_ge(check_names("contrib/monitoring/prometheus-rules.yml"), 15);
}
END_TEST

START_TEST(contrib_dashboard_uses_what_is_exported)
{
	ck_assert_uint_ge(check_names("contrib/monitoring/grafana-dashboard.json"), 30);
}
END_TEST

START_TEST(contrib_json_is_json)
{
	static const char *const files[] = {
		"contrib/monitoring/grafana-dashboard.json",
		"contrib/container/seccomp.json",
		"contrib/derp-map/tailscale.json",
	};

	for (size_t i = 0; i < HD_ARRAY_LEN(files); i++) {
		char *text = read_tree(files[i]);

		ck_assert_msg(json_valid(text, strlen(text)), "%s", files[i]);
		free(text);
	}
}
END_TEST

/* --- guides --------------------------------------------------------------------- */

static bool has_word(const char *text, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = strstr(text, word); at; at = strstr(at + 1, word))
		if ((at == text || !name_char(at[-1])) && !name_char(at[len]))
			return true;
	return false;
}

START_TEST(contrib_operations_guide_explains_every_metric)
{
	char *guide = read_tree("doc/OPERATIONS.md"), name[NAME_MAX_LEN];
	const char *at = metrics;
	unsigned seen = 0;

	while ((at = strstr(at, "# TYPE ")) && next_name(&at, name)) {
		const char *bare = name + strlen(STATS_PREFIX);

		ck_assert_msg(has_word(guide, bare), "doc/OPERATIONS.md does not explain %s", bare);
		seen++;
	}
	ck_assert_uint_gt(seen, STAT_COUNT);
	ck_assert(!has_word(guide, "no_such_total"));
	free(guide);
}
END_TEST

static void expect_words(const char *guide, const char *(*label_of)(int), int count, const char *of)
{
	for (int i = 0; i < count; i++)
		ck_assert_msg(has_word(guide, label_of(i)), "doc/TROUBLESHOOTING.md: no %s %s", of, label_of(i));
}

static const char *close_label(int i)
{
	return close_reason_label((enum close_reason)i);
}

static const char *drop_label(int i)
{
	return drop_reason_label((enum drop_reason)i);
}

static const char *login_label(int i)
{
	return login_result_label((enum login_result)i);
}

static const char *refuse_label(int i)
{
	return refuse_reason_label((enum refuse_reason)i);
}

START_TEST(contrib_troubleshooting_guide_knows_every_reason)
{
	char *guide = read_tree("doc/TROUBLESHOOTING.md");

	expect_words(guide, close_label, CLOSE_REASON_COUNT, "reason of closing");
	expect_words(guide, drop_label, DROP_REASON_COUNT, "reason of dropping");
	expect_words(guide, login_label, LOGIN_RESULT_COUNT, "result of a login");
	expect_words(guide, refuse_label, REFUSE_REASON_COUNT, "reason of refusal");
	free(guide);
}
END_TEST

static Suite *contrib_suite(void)
{
	Suite *s = suite_create("contrib");
	TCase *tc = daemon_fixture_case(s, "contrib");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, contrib_exported_tells_names_apart);
	tcase_add_test(tc, contrib_alerts_use_what_is_exported);
	tcase_add_test(tc, contrib_dashboard_uses_what_is_exported);
	tcase_add_test(tc, contrib_json_is_json);
	tcase_add_test(tc, contrib_operations_guide_explains_every_metric);
	tcase_add_test(tc, contrib_troubleshooting_guide_knows_every_reason);
	return s;
}

int main(void)
{
	return daemon_fixture_main(contrib_suite);
}
