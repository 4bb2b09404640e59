"""Lists as files (CSV, XLSX): asked for, written in the background, kept for some days."""
