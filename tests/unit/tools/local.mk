# tests of tools/lib
check_PROGRAMS += %D%/unit_tools
TESTS += %D%/unit_tools
%C%_unit_tools_SOURCES = \
	%D%/main.c \
	%D%/test_derp_stream.c
%C%_unit_tools_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
%C%_unit_tools_LDADD = tools/lib/libtools.a src/util/libutil.a $(UNIT_LIBS)
