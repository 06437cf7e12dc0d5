"""Aids for the pages of the book: data, plot style, source listings, diagrams, checks."""
