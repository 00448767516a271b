"""The bed of benchmarks/domains.py: client domains with shared providers, and the servers that answer for them."""
