check_PROGRAMS += %D%/unit_stats
TESTS += %D%/unit_stats
%C%_unit_stats_SOURCES = \
	%D%/main.c \
	%D%/prom_check.h \
	%D%/prom_check.c \
	%D%/test_reasons.c \
	%D%/test_stats.c \
	%D%/test_prometheus.c
%C%_unit_stats_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
%C%_unit_stats_LDADD = src/stats/libstats.a src/util/libutil.a $(UNIT_LIBS)
