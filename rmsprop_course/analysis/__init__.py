"""What can be predicted of RMSProp: where it ends, how fast, and what its average settles at."""
