# tools/lib
