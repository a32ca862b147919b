"""Files in other programs' formats."""
