"""The month's work that writes into the books: statements in, accounts reconciled, tills counted.

Each task first studies (nothing is written), then writes what a person accepted, whole or not at all (`desk`).
"""
