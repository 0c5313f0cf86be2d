noinst_LIBRARIES += %D%/libutil.a
%C%_libutil_a_SOURCES = \
	%D%/assert.c \
	%D%/assert.h \
	%D%/error.c \
	%D%/error.h \
	%D%/log.c \
	%D%/log.h \
	%D%/mono.c \
	%D%/mono.h \
	%D%/be.h \
	%D%/cursor.c \
	%D%/cursor.h \
	%D%/writer.c \
	%D%/writer.h \
	%D%/json.c \
	%D%/json.h \
	%D%/bytes.c \
	%D%/bytes.h \
	%D%/hash.c \
	%D%/hash.h \
	%D%/list.h \
	%D%/spsc.c \
	%D%/spsc.h \
	%D%/pool.c \
	%D%/pool.h \
	%D%/wheel.c \
	%D%/wheel.h
