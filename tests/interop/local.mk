# tests/interop: Tailscale's own client against the daemon; a Go module of its own.
TESTS += %D%/interop.sh
dist_check_SCRIPTS += %D%/interop.sh
EXTRA_DIST += \
	%D%/go.mod \
	%D%/go.sum \
	%D%/relay_test.go \
	%D%/service_test.go \
	%D%/client_test.go \
	%D%/exchange_test.go \
	%D%/map_test.go \
	%D%/mesh_test.go \
	%D%/storm_test.go \
	%D%/tls_test.go
CLEANFILES += tests/interop/interop.test tests/interop/list.log
