"""What the ledger says: one frozen index over a load, in our own records."""
