noinst_LIBRARIES += %D%/libsys.a
%C%_libsys_a_SOURCES = \
	%D%/notify.h %D%/notify.c \
	%D%/cpu.h %D%/cpu.c \
	%D%/hwloc_open.h %D%/hwloc_open.c \
	%D%/cores.h %D%/cores.c \
	%D%/topology.h %D%/topology.c \
	%D%/affinity.h %D%/affinity.c \
	%D%/quota.h %D%/quota.c \
	%D%/limits.h %D%/limits.c
%C%_libsys_a_CPPFLAGS = $(AM_CPPFLAGS) $(HWLOC_CFLAGS)
