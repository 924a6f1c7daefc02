"""Guards taken away one at a time: the tests have to notice each."""
