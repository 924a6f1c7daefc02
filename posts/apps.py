from django.apps import AppConfig


class PostsConfig(AppConfig):
    """What and when: posts, media, schedule, publishing."""

    name = "posts"

    def ready(self) -> None:
        from posts import belongings, plan_counts, receivers, worker  # noqa: F401, PLC0415 - worker hosts the engine in Celery
