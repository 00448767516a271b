"""A consultancy's templates with their published versions, and which version the plan of a project came from."""

from django.db import models
from django.db.models import Count, Max, OuterRef, Subquery
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import Organisation, User
from apps.checklists.builtin import Template, four_phases
from apps.checklists.template_files import fingerprints, from_data
from apps.projects.models import Project


class StaleDraft(Exception):
    """Somebody else changed this part of the draft since it was shown. `fields` tells both: [(label, theirs, mine)]."""

    def __init__(self, fields: list[tuple[str, str, str]]) -> None:
        super().__init__("The draft was changed by somebody else.")
        self.fields = fields


class PlanTemplateQuerySet(models.QuerySet["PlanTemplate"]):
    def current(self) -> "PlanTemplateQuerySet":
        return self.filter(archived_at=None)

    def with_numbers(self) -> "PlanTemplateQuerySet":
        """Each with the `newest` number, when it was `published_at`, and how many plans are `used`; one query."""
        return self.annotate(
            newest=Max("versions__number"),
            published_at=Max("versions__published_at"),
            used=Count("versions__plans", distinct=True),
        )


class PlanTemplate(models.Model):
    """A template of one consultancy: a draft that is edited, and published versions that never change."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="plan_templates")
    name = models.CharField(max_length=120)
    draft = models.JSONField(default=dict)  # {"phases": [...], "items": [...]}, always one that could be published
    removed = models.JSONField(default=list)  # what was deleted from the draft lately, newest first, to be put back
    edited_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    edited_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    archived_at = models.DateTimeField(null=True)

    objects = PlanTemplateQuerySet.as_manager()

    class Meta:
        ordering = [Lower("name"), "pk"]
        constraints = [models.UniqueConstraint("organisation", Lower("name"), name="one_template_of_a_name")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("checklists:template-page", args=[self.organisation.slug, self.pk])

    @property
    def template(self) -> Template:
        """The draft as it stands."""
        return from_data(self.draft, self.name)

    @property
    def latest(self) -> "TemplateVersion | None":
        return self.versions.order_by("-number").first()


class TemplateVersionQuerySet(models.QuerySet["TemplateVersion"]):
    def newest(self) -> "TemplateVersionQuerySet":
        """Of each template in use its newest version."""
        of_same = TemplateVersion.objects.filter(template=OuterRef("template")).order_by("-number")
        return self.filter(template__archived_at=None, number=Subquery(of_same.values("number")[:1]))


class TemplateVersion(models.Model):
    """One published version. Rows are only ever added."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="template_versions")
    template = models.ForeignKey(PlanTemplate, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    note = models.CharField(max_length=500)
    content = models.JSONField()
    published_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    published_at = models.DateTimeField(default=timezone.now)

    objects = TemplateVersionQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["template", "number"], name="one_version_of_a_number")]

    def __str__(self) -> str:
        return f"{self.template}, version {self.number}"

    def as_template(self) -> Template:
        return from_data(self.content, self.template.name, self.number)


class Plan(models.Model):
    """What the plan of a project was made from, and its phases. Its items are rows of their own."""

    project = models.OneToOneField(Project, models.CASCADE, related_name="plan")
    version = models.ForeignKey(TemplateVersion, models.RESTRICT, null=True, related_name="plans")  # empty: built in
    builtin_version = models.PositiveSmallIntegerField(null=True)
    phases = models.JSONField()
    known = models.JSONField(default=dict)  # {key: fingerprint} of the version that was answered last
    answered = models.PositiveIntegerField(default=0)  # that version's number: taken from, or left alone on purpose

    def __str__(self) -> str:
        return f"plan of {self.project}"

    @classmethod
    def of(cls, project: Project) -> "Plan":
        """The project's plan; one with the built-in phases where nothing was copied yet."""
        if hasattr(project, "plan"):
            return project.plan
        return cls(project=project, phases=list(four_phases().phases))

    @classmethod
    def by_project(cls, keys: list[int]) -> dict[int, "Plan"]:
        """Of each project its plan, as `of` says; one query."""
        plain = {key: cls(project_id=key, phases=list(four_phases().phases)) for key in keys}
        return plain | {plan.project_id: plan for plan in cls.objects.filter(project__in=keys).defer("known")}

    @classmethod
    def begin(cls, project: Project, template: Template, version: TemplateVersion | None) -> "Plan":
        """The plan that a copy of this template makes."""
        return cls.objects.create(
            project=project,
            version=version,
            builtin_version=None if version else template.version,
            phases=list(template.phases),
            known=fingerprints(template),
            answered=template.version,
        )

    @property
    def came_from(self) -> str:
        """For people: Webinar move, version 2."""
        if self.version is not None:
            return str(self.version)
        return f"{four_phases().name}, version {self.builtin_version}" if self.builtin_version else ""

    @property
    def newest(self) -> "TemplateVersion | None":
        """The newest version of the consultancy's template, where one came after the one that was answered."""
        if self.version_id is None:
            return None
        rows = TemplateVersion.objects.newest().filter(template__versions=self.version_id, number__gt=self.answered)
        return rows.select_related("template").first()

    def phase_name(self, number: int) -> str:
        return self.phases[number - 1] if 0 < number <= len(self.phases) else f"Phase {number}"

    def answer(self, template: Template) -> None:
        """From now on only what comes after this version is offered."""
        self.known, self.answered = fingerprints(template), template.version
        self.save(update_fields=["known", "answered"])

    def take(self, template: Template, version: TemplateVersion | None, phases: list[str]) -> None:
        """Items of this version were taken over: the plan is one of this version now."""
        self.version, self.builtin_version, self.phases = version, None if version else template.version, phases
        self.save(update_fields=["version", "builtin_version", "phases"])
        self.answer(template)
