from zoneinfo import ZoneInfo

import django.utils.timezone
from django.db import migrations, models


def the_day_it_was_created(apps, schema_editor):
    """Projects of before began on the day they were created, where the client is."""
    for project in apps.get_model("projects", "Project").objects.only("pk", "created_at", "time_zone"):
        project.started_on = project.created_at.astimezone(ZoneInfo(project.time_zone)).date()
        project.save(update_fields=["started_on"])


class Migration(migrations.Migration):

    dependencies = [
        ('projects', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='project',
            name='started_on',
            field=models.DateField(default=django.utils.timezone.localdate, verbose_name='start'),
        ),
        migrations.RunPython(the_day_it_was_created, migrations.RunPython.noop),
    ]
