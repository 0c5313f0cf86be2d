# tests of src/sys
