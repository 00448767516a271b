"""Files that only the checks themselves read are told apart from those that people download."""

from django.db import migrations

FIELDS = ("index_file", "keys_file", "domains_file")


def tell_apart(apps, schema_editor):
    checks = apps.get_model("contacts", "FileCheck").objects
    stored = apps.get_model("projects", "StoredFile").objects
    for field in FIELDS:
        stored.filter(pk__in=checks.exclude(**{field: None}).values(f"{field}_id")).update(purpose="working")


def put_back(apps, schema_editor):
    apps.get_model("projects", "StoredFile").objects.filter(purpose="working").update(purpose="contacts")


class Migration(migrations.Migration):
    dependencies = [("contacts", "0009_mail_domains"), ("projects", "0003_notices")]

    operations = [migrations.RunPython(tell_apart, put_back)]
