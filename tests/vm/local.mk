# tests/vm: the relay under real kernels, in machines of qemu's. Not part of
# make check: make check-vm [VM="SUITE..."], make check-vm-arm64.
check_PROGRAMS += %D%/tls_client
%C%_tls_client_SOURCES = \
	%D%/tls_client.c \
	%D%/link.c %D%/link.h
%C%_tls_client_CPPFLAGS = $(AM_CPPFLAGS) $(OPENSSL_CFLAGS)
%C%_tls_client_LDADD = \
	tools/lib/libtools.a \
	src/net/libnet.a \
	src/crypto/libcrypto.a \
	src/proto/libproto.a \
	src/util/libutil.a \
	$(SODIUM_LIBS) $(IPSEC_MB_LIBS) $(OPENSSL_LIBS)

# Tickets and the kernel's numbers of records: for a kernel with kTLS.
if HAVE_CHECK
check_PROGRAMS += %D%/ktls_tickets
%C%_ktls_tickets_SOURCES = \
	%D%/ktls_tickets.c \
	tests/unit/tls/certs.c tests/unit/tls/certs.h \
	tests/unit/crypto/folder.c tests/unit/crypto/folder.h
%C%_ktls_tickets_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS) $(OPENSSL_CFLAGS)
%C%_ktls_tickets_LDADD = src/tls/libtls.a src/crypto/libcrypto.a src/util/libutil.a $(IPSEC_MB_LIBS) $(OPENSSL_LIBS) $(SODIUM_LIBS) $(UNIT_LIBS)
vm_check_programs = %D%/ktls_tickets$(EXEEXT)
endif

vm_scripts = \
	%D%/ktls.sh \
	%D%/arm64.sh \
	%D%/hwloc.sh \
	%D%/tune.sh \
	%D%/tune_guest.sh \
	%D%/run.sh \
	%D%/kernel.sh \
	%D%/lib.sh \
	%D%/init.sh \
	%D%/guest.sh \
	%D%/relay.sh \
	%D%/programs.sh
dist_check_SCRIPTS += $(vm_scripts)

.PHONY: check-vm check-vm-relay check-vm-arm64 check-vm-tune check-hwloc
check-vm: hyper-derp$(EXEEXT) %D%/tls_client$(EXEEXT) $(vm_check_programs)
	$(AM_TESTS_ENVIRONMENT) bash '$(top_srcdir)/tests/vm/ktls.sh' $(VM) || [ $$? -eq 77 ]
check-vm-arm64:
	$(AM_TESTS_ENVIRONMENT) bash '$(top_srcdir)/tests/vm/arm64.sh' $(VM) || [ $$? -eq 77 ]
check-hwloc:
	$(AM_TESTS_ENVIRONMENT) bash '$(top_srcdir)/tests/vm/hwloc.sh' $(VM) || [ $$? -eq 77 ]
check-vm-tune: hd-tune$(EXEEXT)
	$(AM_TESTS_ENVIRONMENT) bash '$(top_srcdir)/tests/vm/tune.sh' $(VM) || [ $$? -eq 77 ]
# Over an hour where the machine is emulated.
check-vm-relay: hyper-derp$(EXEEXT) $(check_PROGRAMS)
	suite='$(VM)'; HD_VM_TIMEOUT=7200 bash '$(abs_top_srcdir)/tests/vm/run.sh' "$${suite:-trixie}" $$(uname -m) \
		sh '$(abs_top_srcdir)/tests/vm/relay.sh' '$(abs_top_builddir)' || [ $$? -eq 77 ]
