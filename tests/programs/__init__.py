"""Programs that a person or CI runs, for longer than a test: soak, fuzzing, TestU01, sanitizers."""
