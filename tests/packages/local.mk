# tests/packages: what is made for installing, tried; run by .ci/run.
dist_check_SCRIPTS += %D%/container.sh %D%/rpm.sh
EXTRA_DIST += %D%/rpmlint.toml
