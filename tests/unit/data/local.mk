# tests of src/data
