#!/bin/sh
# SPDX-License-Identifier: MIT
# What manual, sample file and completion say about options is what the option
# table says: written anew, they stay the same, and the completion completes.
# "make update-docs" renews them.
lint_dir=$(cd "$(dirname "$0")" && pwd)
. "$lint_dir/lib.sh"

optdoc=${HD_BUILDDIR:?}/doc/optdoc
manual="doc/hyper-derp.8 doc/hyper-derp.yaml.5"
completion=contrib/completion/hyper-derp

# present FILE...: those that are there, one a line.
present() {
	for file; do [ ! -f "$file" ] || echo "$file"; done
}

present $manual contrib/hyper-derp.yaml $completion >"$scratch/pages"
while read -r page; do
	if ! "$optdoc" "$page" >"$scratch/page" 2>"$scratch/why"; then
		echo "$page:1: $(cat "$scratch/why")"
	elif ! cmp -s "$page" "$scratch/page"; then
		echo "$page:1: differs from the option table, make update-docs renews it"
	fi
done <"$scratch/pages" >"$scratch/found"
lint_report optdoc "$(wc -l <"$scratch/pages")" <"$scratch/found"

# completes LINE WANTED: the words that come of it. "=" is a word of its own.
completes() {
	got=$(bash -c '. "$3"
		COMP_WORDS=($1) COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
		[ "$2" != new ] || { COMP_WORDS+=(""); COMP_CWORD=$((COMP_CWORD + 1)); }
		_hyper_derp && echo "${COMPREPLY[*]}"' bash "$1" "$2" "$completion" 2>&1)
	[ "$got" = "$3" ] || echo "$completion:1: \"$1\" gives \"$got\", wants \"$3\""
}
if [ ! -f "$completion" ]; then
	lint_report completion 0 </dev/null
elif command -v bash >/dev/null; then
	{
		completes 'hyper-derp --log' last '--log-level'
		completes 'hyper-derp --no-' last '--no-sqpoll --no-buf-parts --no-debug-endpoints --no-stun'
		completes 'hyper-derp --log-level' new 'debug info warn error'
		completes 'hyper-derp --log-level = w' last 'warn'
		completes 'hyper-derp --ktls =' last 'auto off require'
		completes 'hyper-derp --stun = f' last 'false'
		completes 'hyper-derp --stun --dum' last '--dump-config'
		completes 'hyper-derp --print-derp-map = t' last 'tailscale'
		completes 'hyper-derp --port' new ''
		completes 'hyper-derp --config contrib/dev' last 'contrib/dev.sh'
		completes 'hyper-derp -c src/conf' last 'src/config'
		completes 'hyper-derp --tls-c' last '--tls-cert --tls-cert-2'
	} >"$scratch/found"
	lint_report completion 12 <"$scratch/found"
else
	echo "ok completion: no bash here # SKIP"
fi

exit "$lint_failed"
