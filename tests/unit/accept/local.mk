# tests of src/accept
