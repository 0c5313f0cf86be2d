# tests/fuzz: fuzz_NAME replays corpus/NAME in make check; libfuzzer_NAME makes
# new inputs when configured with --enable-fuzzing. To look for more:
#   tests/fuzz/libfuzzer_frame -dict=SRC/tests/fuzz/dictionary/frame.dict NEW SRC/tests/fuzz/corpus/frame
# and to keep what is new and small: libfuzzer_frame -merge=1 SRC/tests/fuzz/corpus/frame NEW
fuzz_driver = tests/fuzz/driver.c tests/fuzz/driver.h
fuzz_proto_libs = src/proto/libproto.a src/util/libutil.a
fuzz_config_libs = src/config/libconfig.a $(fuzz_proto_libs) $(YAML_LIBS)
fuzz_crypto_libs = src/crypto/libcrypto.a src/util/libutil.a $(SODIUM_LIBS)
fuzz_tls_libs = src/tls/libtls.a src/crypto/libcrypto.a src/util/libutil.a $(IPSEC_MB_LIBS) $(OPENSSL_LIBS) $(SODIUM_LIBS) $(PTHREAD_LIBS)
EXTRA_DIST += %D%/corpus %D%/dictionary

fuzz_programs = \
	%D%/fuzz_client_info \
	%D%/fuzz_frame \
	%D%/fuzz_http_request \
	%D%/fuzz_http_response \
	%D%/fuzz_tls_record \
	%D%/fuzz_tune_facts \
	%D%/fuzz_tune_xml \
	%D%/fuzz_tune_yaml \
	%D%/fuzz_x25519 \
	%D%/fuzz_yaml
check_PROGRAMS += $(fuzz_programs)
TESTS += $(fuzz_programs)

%C%_fuzz_client_info_SOURCES = %D%/fuzz_client_info.c $(fuzz_driver)
%C%_fuzz_client_info_LDADD = $(fuzz_proto_libs)
%C%_fuzz_frame_SOURCES = %D%/fuzz_frame.c $(fuzz_driver)
%C%_fuzz_frame_LDADD = $(fuzz_proto_libs)
%C%_fuzz_http_request_SOURCES = %D%/fuzz_http_request.c $(fuzz_driver)
%C%_fuzz_http_request_LDADD = $(fuzz_proto_libs)
%C%_fuzz_http_response_SOURCES = %D%/fuzz_http_response.c $(fuzz_driver)
%C%_fuzz_http_response_LDADD = $(fuzz_proto_libs)
%C%_fuzz_tls_record_SOURCES = %D%/fuzz_tls_record.c $(fuzz_driver)
%C%_fuzz_tls_record_CPPFLAGS = $(AM_CPPFLAGS) $(OPENSSL_CFLAGS)
%C%_fuzz_tls_record_LDADD = $(fuzz_tls_libs)
%C%_fuzz_tune_facts_SOURCES = %D%/fuzz_tune_facts.c $(fuzz_driver)
%C%_fuzz_tune_facts_LDADD = $(tune_libs)
%C%_fuzz_tune_xml_SOURCES = %D%/fuzz_tune_xml.c $(fuzz_driver)
%C%_fuzz_tune_xml_LDADD = $(tune_libs)
%C%_fuzz_tune_yaml_SOURCES = %D%/fuzz_tune_yaml.c $(fuzz_driver)
%C%_fuzz_tune_yaml_LDADD = $(tune_libs)
%C%_fuzz_x25519_SOURCES = %D%/fuzz_x25519.c $(fuzz_driver)
%C%_fuzz_x25519_LDADD = $(fuzz_crypto_libs)
%C%_fuzz_yaml_SOURCES = %D%/fuzz_yaml.c $(fuzz_driver)
%C%_fuzz_yaml_LDADD = $(fuzz_config_libs)

if ENABLE_FUZZING
noinst_PROGRAMS += \
	%D%/libfuzzer_client_info \
	%D%/libfuzzer_frame \
	%D%/libfuzzer_http_request \
	%D%/libfuzzer_http_response \
	%D%/libfuzzer_tls_record \
	%D%/libfuzzer_tune_facts \
	%D%/libfuzzer_tune_xml \
	%D%/libfuzzer_tune_yaml \
	%D%/libfuzzer_x25519 \
	%D%/libfuzzer_yaml

fuzz_ldflags = $(AM_LDFLAGS) -fsanitize=fuzzer
%C%_libfuzzer_client_info_SOURCES = %D%/fuzz_client_info.c %D%/driver.h
%C%_libfuzzer_client_info_LDADD = $(fuzz_proto_libs)
%C%_libfuzzer_client_info_LDFLAGS = $(fuzz_ldflags)
%C%_libfuzzer_frame_SOURCES = %D%/fuzz_frame.c %D%/driver.h
%C%_libfuzzer_frame_LDADD = $(fuzz_proto_libs)
%C%_libfuzzer_frame_LDFLAGS = $(fuzz_ldflags)
%C%_libfuzzer_http_request_SOURCES = %D%/fuzz_http_request.c %D%/driver.h
%C%_libfuzzer_http_request_LDADD = $(fuzz_proto_libs)
%C%_libfuzzer_http_request_LDFLAGS = $(fuzz_ldflags)
%C%_libfuzzer_http_response_SOURCES = %D%/fuzz_http_response.c %D%/driver.h
%C%_libfuzzer_http_response_LDADD = $(fuzz_proto_libs)
%C%_libfuzzer_http_response_LDFLAGS = $(fuzz_ldflags)
%C%_libfuzzer_tls_record_SOURCES = %D%/fuzz_tls_record.c %D%/driver.h
%C%_libfuzzer_tls_record_CPPFLAGS = $(AM_CPPFLAGS) $(OPENSSL_CFLAGS)
%C%_libfuzzer_tls_record_LDADD = $(fuzz_tls_libs)
%C%_libfuzzer_tls_record_LDFLAGS = $(fuzz_ldflags)
%C%_libfuzzer_tune_facts_SOURCES = %D%/fuzz_tune_facts.c %D%/driver.h
%C%_libfuzzer_tune_facts_LDADD = $(tune_libs)
%C%_libfuzzer_tune_facts_LDFLAGS = $(fuzz_ldflags)
%C%_libfuzzer_tune_xml_SOURCES = %D%/fuzz_tune_xml.c %D%/driver.h
%C%_libfuzzer_tune_xml_LDADD = $(tune_libs)
%C%_libfuzzer_tune_xml_LDFLAGS = $(fuzz_ldflags)
%C%_libfuzzer_tune_yaml_SOURCES = %D%/fuzz_tune_yaml.c %D%/driver.h
%C%_libfuzzer_tune_yaml_LDADD = $(tune_libs)
%C%_libfuzzer_tune_yaml_LDFLAGS = $(fuzz_ldflags)
%C%_libfuzzer_x25519_SOURCES = %D%/fuzz_x25519.c %D%/driver.h
%C%_libfuzzer_x25519_LDADD = $(fuzz_crypto_libs)
%C%_libfuzzer_x25519_LDFLAGS = $(fuzz_ldflags)
%C%_libfuzzer_yaml_SOURCES = %D%/fuzz_yaml.c %D%/driver.h
%C%_libfuzzer_yaml_LDADD = $(fuzz_config_libs)
%C%_libfuzzer_yaml_LDFLAGS = $(fuzz_ldflags)
endif
