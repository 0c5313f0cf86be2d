# tests of src/proto
check_PROGRAMS += %D%/unit_proto
TESTS += %D%/unit_proto
%C%_unit_proto_SOURCES = \
	%D%/main.c \
	%D%/test_client_info.c \
	%D%/test_frame.c \
	%D%/test_http_head.c \
	%D%/test_http_request.c \
	%D%/test_http_response.c \
	%D%/test_http_status.c \
	%D%/test_http_text.c \
	%D%/test_json_fields.c \
	%D%/test_key.c \
	%D%/test_server_info.c
%C%_unit_proto_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
%C%_unit_proto_LDADD = src/proto/libproto.a src/util/libutil.a $(UNIT_LIBS)
