"""Lines remember what the inventory said, and whole folders a page to be asked."""

from django.db import migrations, models
from django.db.models import F


def agree(apps, schema_editor):
    """What stands is taken as agreed; the next judgement follows the inventory where it says otherwise."""
    apps.get_model("cutover", "Redirect").objects.exclude(asset=None).update(followed=F("new"))


class Migration(migrations.Migration):
    dependencies = [("cutover", "0012_words_and_reasons_of_acts")]

    operations = [
        migrations.AddField("redirect", "followed", models.CharField(blank=True, default="", max_length=2100)),
        migrations.AddField(
            "redirect",
            "sample",
            models.CharField(blank=True, default="", max_length=2100, verbose_name="one page below it"),
        ),
        migrations.RunPython(agree, migrations.RunPython.noop, elidable=True),
    ]
