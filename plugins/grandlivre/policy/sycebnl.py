"""What an account number means (SYCEBNL chart of accounts), written once: prefixes of numbers, longest meaning first.

A rule's YAML may set its own numbers; these are the meanings nobody sets.
"""

from __future__ import annotations

BANK = ("52",)
"""Bank accounts."""
MOBILE = ("55",)
"""Electronic money."""
TILL = ("57",)
"""Cash."""
TRANSIT = ("58",)
"""Internal transfers under way: nil once both halves are booked."""
SUPPLIER_ADVANCES = ("4091", "4093")
"""Paid to suppliers and subcontractors before they deliver; 4098 (credit notes to come) is no advance."""
STAFF_ADVANCES = ("4211", "4212", "4213")
"""Advances, instalments and expenses advanced to staff."""
ADVANCES = (*SUPPLIER_ADVANCES, *STAFF_ADVANCES)
"""Money handed out that somebody must still justify or give back."""
BANK_FEES = ("631", "6712", "6745")
"""What a bank takes by itself."""
EXPENSES = ("6",)
"""Class 6."""
