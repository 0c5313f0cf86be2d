# tests/install: packages as a user of apt meets them. Not part of make check.
install_scripts = %D%/contents.sh
dist_check_SCRIPTS += $(install_scripts)
