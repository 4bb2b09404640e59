"""The platform's own host: its landing page and the members' sign-in."""
