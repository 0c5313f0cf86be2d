noinst_LIBRARIES += %D%/libconfig.a
%C%_libconfig_a_SOURCES = \
	%D%/settings.h %D%/settings.c \
	%D%/settings_dump.c %D%/settings_help.c %D%/settings_diff.c \
	%D%/option.h %D%/option.c \
	%D%/option_table.h %D%/option_table.c \
	%D%/rule.h %D%/rule.c \
	%D%/nearest.h %D%/nearest.c \
	%D%/quote.h %D%/quote.c \
	%D%/value.h %D%/value.c %D%/value_print.c \
	%D%/draft.h %D%/draft.c %D%/draft_check.c \
	%D%/cli.h %D%/cli.c \
	%D%/yaml_file.h %D%/yaml_file.c
%C%_libconfig_a_CPPFLAGS = $(AM_CPPFLAGS) $(YAML_CFLAGS)
