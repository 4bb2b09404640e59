"""What lowers a price: codes that buyers type and offers that apply by themselves."""
