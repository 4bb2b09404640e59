"""The bank side of the payment plugin: the protocol, its messages, a client, and a simulator of the bank."""
