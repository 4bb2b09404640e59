"""People: members of the platform, a shop's customers, their sessions and sign-in."""
