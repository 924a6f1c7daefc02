"""What the test suite stands on: servers for the run, a database for each worker process, and fixtures for both."""
