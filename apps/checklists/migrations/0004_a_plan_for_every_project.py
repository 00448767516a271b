"""Projects that were begun before templates had versions came from the first built-in one."""

from django.db import migrations

PHASES = ["Prepare", "Inventory", "Decide", "Execute"]


def begin(apps, schema_editor):
    Project = apps.get_model("projects", "Project")
    Item = apps.get_model("checklists", "ChecklistItem")
    Plan = apps.get_model("checklists", "Plan")
    keys = {}
    for project, key in Item.objects.exclude(key="").values_list("project_id", "key"):
        keys.setdefault(project, {})[key] = ""
    Plan.objects.bulk_create(
        Plan(project_id=pk, builtin_version=1, answered=1, phases=PHASES, known=keys.get(pk, {}))
        for pk in Project.objects.filter(plan=None).values_list("pk", flat=True)
    )


class Migration(migrations.Migration):

    dependencies = [("checklists", "0003_templates_and_plans")]

    operations = [migrations.RunPython(begin, migrations.RunPython.noop)]
