"""What must hold whatever the bytes are, and the coverage-guided fuzzer that looks for others."""
