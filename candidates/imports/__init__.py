"""Files of candidates: reading them, naming their columns, judging their rows. Nothing here writes."""
