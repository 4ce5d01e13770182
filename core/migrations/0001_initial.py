
import core.clock
import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
from django.conf import settings
from django.contrib.postgres.operations import TrigramExtension, UnaccentExtension
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('teams', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        TrigramExtension(),
        UnaccentExtension(),
        migrations.CreateModel(
            name='Heartbeat',
            fields=[
                ('process', models.CharField(max_length=30, primary_key=True, serialize=False)),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('details', models.JSONField(blank=True, default=dict)),
            ],
        ),
        migrations.CreateModel(
            name='InvariantRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('findings', models.JSONField(default=list)),
                ('seconds', models.FloatField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='NoticeWishes',
            fields=[
                ('person', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='notice_wishes', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('by_kind', models.JSONField(blank=True, default=dict, help_text='kind: app, mail or off')),
                ('remind_minutes', models.PositiveSmallIntegerField(default=10, verbose_name='remind me before an activity is due (minutes)')),
                ('away_minutes', models.PositiveSmallIntegerField(default=10, verbose_name='away after (minutes without opening a page)')),
            ],
        ),
        migrations.CreateModel(
            name='Change',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('waiting', 'waiting'), ('claimed', 'being worked on'), ('done', 'done'), ('stuck', 'set aside')], default='waiting', max_length=10)),
                ('due_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('lease_until', models.DateTimeField(blank=True, null=True)),
                ('token', models.UUIDField(blank=True, null=True)),
                ('last_error', models.TextField(blank=True, default='')),
                ('verb', models.CharField(max_length=60)),
                ('details', models.JSONField(blank=True, default=dict)),
                ('at', models.DateTimeField(default=core.clock.now)),
                ('until', models.DateTimeField()),
                ('undo', models.CharField(choices=[('open', 'can be taken back'), ('asked', 'being taken back'), ('undone', 'taken back'), ('kept', 'taken back in part')], default='open', max_length=10)),
                ('undone_at', models.DateTimeField(blank=True, null=True)),
                ('kept', models.JSONField(blank=True, default=list, help_text='rows edited since, which undo left alone')),
                ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('undone_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='ChangeRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('model', models.CharField(help_text='app_label.model', max_length=60)),
                ('row', models.BigIntegerField()),
                ('before', models.JSONField(null=True)),
                ('after', models.JSONField(default=dict)),
                ('undone_at', models.DateTimeField(blank=True, null=True)),
                ('change', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rows', to='core.change')),
            ],
        ),
        migrations.CreateModel(
            name='CustomField',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('record', models.CharField(help_text='lead, company, contact or opportunity', max_length=40, verbose_name='record')),
                ('key', models.SlugField(allow_unicode=True, max_length=60, verbose_name='key')),
                ('label', models.CharField(max_length=120, verbose_name='label')),
                ('type', models.CharField(choices=[('text', 'text'), ('number', 'number'), ('date', 'date'), ('choice', 'choice'), ('flag', 'yes or no')], default='text', max_length=10, verbose_name='type')),
                ('choices', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=200), blank=True, default=list, verbose_name='choices')),
                ('is_filterable', models.BooleanField(default=True, verbose_name='filterable')),
                ('is_active', models.BooleanField(default=True, verbose_name='in use')),
                ('position', models.PositiveSmallIntegerField(default=0, verbose_name='position')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
            ],
            options={
                'verbose_name': 'custom field',
                'verbose_name_plural': 'custom fields',
                'constraints': [models.UniqueConstraint(models.F('record'), models.F('key'), name='one_custom_field_per_key')],
            },
        ),
        migrations.CreateModel(
            name='ExchangeRate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('currency', models.CharField(max_length=3, verbose_name='currency')),
                ('date', models.DateField(verbose_name='from')),
                ('rate', models.DecimalField(decimal_places=8, max_digits=18, verbose_name='rate')),
            ],
            options={
                'verbose_name': 'exchange rate',
                'verbose_name_plural': 'exchange rates',
                'constraints': [models.UniqueConstraint(models.F('currency'), models.F('date'), name='one_rate_per_currency_and_day'), models.CheckConstraint(condition=models.Q(('rate__gt', 0)), name='exchange_rate_above_zero')],
            },
        ),
        migrations.CreateModel(
            name='Notice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=40)),
                ('key', models.CharField(help_text='what makes this notice this notice: comes once for each person', max_length=150)),
                ('subject', models.CharField(blank=True, help_text='app_label.model', max_length=60)),
                ('row', models.BigIntegerField(blank=True, null=True)),
                ('url', models.CharField(blank=True, max_length=500)),
                ('values', models.JSONField(blank=True, default=dict)),
                ('n', models.PositiveIntegerField(default=1, help_text='how many things it stands for')),
                ('at', models.DateTimeField()),
                ('read_at', models.DateTimeField(blank=True, null=True)),
                ('by_mail', models.BooleanField(default=False, help_text='also by mail, when the person is away')),
                ('mailed_at', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('person', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='notices', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Setting',
            fields=[
                ('key', models.CharField(max_length=80, primary_key=True, serialize=False)),
                ('value', models.JSONField()),
                ('changed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('changed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Tag',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60, verbose_name='name')),
                ('tone', models.CharField(choices=[('info', 'blue'), ('ok', 'green'), ('warm', 'amber'), ('hot', 'orange'), ('care', 'violet'), ('cold', 'grey-blue'), ('none', 'grey')], default='none', max_length=10, verbose_name='colour')),
            ],
            options={
                'verbose_name': 'tag',
                'verbose_name_plural': 'tags',
                'constraints': [models.UniqueConstraint(django.db.models.functions.text.Lower('name'), name='one_tag_per_name', violation_error_message='There is already a tag of this name.')],
            },
        ),
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
        migrations.CreateModel(
            name='AuditEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('action', models.CharField(max_length=60)),
                ('target', models.CharField(blank=True, max_length=120)),
                ('details', models.JSONField(blank=True, default=dict)),
                ('request_id', models.CharField(blank=True, max_length=36)),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('actor', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['at'], name='audit_by_time'), models.Index(fields=['target', 'at'], name='audit_by_target')],
            },
        ),
        migrations.AddIndex(
            model_name='change',
            index=models.Index(condition=models.Q(('undo', 'asked')), fields=['due_at'], name='undo_asked_for'),
        ),
        migrations.AddIndex(
            model_name='changerow',
            index=models.Index(fields=['change', 'id'], name='rows_of_a_change'),
        ),
        migrations.AddIndex(
            model_name='notice',
            index=models.Index(fields=['person', '-at', '-id'], name='notices_newest_first'),
        ),
        migrations.AddIndex(
            model_name='notice',
            index=models.Index(condition=models.Q(('read_at__isnull', True)), fields=['person', 'subject', 'row'], name='unread_notices'),
        ),
        migrations.AddIndex(
            model_name='notice',
            index=models.Index(condition=models.Q(('by_mail', True), ('mailed_at__isnull', True), ('read_at__isnull', True)), fields=['at'], name='notices_to_mail'),
        ),
        migrations.AddConstraint(
            model_name='notice',
            constraint=models.UniqueConstraint(models.F('person'), models.F('key'), name='one_notice_per_person_and_key'),
        ),
    ]
