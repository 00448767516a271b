from django.db import migrations
from django.db.models import Q

FIELDS = (
    "key", "section", "title", "start", "minutes", "owner_id", "owner_name", "expected", "fact", "client_sees", "record"
)  # fmt: skip


def keep_what_stands(apps, schema_editor):
    """A run that is over and kept no step (it ended before its steps were written down) keeps those of today."""
    steps = apps.get_model("cutover", "RunStep").objects.prefetch_related("waits_for")
    for run in apps.get_model("cutover", "Run").objects.exclude(ended_at=None).filter(kept_steps=[]):
        rows = steps.filter(Q(sheet_id=run.sheet_id, retired_at=None) | Q(pk__in=run.marks.values("step")))
        run.kept_steps = [
            {"pk": step.pk, "waits": [other.pk for other in step.waits_for.all()]}
            | {name: getattr(step, name) for name in FIELDS}
            for step in rows
        ]
        run.save(update_fields=["kept_steps"])


class Migration(migrations.Migration):

    dependencies = [
        ('cutover', '0018_redirects_held'),
    ]

    operations = [
        migrations.RunPython(keep_what_stands, migrations.RunPython.noop),
    ]
