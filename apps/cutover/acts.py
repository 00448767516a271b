"""What the registers of the switch remember of an act on many rows, so that it can be taken back as a whole."""

from django.db import models
from django.utils import timezone

from apps.accounts.models import User


class UndoableAct(models.Model):
    """Who did what, in words, and whether it was taken back; what stood before is each register's own."""

    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    label = models.CharField(max_length=200)
    at = models.DateTimeField(default=timezone.now)
    undone_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return self.label
