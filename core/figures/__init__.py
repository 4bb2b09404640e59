"""What was sold, day by day, and how many came to look."""
