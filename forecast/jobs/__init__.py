"""Training as a service: requests in, warm worker processes, pictures of every run out."""
