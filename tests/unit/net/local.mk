# tests of src/net
check_PROGRAMS += %D%/unit_net
TESTS += %D%/unit_net
%C%_unit_net_SOURCES = \
	%D%/main.c \
	%D%/test_addr.c \
	%D%/test_listener.c \
	%D%/test_loop.c
%C%_unit_net_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
%C%_unit_net_LDADD = src/net/libnet.a src/util/libutil.a $(UNIT_LIBS)
