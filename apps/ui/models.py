"""One-time form tokens: a form sent twice acts once."""

from django.db import models


class OnceToken(models.Model):
    """A form's token that has been used, and where its sender was sent; old rows are swept after a week."""

    token = models.CharField(max_length=64, unique=True)
    location = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    def __str__(self) -> str:
        return f"form sent at {self.created_at:%H:%M:%S}"
