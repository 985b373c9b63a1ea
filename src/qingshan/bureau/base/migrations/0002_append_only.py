"""The audit trail refuses change inside the database as well."""

from django.db import migrations

from qingshan.bureau.base import guards


class Migration(migrations.Migration):
    dependencies = [("base", "0001_initial")]
    operations = [migrations.RunPython(lambda apps, editor: guards.install(editor.connection), migrations.RunPython.noop)]
