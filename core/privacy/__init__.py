"""People's own data: handed out when they ask for it, erased when they leave, as far as the books allow."""
