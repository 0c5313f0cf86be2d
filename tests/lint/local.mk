# tests/lint: rules about the text of the tree, see doc/HACKING.md. bad/ holds
# trees in which each rule must find something.
lint_tests = \
	%D%/selftest.sh \
	%D%/layers.sh \
	%D%/files.sh \
	%D%/style.sh \
	%D%/symbols.sh \
	%D%/standalone.sh \
	%D%/mirror.sh \
	%D%/count.sh \
	%D%/optdoc.sh \
	%D%/tooldoc.sh

TESTS += $(lint_tests)
dist_check_SCRIPTS += $(lint_tests)
EXTRA_DIST += \
	%D%/lib.sh \
	%D%/style.awk \
	%D%/layers.txt \
	%D%/headers.txt \
	%D%/banned.txt \
	%D%/sizes.txt \
	%D%/symbols.txt \
	%D%/mirror.txt \
	%D%/bad
