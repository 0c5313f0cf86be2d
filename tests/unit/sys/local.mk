# tests of src/sys
check_PROGRAMS += %D%/unit_sys
TESTS += %D%/unit_sys
%C%_unit_sys_SOURCES = \
	%D%/main.c \
	%D%/test_affinity.c \
	%D%/test_cores.c \
	%D%/test_cpu.c \
	%D%/test_limits.c \
	%D%/test_notify.c \
	%D%/test_quota.c \
	%D%/test_topology.c
%C%_unit_sys_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
%C%_unit_sys_LDADD = src/sys/libsys.a src/util/libutil.a $(HWLOC_LIBS) $(UNIT_LIBS)
EXTRA_DIST += \
	%D%/data/vm-4c-smt-cpuset.xml \
	%D%/data/vm-4c-smt-offline.xml
