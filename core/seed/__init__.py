"""A believable demo: three shops in different trades, with pictures, buyers and orders in every state."""
