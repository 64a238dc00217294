"""Writers: one function = one verb, one transaction, one instant, one audit event."""
