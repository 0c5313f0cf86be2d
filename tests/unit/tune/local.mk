# tests of tools/hd-tune
check_PROGRAMS += %D%/unit_tune
TESTS += %D%/unit_tune
%C%_unit_tune_SOURCES = \
	%D%/main.c \
	%D%/folder.c %D%/folder.h \
	%D%/machines.c %D%/machines.h \
	%D%/scene.c %D%/scene.h \
	%D%/test_apply.c \
	%D%/test_apply_mounts.c \
	%D%/test_command.c \
	%D%/test_cpuset.c \
	%D%/test_decimal.c \
	%D%/test_facts.c \
	%D%/test_gather.c \
	%D%/test_gather_service.c \
	%D%/test_manual.c \
	%D%/test_measure.c \
	%D%/test_plan.c \
	%D%/test_program.c \
	%D%/test_properties.c \
	%D%/test_read_all.c \
	%D%/test_yaml_edit.c
%C%_unit_tune_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS) $(JANSSON_CFLAGS)
%C%_unit_tune_LDADD = $(tune_libs) $(UNIT_LIBS)
EXTRA_DIST += %D%/topologies
