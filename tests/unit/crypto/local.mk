# tests of src/crypto
