# tools/hd-tune: reads the machine, writes the settings. All but main.c is a
# library, for the tests.
noinst_LIBRARIES += %D%/libtune.a
%C%_libtune_a_SOURCES = \
	%D%/apply.h %D%/apply.c \
	%D%/changes.h %D%/changes.c \
	%D%/changes_print.c \
	%D%/command.h %D%/command.c \
	%D%/cpuset.h %D%/cpuset.c \
	%D%/decimal.h %D%/decimal.c \
	%D%/document.h %D%/document.c \
	%D%/facts.h %D%/facts.c \
	%D%/facts_fields.h %D%/facts_fields.c \
	%D%/facts_parse.c \
	%D%/facts_print.c \
	%D%/gather.h %D%/gather.c \
	%D%/gather_parts.h \
	%D%/gather_ethtool.c \
	%D%/gather_group.c \
	%D%/gather_io_uring.c \
	%D%/gather_limits.c \
	%D%/gather_module.c \
	%D%/gather_network.c \
	%D%/gather_ktls.c \
	%D%/gather_openssl.c \
	%D%/gather_sysctls.c \
	%D%/gather_unit.c \
	%D%/journal.h %D%/journal.c \
	%D%/live.h %D%/live.c \
	%D%/measure.h %D%/measure.c \
	%D%/measure_all.h %D%/measure_all.c \
	%D%/measure_run.h %D%/measure_run.c \
	%D%/options.h %D%/options.c \
	%D%/place.h %D%/place.c \
	%D%/plan.h %D%/plan.c \
	%D%/plan_steps.h \
	%D%/plan_advice.c \
	%D%/plan_class.c \
	%D%/plan_cores.c \
	%D%/plan_domain.c \
	%D%/plan_files.c \
	%D%/plan_locality.c \
	%D%/plan_order.c \
	%D%/plan_pins.c \
	%D%/plan_reserve.c \
	%D%/plan_sockbuf.c \
	%D%/plan_sysctls.c \
	%D%/plan_unit.c \
	%D%/plan_workers.c \
	%D%/program.h %D%/program.c \
	%D%/read_all.h %D%/read_all.c \
	%D%/rule.h %D%/rule.c \
	%D%/rule_mdoc.c \
	%D%/scratch.h %D%/scratch.c \
	%D%/show.h %D%/show.c \
	%D%/show_json.c \
	%D%/show_machine.c \
	%D%/show_measure.c \
	%D%/sysroot.h %D%/sysroot.c \
	%D%/yaml_edit.h %D%/yaml_edit.c
%C%_libtune_a_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(OPENSSL_CFLAGS)

tune_libs = \
	tools/hd-tune/libtune.a \
	tools/lib/libtools.a \
	src/config/libconfig.a \
	src/data/libdataring.a \
	src/sys/libsys.a \
	src/proto/libproto.a \
	src/util/libutil.a \
	$(LIBURING_LIBS) $(YAML_LIBS) $(HWLOC_LIBS) $(JANSSON_LIBS) $(OPENSSL_LIBS)

bin_PROGRAMS += hd-tune
hd_tune_SOURCES = %D%/main.c
hd_tune_LDADD = $(tune_libs)

# Prints the rules for doc/hd-tune.8, which a test holds against the table.
noinst_PROGRAMS += %D%/ruledoc
%C%_ruledoc_SOURCES = %D%/ruledoc.c
%C%_ruledoc_LDADD = tools/hd-tune/libtune.a src/util/libutil.a
