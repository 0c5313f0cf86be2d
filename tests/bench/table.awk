# SPDX-License-Identifier: MIT
# results.csv of compare.sh as Markdown: medians, smallest and largest in
# brackets, and how many times ours each relay costs.

function sorted(list, n,   i, j, t) {
	for (i = 2; i <= n; i++) {
		t = list[i]
		for (j = i - 1; j > 0 && list[j] > t; j--) list[j + 1] = list[j]
		list[j + 1] = t
	}
}

# Median, smallest and largest of a column go to mid, low, high; false if there is none.
function spread(test, who, column,   n, i, list) {
	n = 0
	for (i = 1; i <= rows[test, who]; i++)
		if (cell[test, who, i, column] != "") list[++n] = cell[test, who, i, column] + 0
	if (!n) return 0
	sorted(list, n)
	mid = n % 2 ? list[(n + 1) / 2] : (list[n / 2] + list[n / 2 + 1]) / 2
	low = list[1]; high = list[n]
	return 1
}

function shown(test, who, column, divisor, format) {
	if (!spread(test, who, column)) return "–"
	return sprintf(format " (" format "–" format ")", mid / divisor, low / divisor, high / divisor)
}

function ratio(test, who, column,   ours) {
	if (!spread(test, "ours", column) || !mid) return "–"
	ours = mid
	return spread(test, who, column) ? sprintf("%.2f ×", mid / ours) : "–"
}

BEGIN { FS = ","; label["ours"] = "hyper-derp"; label["derper"] = "derper (Go)"; label["pump"] = "byte pump"; label["other"] = "other" }
NR == 1 { for (i = 1; i <= NF; i++) name[i] = $i; next }
{
	if (!($1 in seen)) { seen[$1]; order[++tests] = $1 }
	if (!(($1, $2) in rows)) of[$1] = of[$1] " " $2
	r = ++rows[$1, $2]
	for (i = 1; i <= NF; i++) cell[$1, $2, r, name[i]] = $i
}
END {
	print "| load | relay | CPU per packet, µs | × ours | packets/s, thousands | loss, % | probe p99, ms | generator's CPU per packet, µs |"
	print "|---|---|---|---|---|---|---|---|"
	for (t = 1; t <= tests; t++) {
		test = order[t]
		if (!spread(test, "ours", "relay_ns_per_packet")) continue
		n = split(of[test], who, " ")
		for (i = 1; i <= n; i++)
			print "| " test " | " label[who[i]] " | " shown(test, who[i], "relay_ns_per_packet", 1000, "%.2f") " | " \
				ratio(test, who[i], "relay_ns_per_packet") " | " \
				shown(test, who[i], "packets_per_second", 1000, "%.0f") " | " \
				shown(test, who[i], "loss_percent", 1, "%.2f") " | " \
				shown(test, who[i], "probe_p99_us", 1000, "%.2f") " | " \
				shown(test, who[i], "own_ns_per_packet", 1000, "%.2f") " |"
	}
	print ""
	print "| load | relay | memory before, MiB | per connection, KiB | logins per CPU second | logins/s | login p99, ms |"
	print "|---|---|---|---|---|---|---|"
	for (t = 1; t <= tests; t++) {
		test = order[t]
		if (!rows[test, "ours"] || spread(test, "ours", "relay_ns_per_packet")) continue
		n = split(of[test], who, " ")
		for (i = 1; i <= n; i++)
			print "| " test " | " label[who[i]] " | " shown(test, who[i], "relay_rss_base_kib", 1024, "%.1f") " | " \
				shown(test, who[i], "relay_bytes_per_connection", 1024, "%.1f") " | " \
				shown(test, who[i], "relay_logins_per_cpu_second", 1, "%.0f") " | " \
				shown(test, who[i], "logins_per_second", 1, "%.0f") " | " \
				shown(test, who[i], "login_p99_us", 1000, "%.1f") " |"
	}
}
