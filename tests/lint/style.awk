# SPDX-License-Identifier: MIT
# C files on the command line; findings "RULE FILE:LINE: TEXT". -v banned, -v
# sizes: files with the rows of the tables.

function finding(rule, text) { print rule " " FILENAME ":" FNR ": " text }

# Does path fit a pattern whose only special character is "*"?
function fits(path, pattern,   n, part, i, at) {
	n = split(pattern, part, "*")
	if (substr(path, 1, length(part[1])) != part[1]) return 0
	path = substr(path, length(part[1]) + 1)
	for (i = 2; i <= n; i++) {
		at = index(path, part[i])
		if (part[i] != "" && !at) return 0
		if (part[i] != "") path = substr(path, at + length(part[i]))
	}
	return part[n] == "" || path == ""
}

# The line without comments and without what is in quotes. in_comment stays
# from line to line.
function code_of(line,   out, at, quote) {
	out = ""
	while (line != "") {
		if (in_comment) {
			at = index(line, "*/")
			if (!at) return out
			line = substr(line, at + 2)
			in_comment = 0
			out = out " "
			continue
		}
		if (!match(line, /\/\*|\/\/|["']/)) return out line
		out = out substr(line, 1, RSTART - 1)
		quote = substr(line, RSTART, RLENGTH)
		line = substr(line, RSTART + RLENGTH)
		if (quote == "/*") { in_comment = 1; continue }
		if (quote == "//") { finding("comments", "// comment: use /* */"); return out }
		out = out quote
		while (line != "") {
			if (substr(line, 1, 1) == "\\") { line = substr(line, 3); continue }
			if (substr(line, 1, 1) == quote) break
			line = substr(line, 2)
		}
		line = substr(line, 2)
		out = out quote
	}
	return out
}

function columns(line,   n, part, i, col) {
	n = split(line, part, "\t")
	col = 0
	for (i = 1; i <= n; i++) {
		col += length_utf8(part[i])
		if (i < n) col += 8 - col % 8
	}
	return col
}

function length_utf8(text) {
	gsub(/[\200-\277]/, "", text)
	return length(text)
}

function limit_of(name, normal) {
	if (!(name in allowed)) return normal
	used[name]
	return allowed[name]
}

function end_of_file() {
	if (file == "") return
	if (lines > limit_of(file, 500))
		print "sizes " file ":" lines ": " lines " lines; more than 500 want a reason in sizes.txt"
	else if (file in allowed && lines <= 500)
		print "sizes " file ":1: its row in sizes.txt is not needed"
}

BEGIN {
	while ((getline row < banned) > 0) {
		n = split(row, word, /[ \t]+/)
		if (word[1] == "except") excepted[word[2], word[3]] = 0
		if (word[1] != "function") continue
		where[word[2]] = word[3]
		why = word[4]
		for (i = 5; i <= n; i++) why = why " " word[i]
		instead[word[2]] = why
	}
	while ((getline row < sizes) > 0) {
		n = split(row, word, /[ \t]+/)
		if (n < 4) print "sizes tests/lint/sizes.txt:1: row \"" row "\" gives no reason"
		allowed[word[1]] = word[2] + 0
	}
}

FNR == 1 {
	end_of_file()
	file = FILENAME
	in_comment = 0
	includes = 0
	has_config = 0
	signature = ""
	function_start = 0
}

{
	lines = FNR
	was_comment = in_comment
	code = code_of($0)
}

columns($0) > 115 { finding("length", columns($0) " columns, more than 115") }
/[ \t]$/ { finding("indentation", "white space at the end of the line") }
/\r/ { finding("indentation", "carriage return") }
/^ +[^ ]/ && !was_comment { finding("indentation", "spaces where tabs belong") }
/ \t/ && /^[ \t]* \t/ { finding("indentation", "a space before a tab") }

# Names that are called. A field or a longer name is another thing.
{
	rest = code
	while (match(rest, /[A-Za-z_][A-Za-z0-9_]*[ \t]*\(/)) {
		before = substr(rest, RSTART - 1, 1)
		name = substr(rest, RSTART, RLENGTH - 1)
		sub(/[ \t]+$/, "", name)
		if ((name, FILENAME) in excepted) excepted[name, FILENAME]++
		else if (name in where && before != "." && !(before == ">" && substr(rest, RSTART - 2, 1) == "-") &&
		    fits(FILENAME, where[name]))
			finding("banned", name "(): use " instead[name])
		rest = substr(rest, RSTART + RLENGTH)
	}
}

FILENAME ~ /^tests\// && code ~ /(^|[^A-Za-z0-9_])p?(poll|select) ?\((NULL|0), *(0|NULL)/ {
	finding("banned", "a wait for nothing but time")
}

code ~ /^[ \t]*#[ \t]*include/ {
	includes++
	if ($0 ~ /"config\.h"/) {
		has_config = 1
		if (FILENAME ~ /\.h$/) finding("includes", "a header includes config.h: the .c file does, first")
		else if (includes > 1) finding("includes", "config.h must come first")
	}
}
code ~ /(^|[^A-Za-z0-9_])(PACKAGE_(NAME|VERSION|STRING|TARNAME)|VERSION|HAVE_[A-Z0-9_]+)([^A-Za-z0-9_]|$)/ {
	if (!has_config && FILENAME ~ /\.c$/) finding("includes", "uses configure's results without config.h")
}

# Functions: a brace in column 0 below a signature opens one, a closing brace
# in column 0 ends it.
/^[A-Za-z_]/ && code !~ /;[ \t]*$/ { signature = code }
/^[ \t]/ && signature != "" && !function_start { signature = signature " " code }
/^\{/ && signature ~ /\(/ {
	function_name = signature
	while (match(function_name, /__attribute__[ \t]*\(\([^)]*\)*\)\)/))
		function_name = substr(function_name, 1, RSTART - 1) substr(function_name, RSTART + RLENGTH)
	sub(/[ \t]*\(.*/, "", function_name)
	sub(/.*[^A-Za-z0-9_]/, "", function_name)
	function_start = FNR
}
/^\}/ {
	if (function_start) {
		size = FNR - function_start + 1
		name = FILENAME ":" function_name
		if (size > limit_of(name, 70))
			finding("sizes", function_name "(): " size " lines; more than 70 want a reason in sizes.txt")
		else if (name in allowed && size <= 70)
			finding("sizes", "the row of " function_name "() in sizes.txt is not needed")
	}
	function_start = 0
	signature = ""
}

END {
	end_of_file()
	for (name in excepted) {
		split(name, word, SUBSEP)
		if (!excepted[name]) print "banned tests/lint/banned.txt:1: " word[1] "() is not called in " word[2]
	}
	for (name in allowed) {
		path = name
		sub(/:.*/, "", path)
		if (!(name in used) && name ~ /:/) print "sizes tests/lint/sizes.txt:1: " name " is not there"
	}
}
