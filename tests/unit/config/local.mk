# tests of src/config
check_PROGRAMS += %D%/unit_config
TESTS += %D%/unit_config
%C%_unit_config_SOURCES = \
	%D%/main.c \
	%D%/config_load.h %D%/config_load.c \
	%D%/config_memory.h %D%/config_memory.c \
	%D%/test_cli.c \
	%D%/test_draft.c \
	%D%/test_draft_check.c \
	%D%/test_nearest.c \
	%D%/test_option.c \
	%D%/test_option_table.c \
	%D%/test_quote.c \
	%D%/test_rule.c \
	%D%/test_settings.c \
	%D%/test_settings_diff.c \
	%D%/test_settings_dump.c \
	%D%/test_settings_help.c \
	%D%/test_value.c \
	%D%/test_value_print.c \
	%D%/test_yaml_file.c
%C%_unit_config_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
%C%_unit_config_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=realloc \
	-Wl,--wrap=strdup -Wl,--wrap=strndup
%C%_unit_config_LDADD = src/config/libconfig.a src/proto/libproto.a src/util/libutil.a $(YAML_LIBS) $(UNIT_LIBS)
