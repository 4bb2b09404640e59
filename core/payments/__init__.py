"""Money coming in and going out through providers: payments, refunds, payouts, and what is known of each."""
