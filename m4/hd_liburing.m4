# HD_LIBURING
# What liburing has beyond the oldest one we build with (2.3). Functions give
# HAVE_<NAME>; names that may be macros, enumerators or inline functions give
# HAVE_DECL_<NAME>, defined to 0 or 1.
AC_DEFUN([HD_LIBURING], [
  hd_save_LIBS=$LIBS hd_save_CPPFLAGS=$CPPFLAGS
  LIBS="$LIBURING_LIBS $LIBS" CPPFLAGS="$CPPFLAGS $LIBURING_CFLAGS"
  AC_CHECK_FUNCS([io_uring_setup_buf_ring io_uring_free_buf_ring io_uring_submit_and_wait_min_timeout])
  AC_CHECK_DECLS([IORING_SETUP_SINGLE_ISSUER, IORING_SETUP_DEFER_TASKRUN, IORING_SETUP_NO_SQARRAY,
    IORING_FEAT_MIN_TIMEOUT, io_uring_prep_recv_multishot, io_uring_prep_cancel64],
    [], [], [[#include <liburing.h>]])
  LIBS=$hd_save_LIBS CPPFLAGS=$hd_save_CPPFLAGS
])
