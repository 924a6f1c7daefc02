"""A deterministic simulator of publishing: workers, people, a database that goes away and a platform that lies, on one clock.

The protocol is the product's own (posts/engine/model.py, protocol.py), the order of everything comes from a seed, and the
verdict from what the simulated platform really made public. See __main__.py for how to run it.
"""
