# HD_FUZZING
# --enable-fuzzing: builds each fuzzer a second time with libFuzzer (clang
# only), tests/fuzz/libfuzzer_NAME. Together with --enable-asan --enable-ubsan.
AC_DEFUN([HD_FUZZING], [
  AC_ARG_ENABLE([fuzzing], [AS_HELP_STRING([--enable-fuzzing], [build fuzzers with libFuzzer (CC=clang)])])
  AS_IF([test "x$enable_fuzzing" = xyes], [
    AC_MSG_CHECKING([whether $CC links with libFuzzer])
    hd_save_CFLAGS=$CFLAGS
    CFLAGS="$CFLAGS -fsanitize=fuzzer"
    AC_LINK_IFELSE([AC_LANG_SOURCE([[
      int LLVMFuzzerTestOneInput(const unsigned char *data, unsigned long size);
      int LLVMFuzzerTestOneInput(const unsigned char *data, unsigned long size) { return !data && size; }
    ]])], [AC_MSG_RESULT([yes])], [
      AC_MSG_RESULT([no])
      AC_MSG_ERROR([--enable-fuzzing wants a compiler with libFuzzer: CC=clang and its runtime library])])
    CFLAGS=$hd_save_CFLAGS
    HD_SAN_FLAGS="$HD_SAN_FLAGS -fsanitize=fuzzer-no-link"
  ])
  AM_CONDITIONAL([ENABLE_FUZZING], [test "x$enable_fuzzing" = xyes])
])
