noinst_LIBRARIES += %D%/libdata.a
%C%_libdata_a_SOURCES = \
	%D%/shard.h \
	%D%/ring_probe.h
%C%_libdata_a_CPPFLAGS = $(AM_CPPFLAGS) $(LIBURING_CFLAGS)
