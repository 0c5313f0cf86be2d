# HD_SYSTEMD
# What makes the relay a service of systemd's: off unless asked for, so that
# make install writes nothing outside of --prefix. Packages pass the folder
# that their systemd names.
AC_DEFUN([HD_SYSTEMD], [
  AC_ARG_WITH([systemdsystemunitdir],
    [AS_HELP_STRING([--with-systemdsystemunitdir=DIR],
      [install hyper-derp.service in DIR, its user, folders and configuration; yes: where pkg-config says; default: no])],
    [], [with_systemdsystemunitdir=no])
  AS_IF([test "x$with_systemdsystemunitdir" = xyes], [
    PKG_CHECK_VAR([systemdsystemunitdir], [systemd], [systemdsystemunitdir], [],
      [AC_MSG_ERROR([--with-systemdsystemunitdir: pkg-config knows no systemd; name a folder])])
  ], [systemdsystemunitdir=$with_systemdsystemunitdir])
  AC_SUBST([systemdsystemunitdir])
  AC_SUBST([sysusersdir], ['${prefix}/lib/sysusers.d'])
  AC_SUBST([tmpfilesdir], ['${prefix}/lib/tmpfiles.d'])
  AM_CONDITIONAL([WITH_SYSTEMD], [test "x$systemdsystemunitdir" != xno])
])
