"""Double entry: accounts, transfers, holds, statements and the proof that nothing is lost."""
