# SPDX-License-Identifier: MIT
# results.csv of compare.sh as SVG: a bar for the median CPU time per packet of
# each relay under each load that ours had, too, a line over it from the smallest
# to the largest.

function sorted(list, n,   i, j, t) {
	for (i = 2; i <= n; i++) {
		t = list[i]
		for (j = i - 1; j > 0 && list[j] > t; j--) list[j + 1] = list[j]
		list[j + 1] = t
	}
}

function text(x, y, anchor, what) {
	printf "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\">%s</text>\n", x, y, anchor, what
}

BEGIN {
	FS = ","
	label["ours"] = "hyper-derp"; label["derper"] = "derper (Go)"; label["pump"] = "byte pump"; label["other"] = "other"
	colour["ours"] = "#1b7f5c"; colour["derper"] = "#4a7fb5"; colour["pump"] = "#b5b5b5"; colour["other"] = "#c98a2b"
	left = 150; width = 480; bar = 16; gap = 14
}
NR == 1 { for (i = 1; i <= NF; i++) if ($i == "relay_ns_per_packet") column = i; next }
/^flood/ { next } # beside these nothing else would be seen
$column != "" {
	if (!($1 in seen)) { seen[$1]; order[++tests] = $1 }
	if (!(($1, $2) in rows)) of[$1] = of[$1] " " $2
	value[$1, $2, ++rows[$1, $2]] = $column / 1000
	if ($column / 1000 > highest[$1]) highest[$1] = $column / 1000
}
END {
	bars = top = 0
	n = tests; tests = 0
	for (t = 1; t <= n; t++) if (rows[order[t], "ours"]) {
		order[++tests] = order[t]
		if (highest[order[t]] > top) top = highest[order[t]]
	}
	if (!top) top = 1
	for (t = 1; t <= tests; t++) bars += split(of[order[t]], who, " ")
	height = 50 + bars * bar + tests * gap + 10
	printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" font-family=\"sans-serif\" font-size=\"11\">\n", left + width + 170, height
	printf "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n"
	text(10, 20, "start", "CPU time of the relay per packet delivered, µs; less is better. Bar: median, line: smallest to largest.")
	y = 40
	for (t = 1; t <= tests; t++) {
		n = split(of[order[t]], who, " ")
		text(left - 10, y + n * bar / 2 + 4, "end", order[t])
		for (i = 1; i <= n; i++) {
			k = rows[order[t], who[i]]
			split("", list)
			for (j = 1; j <= k; j++) list[j] = value[order[t], who[i], j]
			sorted(list, k)
			mid = k % 2 ? list[(k + 1) / 2] : (list[k / 2] + list[k / 2 + 1]) / 2
			printf "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>\n", left, y, mid / top * width, bar - 3, colour[who[i]]
			printf "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#222\"/>\n", left + list[1] / top * width, left + list[k] / top * width, y + bar / 2 - 1, y + bar / 2 - 1
			text(left + list[k] / top * width + 6, y + bar - 6, "start", sprintf("%.2f  %s", mid, label[who[i]]))
			y += bar
		}
		y += gap
	}
	print "</svg>"
}
