# tests/golden: files and what must come of them.
check_PROGRAMS += %D%/golden_config
TESTS += %D%/golden_config
%C%_golden_config_SOURCES = \
	%D%/golden_config.c \
	%D%/golden_text.h %D%/golden_text.c
%C%_golden_config_LDADD = src/config/libconfig.a src/proto/libproto.a src/util/libutil.a $(YAML_LIBS)
EXTRA_DIST += %D%/config %D%/derp-map
TESTS += %D%/derp_map.sh
dist_check_SCRIPTS += %D%/derp_map.sh
