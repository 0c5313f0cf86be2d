# tests/interop: Tailscale's own client against the daemon; a Go module of its own.
TESTS += %D%/interop.sh
dist_check_SCRIPTS += %D%/interop.sh %D%/nodes.sh
EXTRA_DIST += \
	%D%/go.mod \
	%D%/go.sum \
	%D%/relay_test.go \
	%D%/service_test.go \
	%D%/client_test.go \
	%D%/exchange_test.go \
	%D%/map_test.go \
	%D%/mesh_test.go \
	%D%/node_test.go \
	%D%/storm_test.go \
	%D%/tls_test.go
CLEANFILES += tests/interop/interop.test tests/interop/nodes.test tests/interop/list.log tests/interop/nodes.log

# Whole nodes; Go builds all of a node first, which takes minutes.
.PHONY: check-nodes
check-nodes: hyper-derp$(EXEEXT)
	$(AM_TESTS_ENVIRONMENT) sh '$(top_srcdir)/tests/interop/nodes.sh' || [ $$? -eq 77 ]
