#!/bin/sh
# SPDX-License-Identifier: MIT
# The tools' manual pages name the options that --help names, and no others; all
# pages have the sections that a reader looks for and are clean by mandoc; the
# completion completes.
lint_dir=$(cd "$(dirname "$0")" && pwd)
. "$lint_dir/lib.sh"

pages() { [ ! -d doc ] || find doc -name '*.[1-8]' | sort; }

seen=0
for page in $(pages); do
	tool=$(basename "$page" | sed 's/\.[1-8]$//')
	# hyper-derp's is written from the option table, see optdoc.sh.
	[ -x "${HD_BUILDDIR:?}/$tool" ] && [ "$tool" != hyper-derp ] || continue
	seen=$((seen + 1))
	"$HD_BUILDDIR/$tool" --help | grep -oE -- '--[a-z][a-z0-9-]*' | sort -u >"$scratch/help"
	grep -oE 'Fl -[a-z][a-z0-9-]*' "$page" | sed 's/^Fl -/--/' | grep -vx -e --flag | sort -u >"$scratch/page"
	comm -23 "$scratch/help" "$scratch/page" | sed "s|.*|$page:1: lacks & of --help|"
	comm -13 "$scratch/help" "$scratch/page" | sed "s|.*|$page:1: has &, --help has not|"
done >"$scratch/found"
lint_report tooldoc "$seen" <"$scratch/found"

# A daemon has signals, and what writes files names them.
wanted() {
	case $1 in
	*.5) echo NAME DESCRIPTION OPTIONS EXAMPLES 'SEE ALSO' ;;
	*hyper-derp.8) echo NAME SYNOPSIS DESCRIPTION OPTIONS SIGNALS FILES 'EXIT STATUS' EXAMPLES 'SEE ALSO' ;;
	*.8) echo NAME SYNOPSIS DESCRIPTION FILES 'EXIT STATUS' EXAMPLES 'SEE ALSO' ;;
	*) echo NAME SYNOPSIS DESCRIPTION 'EXIT STATUS' EXAMPLES 'SEE ALSO' ;;
	esac | sed 's/EXIT STATUS/EXIT_STATUS/; s/SEE ALSO/SEE_ALSO/' | tr ' ' '\n' | tr _ ' '
}
pages >"$scratch/pages"
while read -r page; do
	wanted "$page" | while read -r section; do
		grep -qx ".Sh $section" "$page" || echo "$page:1: has no section $section"
	done
done <"$scratch/pages" >"$scratch/found"
lint_report sections "$(wc -l <"$scratch/pages")" <"$scratch/found"

if command -v mandoc >/dev/null; then
	while read -r page; do
		# Whether pages referred to are installed is not the point.
		mandoc -T lint -W style "$page" 2>&1 | sed 's/^mandoc: //' |
			grep -v -e 'referenced manual not found' -e 'text line longer than' -e '^outdated mandoc.db' || :
	done <"$scratch/pages" >"$scratch/found"
	lint_report mandoc "$(wc -l <"$scratch/pages")" <"$scratch/found"
else
	echo "ok mandoc: not here # SKIP"
fi

# completes LINE WANTED: the words that come of its last one.
completion=contrib/completion/hd-probe
completes() {
	got=$(PATH="$HD_BUILDDIR:$PATH" bash -c '. "$2"
		COMP_WORDS=($1) COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
		_hd_tool && echo "${COMPREPLY[*]}"' bash "$1" "$completion" 2>&1)
	[ "$got" = "$2" ] || echo "$completion:1: \"$1\" gives \"$got\", wants \"$2\""
}
if [ ! -f "$completion" ]; then
	lint_report completion 0 </dev/null
elif command -v bash >/dev/null; then
	{
		completes 'hd-probe --warn' '--warn-latency --warn-cert'
		completes 'hd-probe contrib/dev' 'contrib/dev.sh'
		completes 'hd-bench --fan' '--fan-in --fan-out'
		completes 'hd-tune --target' '--target-rate'
		completes 'hd-tune ex' 'explain'
		completes 'hd-tune mea' 'measure'
		for tool in hd-bench hd-tune; do
			cmp -s "contrib/completion/$tool" "$completion" || echo "contrib/completion/$tool:1: differs"
		done
	} >"$scratch/found"
	lint_report completion 8 <"$scratch/found"
else
	echo "ok completion: no bash here # SKIP"
fi

exit "$lint_failed"
