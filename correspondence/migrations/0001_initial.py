
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('leads', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='OutgoingMail',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('waiting', 'waiting'), ('claimed', 'being worked on'), ('done', 'done'), ('stuck', 'set aside')], default='waiting', max_length=10)),
                ('due_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('lease_until', models.DateTimeField(blank=True, null=True)),
                ('token', models.UUIDField(blank=True, null=True)),
                ('last_error', models.TextField(blank=True, default='')),
                ('key', models.CharField(help_text='what makes this mail this mail: sent once per key', max_length=120, unique=True)),
                ('mailer', models.CharField(default='default', max_length=20)),
                ('stage', models.CharField(choices=[('planned', 'planned'), ('sending', 'being sent'), ('sent', 'sent'), ('refused', 'refused'), ('uncertain', 'uncertain'), ('cancelled', 'cancelled')], default='planned', max_length=10)),
                ('to', models.CharField(max_length=320)),
                ('subject', models.CharField(max_length=300)),
                ('text', models.TextField()),
                ('html', models.TextField(blank=True)),
                ('headers', models.JSONField(blank=True, default=dict)),
                ('message_id', models.CharField(max_length=77, unique=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('sending_at', models.DateTimeField(blank=True, null=True)),
                ('settled_at', models.DateTimeField(blank=True, null=True)),
                ('deferrals', models.PositiveSmallIntegerField(default=0, help_text='tries that certainly handed nothing over')),
                ('answer', models.TextField(blank=True, help_text='what the mail server said')),
                ('lead', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='mails', to='leads.lead')),
                ('person', models.ForeignKey(blank=True, help_text='the colleague it is for, when it is a notice', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('stage__in', ['planned', 'sending'])), fields=['due_at'], name='mail_to_send')],
                'constraints': [models.CheckConstraint(condition=models.Q(('to__contains', '\n'), _negated=True), name='mail_to_is_one_line')],
            },
        ),
    ]
