"""What happened that concerns somebody: under the bell, and, where it cannot wait, in a mail."""

from typing import Any

from django.db import models

from apps.accounts.models import KeptMail, User


class NoticeKind(models.TextChoices):
    STUCK = "stuck", "Stuck"
    LOST = "lost", "A check turned back"
    DECISION = "decision", "The switch"
    APPROVAL = "approval", "Approval asked"
    COMMENT = "comment", "Comment"
    TODO = "todo", "To do"
    JOB = "job", "Background work"


ICONS = {
    NoticeKind.STUCK: "exclamation-triangle",
    NoticeKind.LOST: "arrow-uturn-left",
    NoticeKind.DECISION: "rocket-launch",
    NoticeKind.APPROVAL: "check-circle",
    NoticeKind.COMMENT: "chat-bubble-left",
    NoticeKind.TODO: "clipboard-document-check",
    NoticeKind.JOB: "clock",
}


class NoticeQuerySet(models.QuerySet["Notice"]):
    def unread(self) -> "NoticeQuerySet":
        return self.filter(read_at=None)

    def in_projects(self, projects: Any) -> "NoticeQuerySet":
        """Of the projects that a person may see now; what he was told before he was taken out stays hidden."""
        return self.filter(project__in=projects.values("pk"))


class Notice(models.Model):
    """One thing told to one person. The text holds what he may see, and nothing of contacts."""

    project = models.ForeignKey("projects.Project", models.CASCADE, related_name="notices")
    recipient = models.ForeignKey(User, models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=10, choices=NoticeKind.choices)
    text = models.CharField(max_length=500)
    link = models.CharField(max_length=300)
    key = models.CharField(max_length=80)  # the same thing is told once
    created_at = models.DateTimeField(auto_now_add=True)
    read_at = models.DateTimeField(null=True)
    is_urgent = models.BooleanField(default=False)  # waits to be mailed
    mail = models.ForeignKey(KeptMail, models.SET_NULL, null=True, related_name="notices")

    objects = NoticeQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["recipient", "read_at", "-created_at"], name="notice_of_person"),
            models.Index(fields=["created_at"], name="notice_urgent", condition=models.Q(is_urgent=True)),
        ]
        constraints = [models.UniqueConstraint(fields=["recipient", "key"], name="told_once")]

    def __str__(self) -> str:
        return self.text

    @property
    def icon(self) -> str:
        return ICONS[NoticeKind(self.kind)]
