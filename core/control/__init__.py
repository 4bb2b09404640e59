"""Proof and control: verification, and later review queues, approvals, limits and the audit trail."""
