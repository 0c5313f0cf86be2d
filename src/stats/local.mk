noinst_LIBRARIES += %D%/libstats.a
%C%_libstats_a_SOURCES = \
	%D%/reasons.h \
	%D%/reasons.c \
	%D%/stats.h \
	%D%/stats.c \
	%D%/prometheus.h \
	%D%/prometheus.c
