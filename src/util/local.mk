noinst_LIBRARIES += %D%/libutil.a
%C%_libutil_a_SOURCES = \
	%D%/assert.h \
	%D%/error.h \
	%D%/log.h \
	%D%/mono.h \
	%D%/be.h \
	%D%/cursor.h \
	%D%/bytes.h \
	%D%/hash.h \
	%D%/list.h \
	%D%/spsc.h \
	%D%/pool.h \
	%D%/wheel.h
