"""Decisions about lists whose platform nobody knows belong to the list, no longer to all such lists of a project."""

from django.db import migrations


def to_lists(apps, schema_editor):
    """Each such list keeps what held for it until now: of the unknown platform, or of the project's only one."""
    decisions = apps.get_model("contacts", "Decision").objects
    for project in apps.get_model("projects", "Project").objects.filter(contact_decisions__isnull=False).distinct():
        held = project.sources[0] if len(project.sources) == 1 else ""
        rows = list(decisions.filter(project=project, source=held))
        known, lists = set(), set()
        for file in project.contact_files.select_related("latest_check"):
            first = file.version_of_id or file.pk
            lists.add(first)
            report = file.latest_check.report if file.latest_check else {}
            if file.source or report.get("source"):
                known.add(first)
        for first in lists - known:
            for row in rows:
                row.pk, row._state.adding, row.source = None, True, f"list:{first}"
            decisions.bulk_create(rows, ignore_conflicts=True)
        decisions.filter(project=project, source="").delete()


class Migration(migrations.Migration):
    dependencies = [("contacts", "0012_how_a_file_is_read"), ("projects", "__first__")]

    operations = [migrations.RunPython(to_lists, migrations.RunPython.noop)]
