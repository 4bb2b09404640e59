"""Messages to people (e-mail, SMS): written with the use case, sent afterwards by the worker through a channel."""
