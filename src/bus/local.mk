noinst_LIBRARIES += %D%/libbus.a
%C%_libbus_a_SOURCES = \
	%D%/waker.h \
	%D%/peer_id.h \
	%D%/messages.h \
	%D%/bus.h \
	%D%/conn_count.h \
	%D%/waker.c \
	%D%/bus.c \
	%D%/conn_count.c
