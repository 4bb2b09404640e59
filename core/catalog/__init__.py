"""What a merchant sells: categories, products, variants, pictures."""
