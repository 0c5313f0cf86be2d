# contrib/systemd: hyper-derp as a service. --with-systemdsystemunitdir installs
# the unit and what it needs; the rest are samples for the administrator.
EXTRA_DIST += \
	%D%/hyper-derp.service.in \
	%D%/hyper-derp.sysusers \
	%D%/hyper-derp.tmpfiles.in \
	%D%/hyper-derp.yaml
dist_example_DATA += \
	%D%/hyper-derp.socket \
	%D%/hyper-derp.sysctl \
	%D%/hyper-derp.modules

systemd_made = %D%/hyper-derp.service %D%/hyper-derp.tmpfiles
CLEANFILES += $(systemd_made)
$(systemd_made): Makefile
	$(AM_V_GEN)$(MKDIR_P) $(@D) && \
	$(SED) -e 's|@bindir[@]|$(bindir)|g' -e 's|@sysconfdir[@]|$(sysconfdir)|g' \
		'$(srcdir)/$@.in' >$@.new && mv $@.new $@
%D%/hyper-derp.service: %D%/hyper-derp.service.in
%D%/hyper-derp.tmpfiles: %D%/hyper-derp.tmpfiles.in

if WITH_SYSTEMD
systemdsystemunit_DATA = %D%/hyper-derp.service
all-local: $(systemd_made)

# Others call all their files there .conf; a configuration that exists is the
# administrator's.
install-data-local:
	$(MKDIR_P) '$(DESTDIR)$(sysusersdir)' '$(DESTDIR)$(tmpfilesdir)' '$(DESTDIR)$(sysconfdir)/hyper-derp'
	$(INSTALL_DATA) '$(srcdir)/contrib/systemd/hyper-derp.sysusers' '$(DESTDIR)$(sysusersdir)/hyper-derp.conf'
	$(INSTALL_DATA) contrib/systemd/hyper-derp.tmpfiles '$(DESTDIR)$(tmpfilesdir)/hyper-derp.conf'
	test -e '$(DESTDIR)$(sysconfdir)/hyper-derp/hyper-derp.yaml' || \
	$(INSTALL_DATA) '$(srcdir)/contrib/systemd/hyper-derp.yaml' '$(DESTDIR)$(sysconfdir)/hyper-derp/hyper-derp.yaml'

uninstall-local:
	rm -f '$(DESTDIR)$(sysusersdir)/hyper-derp.conf' '$(DESTDIR)$(tmpfilesdir)/hyper-derp.conf'
	! cmp -s '$(srcdir)/contrib/systemd/hyper-derp.yaml' '$(DESTDIR)$(sysconfdir)/hyper-derp/hyper-derp.yaml' || \
	rm -f '$(DESTDIR)$(sysconfdir)/hyper-derp/hyper-derp.yaml'
endif
