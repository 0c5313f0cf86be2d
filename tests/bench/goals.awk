# SPDX-License-Identifier: MIT
# results.csv of compare.sh held against what this relay is meant to reach: one
# line for each goal, as Markdown. A ratio is that of the medians of all rounds;
# in brackets the smallest and the largest of the ratios within one round.

function sorted(list, n,   i, j, t) {
	for (i = 2; i <= n; i++) {
		t = list[i]
		for (j = i - 1; j > 0 && list[j] > t; j--) list[j + 1] = list[j]
		list[j + 1] = t
	}
}

function median(test, who, column,   n, i, list) {
	n = 0
	for (i = 1; i <= rows[test, who]; i++)
		if (cell[test, who, i, column] != "") list[++n] = cell[test, who, i, column] + 0
	if (!n) return -1
	sorted(list, n)
	return n % 2 ? list[(n + 1) / 2] : (list[n / 2] + list[n / 2 + 1]) / 2
}

# "a / b of the column" to text; the ratio of medians to `value`, -1 if there is none.
function ratio(test_a, a, test_b, b, column,   x, y, i, r, low, high, n) {
	value = -1
	x = median(test_a, a, column); y = median(test_b, b, column)
	if (x < 0 || y <= 0) return "unmeasured"
	low = 1e300; high = 0
	n = rows[test_a, a] < rows[test_b, b] ? rows[test_a, a] : rows[test_b, b]
	for (i = 1; i <= n; i++) {
		if (cell[test_b, b, i, column] + 0 <= 0) continue
		r = cell[test_a, a, i, column] / cell[test_b, b, i, column]
		if (r < low) low = r
		if (r > high) high = r
	}
	value = x / y
	return sprintf("%.2f × (%.2f–%.2f)", value, low, high)
}

function verdict(sign, floor, aim) {
	if (value < 0) return "–"
	if (sign * value >= sign * aim) return "aim"
	return sign * value >= sign * floor ? "floor" : "missed"
}

# At least so much.
function at_least(what, test_a, a, test_b, b, column, floor, aim,   text) {
	text = ratio(test_a, a, test_b, b, column)
	printf "| %s | ≥ %s × | ≥ %s × | %s | %s |\n", what, floor, aim, text, verdict(1, floor, aim)
}

function at_most(what, test_a, a, test_b, b, column, floor, aim,   text) {
	text = ratio(test_a, a, test_b, b, column)
	printf "| %s | ≤ %s × | ≤ %s × | %s | %s |\n", what, floor, aim, text, verdict(-1, floor, aim)
}

function amount(what, test, column, divisor, unit, floor, aim,   other) {
	value = median(test, "ours", column)
	other = median(test, "derper", column)
	if (value >= 0) value /= divisor
	printf "| %s | ≤ %s %s | ≤ %s %s | %s | %s |\n", what, floor, unit, aim, unit, \
		(value < 0 ? "unmeasured" : sprintf("%.2f %s%s", value, unit, \
			other < 0 ? "" : sprintf(" (derper: %.2f)", other / divisor))), verdict(-1, floor, aim)
}

BEGIN { FS = "," }
NR == 1 { for (i = 1; i <= NF; i++) name[i] = $i; next }
{
	r = ++rows[$1, $2]
	for (i = 1; i <= NF; i++) cell[$1, $2, r, name[i]] = $i
}
END {
	cpu = "relay_ns_per_packet"
	print "| goal | floor | aim | measured | reached |"
	print "|---|---|---|---|---|"
	at_least("CPU per packet, derper / ours: 1,400 B, saturated", "window-1400", "derper", "window-1400", "ours", cpu, 5, 8)
	at_least("1,400 B at 0.5 Gbit/s, in bursts of 1 ms", "rated-1400", "derper", "rated-1400", "ours", cpu, 3.5, 6)
	at_least("1,400 B at 0.5 Gbit/s, packet by packet", "single-1400", "derper", "single-1400", "ours", cpu, 3.5, 6)
	at_least("128 B, saturated", "window-128", "derper", "window-128", "ours", cpu, 4, 6)
	at_least("user-space TLS, 1,400 B, saturated", "tls-window-1400", "derper", "tls-window-1400", "ours", cpu, 2.5, 4)
	at_least("user-space TLS, 1,400 B at 0.5 Gbit/s", "tls-rated-1400", "derper", "tls-rated-1400", "ours", cpu, 2.5, 4)
	at_least("CPU per packet, byte pump / ours: 1,400 B, saturated", "window-1400", "pump", "window-1400", "ours", cpu, 0.7, 0.9)
	at_least("128 B, saturated", "window-128", "pump", "window-128", "ours", cpu, 0.7, 0.9)
	at_least("1,400 B at 0.5 Gbit/s, in bursts of 1 ms", "rated-1400", "pump", "rated-1400", "ours", cpu, 0.7, 0.9)
	at_least("1,400 B at 0.5 Gbit/s, packet by packet", "single-1400", "pump", "single-1400", "ours", cpu, 0.7, 0.9)
	at_most("CPU per packet, 2 workers, all cross-worker / all same-worker", "cross-worker", "ours", "same-worker", "ours", cpu, 1.25, 1.1)
	at_most("CPU per packet, 5,000 peers / 20 peers", "peers-5000", "ours", "peers-20", "ours", cpu, 1.15, 1.05)
	at_most("p99 of probes at 75 % of derper's ceiling, 2 CPUs, ours / derper", "ceiling-75", "ours", "ceiling-75", "derper", "probe_p99_us", 0.7, 0.4)
	amount("loss at 150 % of derper's ceiling", "ceiling-150", "loss_percent", 1, "%", 1, 0)
	amount("memory, 2 workers, no client", "memory", "relay_rss_base_kib", 1024, "MiB", 24, 12)
}
