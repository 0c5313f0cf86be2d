noinst_LIBRARIES += %D%/libcontrol.a
%C%_libcontrol_a_SOURCES = \
	%D%/control.h \
	%D%/control.c \
	%D%/region.h \
	%D%/region.c \
	%D%/page.h \
	%D%/page.c \
	%D%/presence.h \
	%D%/presence.c \
	%D%/watch.h \
	%D%/watch.c \
	%D%/outbox.h \
	%D%/outbox.c \
	%D%/summary.h \
	%D%/summary.c \
	%D%/json_writer.h \
	%D%/json_writer.c \
	%D%/metrics_conn.h \
	%D%/metrics_conn.c \
	%D%/metrics_server.h \
	%D%/metrics_server.c
