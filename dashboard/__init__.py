"""What the screens share: frame, session state, forms, guards."""
