# HD_IPSEC_MB
# intel-ipsec-mb seals and opens TLS records with AES-GCM on x86_64, in place of
# OpenSSL. auto: used where it is found; yes: it must be there; no: never. Its
# packages have no .pc file.
AC_DEFUN([HD_IPSEC_MB], [
  AC_ARG_WITH([ipsec-mb],
    [AS_HELP_STRING([--with-ipsec-mb], [AES-GCM by intel-ipsec-mb: yes, no or auto (default)])],
    [], [with_ipsec_mb=auto])
  AS_CASE([$with_ipsec_mb], [yes|no|auto], [],
    [AC_MSG_ERROR([--with-ipsec-mb takes yes, no or auto, not '$with_ipsec_mb'])])
  IPSEC_MB_LIBS= have_ipsec_mb=no
  AS_IF([test "x$with_ipsec_mb" != xno], [
    AC_MSG_CHECKING([for intel-ipsec-mb >= 1.3])
    hd_save_LIBS=$LIBS
    LIBS="-lIPSec_MB $LIBS"
    AC_LINK_IFELSE([AC_LANG_PROGRAM([[#include <intel-ipsec-mb.h>
      #if !defined(__x86_64__) || IMB_VERSION_NUM < 0x10300
      #error not for this machine, or too old
      #endif]],
      [[IMB_ARCH arch; IMB_MGR *m = alloc_mb_mgr(0); init_mb_mgr_auto(m, &arch); free_mb_mgr(m);]])],
      [have_ipsec_mb=yes IPSEC_MB_LIBS=-lIPSec_MB])
    LIBS=$hd_save_LIBS
    AC_MSG_RESULT([$have_ipsec_mb])
    AS_IF([test "x$with_ipsec_mb$have_ipsec_mb" = xyesno],
      [AC_MSG_ERROR([--with-ipsec-mb: intel-ipsec-mb is not there (Debian: libipsec-mb-dev), or this is no x86_64])])
  ])
  AS_IF([test "x$have_ipsec_mb" = xyes], [AC_DEFINE([HAVE_IPSEC_MB], [1], [Define if intel-ipsec-mb is used.])])
  AM_CONDITIONAL([HAVE_IPSEC_MB], [test "x$have_ipsec_mb" = xyes])
  AC_SUBST([IPSEC_MB_LIBS])
])
