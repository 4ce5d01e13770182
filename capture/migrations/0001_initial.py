
import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('core', '0001_initial'),
        ('leads', '0001_initial'),
        ('opportunities', '0001_initial'),
        ('teams', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='FormPost',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sender', models.CharField(max_length=64)),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'indexes': [models.Index(fields=['sender', 'at'], name='posts_of_a_sender')],
            },
        ),
        migrations.CreateModel(
            name='ImportRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('waiting', 'waiting'), ('claimed', 'being worked on'), ('done', 'done'), ('stuck', 'set aside')], default='waiting', max_length=10)),
                ('due_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('lease_until', models.DateTimeField(blank=True, null=True)),
                ('token', models.UUIDField(blank=True, null=True)),
                ('last_error', models.TextField(blank=True, default='')),
                ('name', models.CharField(help_text="the file's name as shown; never a path", max_length=300)),
                ('digest', models.CharField(blank=True, max_length=64)),
                ('size', models.BigIntegerField(default=0)),
                ('file', models.CharField(blank=True, help_text='content address in the file store', max_length=200)),
                ('kind', models.CharField(choices=[('leads', 'leads'), ('deals', 'won and lost deals')], default='leads', max_length=10)),
                ('step', models.CharField(choices=[('uploaded', 'uploaded'), ('reading', 'being read'), ('mapping', 'columns to be matched'), ('checking', 'being checked'), ('preview', 'to be confirmed'), ('running', 'running'), ('finished', 'finished'), ('undoing', 'being taken back'), ('undone', 'taken back'), ('failed', 'failed')], default='uploaded', max_length=10)),
                ('dialect', models.JSONField(blank=True, default=dict, help_text='encoding, delimiter, header line, day order, sheet')),
                ('columns', models.JSONField(blank=True, default=list, help_text='per column: header, samples, field, policy, type')),
                ('options', models.JSONField(blank=True, default=dict)),
                ('rows', models.IntegerField(default=0)),
                ('next_line', models.BigIntegerField(default=0, help_text='rows up to here are entered')),
                ('created_count', models.IntegerField(default=0)),
                ('joined_count', models.IntegerField(default=0)),
                ('skipped_count', models.IntegerField(default=0)),
                ('rejected_count', models.IntegerField(default=0)),
                ('counts', models.JSONField(blank=True, default=dict, help_text="the preview's numbers")),
                ('problem', models.TextField(blank=True)),
                ('uploaded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('started_at', models.DateTimeField(blank=True, null=True)),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='imports', to=settings.AUTH_USER_MODEL)),
                ('campaign', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='leads.campaign')),
                ('change', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='core.change')),
                ('source', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='leads.source')),
                ('team', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='teams.salesteam')),
            ],
            options={
                'verbose_name': 'import',
                'verbose_name_plural': 'imports',
            },
        ),
        migrations.CreateModel(
            name='ImportRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.IntegerField(help_text='1, 2, 3 … of the rows')),
                ('line', models.BigIntegerField()),
                ('cells', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), help_text='as read')),
                ('fate', models.CharField(blank=True, choices=[('', 'not yet'), ('created', 'new'), ('joined', 'joined an open lead'), ('skipped', 'skipped'), ('rejected', 'rejected')], default='', max_length=10)),
                ('why', models.JSONField(blank=True, default=list, help_text='[{code, column, value}]')),
                ('planned', models.CharField(blank=True, choices=[('', 'not yet'), ('created', 'new'), ('joined', 'joined an open lead'), ('skipped', 'skipped'), ('rejected', 'rejected')], default='', help_text='what the check foresees', max_length=10)),
                ('key', models.CharField(blank=True, default='', help_text='digest of whom it names: the same again is a repeat', max_length=64)),
                ('fixes', models.JSONField(blank=True, default=dict, help_text='{column: text a person typed instead}')),
                ('ready', models.TextField(blank=True, db_default='', help_text='the checked row as it will enter; empty once it is in')),
                ('back', models.CharField(blank=True, choices=[('', 'stands'), ('taken', 'taken back'), ('kept', 'kept')], db_default='', help_text='what undo did with it', max_length=5)),
                ('entered_as', models.CharField(blank=True, help_text='file digest and number, once a deal is in', max_length=90, null=True)),
                ('lead', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='leads.lead')),
                ('opportunity', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='opportunities.opportunity')),
                ('import_run', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='import_rows', to='capture.importrun')),
            ],
        ),
        migrations.CreateModel(
            name='ImportUpload',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=300)),
                ('size', models.BigIntegerField()),
                ('received', models.BigIntegerField(default=0)),
                ('began_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('import_run', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='capture.importrun')),
            ],
        ),
        migrations.CreateModel(
            name='SavedMapping',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('fingerprint', models.CharField(max_length=64, unique=True)),
                ('name', models.CharField(max_length=300)),
                ('columns', models.JSONField(default=list)),
                ('used_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='WebForm',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('slug', models.SlugField(max_length=80, unique=True, verbose_name='address')),
                ('heading', models.CharField(blank=True, max_length=200, verbose_name='heading')),
                ('intro', models.TextField(blank=True, verbose_name='introduction')),
                ('thanks', models.TextField(blank=True, verbose_name='thank-you text')),
                ('fields', models.JSONField(default=list, help_text='[{field, label, required, choices}]', verbose_name='fields')),
                ('hosts', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=253), blank=True, default=list, verbose_name='may be embedded on')),
                ('is_active', models.BooleanField(default=True, verbose_name='open')),
                ('is_demo', models.BooleanField(default=False, editable=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('campaign', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='leads.campaign')),
                ('medium', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='leads.medium')),
                ('source', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='leads.source')),
                ('team', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='teams.salesteam', verbose_name='team')),
            ],
            options={
                'verbose_name': 'web form',
                'verbose_name_plural': 'web forms',
            },
        ),
        migrations.CreateModel(
            name='Submission',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('waiting', 'waiting'), ('claimed', 'being worked on'), ('done', 'done'), ('stuck', 'set aside')], default='waiting', max_length=10)),
                ('due_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('lease_until', models.DateTimeField(blank=True, null=True)),
                ('token', models.UUIDField(blank=True, null=True)),
                ('last_error', models.TextField(blank=True, default='')),
                ('channel', models.CharField(choices=[('web_form', 'Web form'), ('email', 'E-mail'), ('chat', 'Live chat'), ('social', 'Social'), ('event', 'Event'), ('import', 'Import'), ('webhook', 'Webhook'), ('api', 'API'), ('manual', 'Manual')], max_length=10)),
                ('external_id', models.CharField(default=uuid.uuid4, help_text='unique within the channel: the key of «once»', max_length=200)),
                ('raw', models.JSONField(default=dict, help_text='as it came')),
                ('context', models.JSONField(blank=True, default=dict, help_text='address, agent, touches; what the channel adds')),
                ('received_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('captured_at', models.DateTimeField()),
                ('occurred_at', models.DateTimeField(blank=True, null=True)),
                ('import_line', models.BigIntegerField(blank=True, null=True)),
                ('result', models.CharField(blank=True, choices=[('', 'not yet'), ('created', 'new lead'), ('joined', 'joined an open lead'), ('apart', 'kept as a separate enquiry'), ('skipped', 'skipped'), ('rejected', 'rejected'), ('quarantined', 'set aside')], default='', max_length=12)),
                ('why', models.JSONField(blank=True, default=dict, help_text='a code with values')),
                ('is_demo', models.BooleanField(default=False)),
                ('by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('import_run', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='submissions', to='capture.importrun')),
                ('lead', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='submissions', to='leads.lead')),
                ('team', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='teams.salesteam')),
                ('web_form', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='submissions', to='capture.webform')),
            ],
        ),
        migrations.AddIndex(
            model_name='importrun',
            index=models.Index(fields=['-uploaded_at'], name='imports_newest_first'),
        ),
        migrations.AddConstraint(
            model_name='importrun',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('step', 'finished'), _negated=True), ('rows', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('created_count'), '+', models.F('joined_count')), '+', models.F('skipped_count')), '+', models.F('rejected_count'))), _connector='OR'), name='import_finished_only_with_every_row_accounted_for'),
        ),
        migrations.AddIndex(
            model_name='importrow',
            index=models.Index(condition=models.Q(('fate__in', ['', 'created']), _negated=True), fields=['import_run', 'fate', 'number'], name='import_rows_by_fate'),
        ),
        migrations.AddIndex(
            model_name='importrow',
            index=models.Index(condition=models.Q(('planned__in', ['', 'created']), _negated=True), fields=['import_run', 'planned', 'number'], name='import_rows_by_plan'),
        ),
        migrations.AddIndex(
            model_name='importrow',
            index=models.Index(condition=models.Q(('lead__isnull', False)), fields=['lead'], name='import_rows_of_lead'),
        ),
        migrations.AddIndex(
            model_name='importrow',
            index=models.Index(condition=models.Q(('opportunity__isnull', False)), fields=['opportunity'], name='import_rows_of_deal'),
        ),
        migrations.AddConstraint(
            model_name='importrow',
            constraint=models.UniqueConstraint(models.F('import_run'), models.F('number'), name='one_row_per_number'),
        ),
        migrations.AddConstraint(
            model_name='importrow',
            constraint=models.UniqueConstraint(models.F('entered_as'), condition=models.Q(('entered_as__isnull', False)), name='one_deal_per_row_of_a_file'),
        ),
        migrations.AddIndex(
            model_name='submission',
            index=models.Index(condition=models.Q(('state__in', ['waiting', 'claimed'])), fields=['due_at', 'id'], name='submissions_to_take_in'),
        ),
        migrations.AddIndex(
            model_name='submission',
            index=models.Index(condition=models.Q(('lead__isnull', False)), fields=['lead'], name='submissions_of_lead'),
        ),
        migrations.AddIndex(
            model_name='submission',
            index=models.Index(fields=['-received_at'], name='submissions_newest_first'),
        ),
        migrations.AddIndex(
            model_name='submission',
            index=models.Index(condition=models.Q(('import_run__isnull', False)), fields=['import_run', 'import_line'], name='submissions_of_import'),
        ),
        migrations.AddIndex(
            model_name='submission',
            index=models.Index(condition=models.Q(('web_form__isnull', False)), fields=['web_form', '-received_at'], name='submissions_of_form'),
        ),
        migrations.AddIndex(
            model_name='submission',
            index=models.Index(condition=models.Q(('result', 'quarantined')), fields=['-received_at'], name='submissions_set_aside'),
        ),
        migrations.AddIndex(
            model_name='submission',
            index=models.Index(condition=models.Q(('state', 'stuck')), fields=['due_at'], name='submissions_stuck'),
        ),
        migrations.AddConstraint(
            model_name='submission',
            constraint=models.UniqueConstraint(models.F('channel'), models.F('external_id'), name='one_submission_per_external_id'),
        ),
    ]
