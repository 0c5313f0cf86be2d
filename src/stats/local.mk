noinst_LIBRARIES += %D%/libstats.a
%C%_libstats_a_SOURCES = \
	%D%/reasons.h \
	%D%/stats.h \
	%D%/prometheus.h
