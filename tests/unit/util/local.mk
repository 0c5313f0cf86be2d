# tests of src/util
check_PROGRAMS += %D%/unit_util
TESTS += %D%/unit_util
%C%_unit_util_SOURCES = \
	%D%/main.c \
	%D%/capture.c \
	%D%/capture.h \
	%D%/sanitizer.h \
	%D%/test_assert.c \
	%D%/test_be.c \
	%D%/test_bytes.c \
	%D%/test_cursor.c \
	%D%/test_error.c \
	%D%/test_hash.c \
	%D%/test_json.c \
	%D%/test_list.c \
	%D%/test_log.c \
	%D%/test_mono.c \
	%D%/test_pool.c \
	%D%/test_spsc.c \
	%D%/test_wheel.c \
	%D%/test_writer.c
%C%_unit_util_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
%C%_unit_util_LDADD = src/util/libutil.a $(UNIT_LIBS)
