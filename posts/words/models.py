"""Which post took which words of Grok."""

from django.db import models
from django.utils import timezone

from accounts.models import Workspace
from ai.models import Generation
from posts.models import Post


class GenerationUse(models.Model):
    """A generation that became part of a post."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    post = models.ForeignKey(Post, models.CASCADE, related_name="generations")
    generation = models.ForeignKey(Generation, models.CASCADE, related_name="uses")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["post", "generation"], name="one_use_of_a_generation")]

    def __str__(self) -> str:
        return f"{self.generation_id} in {self.post_id}"
