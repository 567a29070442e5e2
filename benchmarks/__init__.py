"""Speed, memory and the share of headers understood: measured here, asserted nowhere."""
