import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('base', '__first__'),
        ('indicators', '0003_schemes'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='entry',
            options={'ordering': ['pk'], 'permissions': [('enter_score', '填报考核数据'), ('confirm_score', '确认考核填报')], 'verbose_name': '考核填报'},
        ),
        migrations.AddField(
            model_name='entry',
            name='organisation',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='base.organisation', verbose_name='填报单位'),
        ),
        migrations.AddField(
            model_name='entry',
            name='state',
            field=models.CharField(choices=[('waiting', '待确认'), ('confirmed', '已计入'), ('refused', '已退回'), ('taken', '已撤回')], default='confirmed', max_length=10, verbose_name='状态'),
        ),
        migrations.AddField(
            model_name='entry',
            name='decided_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='确认人'),
        ),
        migrations.AddField(
            model_name='entry',
            name='decided_at',
            field=models.DateTimeField(null=True, verbose_name='确认时间'),
        ),
        migrations.AddField(
            model_name='entry',
            name='reason',
            field=models.CharField(blank=True, max_length=200, verbose_name='退回原因'),
        ),
    ]
