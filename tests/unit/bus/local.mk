# tests of src/bus
check_PROGRAMS += %D%/unit_bus
TESTS += %D%/unit_bus
%C%_unit_bus_SOURCES = \
	%D%/main.c \
	%D%/test_waker.c \
	%D%/test_bus.c \
	%D%/test_conn_count.c
%C%_unit_bus_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
%C%_unit_bus_LDADD = src/bus/libbus.a src/util/libutil.a $(UNIT_LIBS)
