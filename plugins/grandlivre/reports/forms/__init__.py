"""Donors' forms: YAML says rows, columns and words (`policy.forms`); here each figure is computed and laid on its grid."""
