# tests of src/stats
