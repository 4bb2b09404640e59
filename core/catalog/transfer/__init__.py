"""Catalogues in and out: product files as Shopify and WooCommerce export them."""
