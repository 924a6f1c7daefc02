"""Real PostgreSQL and Redis out of Python wheels, run as child processes that never outlive what started them.

`home` says where the data lives, `servers` starts and stops both servers, `leash` and `keeper` see to it that nothing
is left behind, whatever way the parent ends.
"""
