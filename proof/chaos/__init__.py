"""`make chaos`: real processes, real servers, and everything going wrong on a seeded plan.

`plan` decides all of it before the run (pure), `author` writes the posts, `workers` and `servers` are what gets killed,
`troubles` does it, `quiet` lets things settle, and the verdict is `proof.checker`'s, which shares no code with the product.
"""
