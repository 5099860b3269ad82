"""What `make` runs: setting up, the demo, the tests, the checks."""
