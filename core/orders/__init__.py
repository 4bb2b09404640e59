"""From cart to settled order: pricing, checkout, fulfilment, returns, settlement."""
