"""What users call: distributions, schemes, and the functions that fill by them."""
