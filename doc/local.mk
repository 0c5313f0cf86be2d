# doc: guides, and pages for people who read or change the code.
EXTRA_DIST += \
	%D%/ARCHITECTURE.md \
	%D%/BUILDING.md \
	%D%/HACKING.md \
	%D%/KERNELS.md \
	%D%/LIFETIME.md \
	%D%/OPERATIONS.md \
	%D%/PERFORMANCE.md %D%/performance.svg \
	%D%/QUICKSTART.md \
	%D%/REPLACING-DERPER.md \
	%D%/TLS.md \
	%D%/TROUBLESHOOTING.md

dist_man_MANS += %D%/hd-tune.8 %D%/hyper-derp.8 %D%/hyper-derp.yaml.5 %D%/hd-bench.1 %D%/hd-probe.1

# Writes what the option table says into the pages that repeat it. The pages are
# committed; tests/lint/optdoc.sh holds them against the table.
noinst_PROGRAMS += %D%/optdoc
%C%_optdoc_SOURCES = \
	%D%/optdoc.h %D%/optdoc.c \
	%D%/optdoc_bash.c \
	%D%/optdoc_mdoc.c \
	%D%/optdoc_sample.c
%C%_optdoc_LDADD = src/config/libconfig.a src/proto/libproto.a src/util/libutil.a $(YAML_LIBS)

optdoc_pages = \
	%D%/hyper-derp.8 %D%/hyper-derp.yaml.5 \
	contrib/hyper-derp.yaml contrib/completion/hyper-derp

.PHONY: update-docs
update-docs: %D%/optdoc$(EXEEXT)
	for page in $(optdoc_pages); do \
		%D%/optdoc$(EXEEXT) "$(srcdir)/$$page" >optdoc.new && \
		cat optdoc.new >"$(srcdir)/$$page" || exit 1; \
	done
	rm -f optdoc.new
