noinst_LIBRARIES += %D%/libconfig.a
%C%_libconfig_a_SOURCES = \
	%D%/settings.h
%C%_libconfig_a_CPPFLAGS = $(AM_CPPFLAGS) $(YAML_CFLAGS)
