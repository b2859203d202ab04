"""What reports share: their record, frame, tables, formulas, words and signatures."""
