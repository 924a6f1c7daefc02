"""Proofs from outside: runs that try to break the promises of publishing, and checkers that share no code with it."""
