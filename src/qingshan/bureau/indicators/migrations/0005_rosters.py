import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('indicators', '0004_entries'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='RosterVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('roster', models.CharField(max_length=60, verbose_name='名单')),
                ('year', models.PositiveSmallIntegerField(verbose_name='年份')),
                ('version', models.PositiveIntegerField(default=1, verbose_name='版次')),
                ('title', models.CharField(max_length=80, verbose_name='名称')),
                ('medium', models.CharField(max_length=20, verbose_name='要素')),
                ('unit', models.CharField(blank=True, max_length=20, verbose_name='权重单位')),
                ('stations', models.JSONField(verbose_name='站点')),
                ('basis', models.CharField(max_length=200, verbose_name='依据')),
                ('file', models.CharField(blank=True, max_length=120, verbose_name='文件')),
                ('at', models.DateTimeField(verbose_name='登记时间')),
                ('withdrawn', models.DateTimeField(blank=True, null=True, verbose_name='撤回时间')),
                ('why', models.CharField(blank=True, max_length=200, verbose_name='撤回原因')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='登记人')),
            ],
            options={
                'verbose_name': '考核名单',
                'ordering': ['roster', 'year', 'version'],
                'permissions': [('freeze_roster', '登记考核名单')],
                'constraints': [models.UniqueConstraint(fields=('roster', 'year', 'version'), name='one_roster_a_version')],
            },
        ),
    ]
