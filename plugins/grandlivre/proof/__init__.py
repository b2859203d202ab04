"""Proof: what people signed under their own keys, read strictly and verified; what it is about is the books' matter.

Nothing here reads the ledger: texts, signatures, keys and chains only. Every deviation is a French sentence.
"""
