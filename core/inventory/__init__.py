"""Stock: what is on hand, what is promised to orders, and how it came to be so."""
