"""Proof: measures by number, what the record shows of them, what each party says, and the exports that auditors ask."""
