check_PROGRAMS += %D%/unit_control
TESTS += %D%/unit_control
%C%_unit_control_SOURCES = \
	%D%/main.c \
	%D%/events.h \
	%D%/must.h \
	%D%/occurrences.h \
	%D%/test_json_writer.c \
	%D%/test_presence.c \
	%D%/town.h \
	%D%/town.c \
	%D%/test_watch.c \
	%D%/test_watch_random.c \
	%D%/test_outbox.c \
	%D%/test_summary.c \
	%D%/test_region.c \
	tests/unit/stats/prom_check.h \
	tests/unit/stats/prom_check.c \
	%D%/test_page.c \
	%D%/scrape.h \
	%D%/scrape.c \
	%D%/test_metrics_conn.c \
	%D%/test_metrics_server.c \
	%D%/test_control.c
%C%_unit_control_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
%C%_unit_control_LDADD = src/control/libcontrol.a src/bus/libbus.a src/net/libnet.a \
	src/stats/libstats.a src/proto/libproto.a src/util/libutil.a $(UNIT_LIBS)
