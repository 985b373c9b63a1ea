from django.db import migrations, models

from qingshan.bureau.base import secrets


def seal(apps, schema_editor):
    for device in apps.get_model("sites", "Device").objects.exclude(password=""):
        device.sealed_password = secrets.seal(device.password)
        device.save(update_fields=["sealed_password"])


def unseal(apps, schema_editor):
    for device in apps.get_model("sites", "Device").objects.exclude(sealed_password=""):
        device.password = secrets.unseal(device.sealed_password)
        device.save(update_fields=["password"])


class Migration(migrations.Migration):
    dependencies = [
        ("sites", "0004_outlet_alarms"),
    ]

    operations = [
        migrations.AddField(
            model_name="device",
            name="sealed_password",
            field=models.TextField(blank=True, default="", verbose_name="访问密码"),
            preserve_default=False,
        ),
        migrations.RunPython(seal, unseal),
        migrations.RemoveField(model_name="device", name="password"),
    ]
