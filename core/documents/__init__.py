"""Papers of a sale: invoices, credit notes, the platform's own invoices, packing slips, statements."""
