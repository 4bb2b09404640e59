"""A bank to run at home: it speaks the protocol, keeps its own book and misbehaves when told to."""
