"""The bed of benchmarks/domains.py: 400 client domains with providers they share, and the servers that answer for them."""
