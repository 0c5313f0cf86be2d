# tests of src/bus
