noinst_LIBRARIES += %D%/libsys.a
%C%_libsys_a_SOURCES = \
	%D%/notify.h \
	%D%/cpu.h \
	%D%/limits.h
%C%_libsys_a_CPPFLAGS = $(AM_CPPFLAGS) $(HWLOC_CFLAGS)
