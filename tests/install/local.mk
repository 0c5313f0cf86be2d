# tests/install: packages as a user of apt meets them. Not part of make check:
# make check-install [DEBS=FOLDER].
install_scripts = \
	%D%/contents.sh \
	%D%/guest.sh \
	%D%/install.sh
dist_check_SCRIPTS += $(install_scripts)

.PHONY: check-install
check-install:
	bash '$(top_srcdir)/tests/install/install.sh' $(DEBS) || [ $$? -eq 77 ]
