import django.db.models.deletion
from django.db import migrations, models


TYPES = (("call", "Call", "phone", 1), ("email", "E-mail", "mail", 2), ("meeting", "Meeting", "video", 5), ("todo", "To-do", "check", 1))


def add_types(apps, schema_editor):
    """The kinds there were, as types one can set up."""
    ActivityType = apps.get_model("core", "ActivityType")
    for position, (code, name, icon, days) in enumerate(TYPES):
        ActivityType.objects.get_or_create(
            code=code, defaults={"name": name, "kind": code, "icon": icon, "default_days": days, "position": position}
        )


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0003_notices'),
    ]

    operations = [
        migrations.CreateModel(
            name='ActivityType',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(max_length=40, unique=True, verbose_name='code')),
                ('name', models.CharField(max_length=60, verbose_name='name')),
                ('kind', models.CharField(choices=[('call', 'Call'), ('email', 'E-mail'), ('meeting', 'Meeting'), ('todo', 'To-do')], default='todo', help_text='A call, e-mail or meeting counts as reaching out to the lead.', max_length=10, verbose_name='counts as')),
                ('icon', models.CharField(choices=[('phone', 'phone'), ('mail', 'letter'), ('video', 'camera'), ('check', 'tick'), ('calendar', 'calendar'), ('presentation', 'screen'), ('file-text', 'document'), ('map-pin', 'place'), ('handshake', 'handshake'), ('send', 'parcel on its way')], default='check', max_length=30, verbose_name='icon')),
                ('default_days', models.PositiveSmallIntegerField(default=1, verbose_name='due after (days)')),
                ('text', models.CharField(blank=True, max_length=300, verbose_name='what for, unless said otherwise')),
                ('chain', models.CharField(blank=True, choices=[('', 'nothing by itself'), ('suggest', 'suggest the next one'), ('start', 'plan the next one at once')], default='', max_length=10, verbose_name='when it is done')),
                ('position', models.PositiveSmallIntegerField(default=0, verbose_name='position')),
                ('is_active', models.BooleanField(default=True, verbose_name='in use')),
                ('next', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.activitytype', verbose_name='what follows')),
            ],
            options={
                'verbose_name': 'activity type',
                'verbose_name_plural': 'activity types',
                'constraints': [models.CheckConstraint(condition=models.Q(('chain', ''), ('next__isnull', False), _connector='OR'), name='activity_chain_leads_somewhere', violation_error_message='Say what follows.')],
            },
        ),
        migrations.RunPython(add_types, migrations.RunPython.noop),
    ]
