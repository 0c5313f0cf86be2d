# tests of src/tls
