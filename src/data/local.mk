noinst_LIBRARIES += %D%/libdata.a %D%/libdataring.a
%C%_libdata_a_SOURCES = \
	%D%/shard.h
%C%_libdataring_a_SOURCES = \
	%D%/ring.h \
	%D%/ring.c \
	%D%/ring_probe.h \
	%D%/ring_probe.c
%C%_libdataring_a_CPPFLAGS = $(AM_CPPFLAGS) $(LIBURING_CFLAGS)
