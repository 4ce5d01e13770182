
import django.contrib.postgres.indexes
import django.core.validators
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
import django.db.models.functions.text
import leads.activities
import leads.editing
import leads.verbs
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('core', '0001_initial'),
        ('customers', '0001_initial'),
        ('pghistory', '0007_auto_20250421_0444'),
        ('teams', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='DisqualifyReason',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120, unique=True, verbose_name='name')),
                ('needs_note', models.BooleanField(default=False, verbose_name='asks for a note')),
                ('position', models.PositiveSmallIntegerField(default=0, verbose_name='position')),
                ('is_active', models.BooleanField(default=True, verbose_name='in use')),
            ],
            options={
                'verbose_name': 'disqualify reason',
                'verbose_name_plural': 'disqualify reasons',
            },
        ),
        migrations.CreateModel(
            name='Campaign',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=255, verbose_name='name')),
                ('is_active', models.BooleanField(default=True, verbose_name='in use')),
            ],
            options={
                'verbose_name': 'campaign',
                'verbose_name_plural': 'campaigns',
                'constraints': [models.UniqueConstraint(django.db.models.functions.text.Lower('name'), name='one_campaign_per_name')],
            },
        ),
        migrations.CreateModel(
            name='Lead',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('street', models.CharField(blank=True, max_length=300, verbose_name='street')),
                ('street2', models.CharField(blank=True, max_length=300, verbose_name='address line 2')),
                ('postcode', models.CharField(blank=True, max_length=20, verbose_name='postcode')),
                ('city', models.CharField(blank=True, max_length=120, verbose_name='city')),
                ('region', models.CharField(blank=True, max_length=120, verbose_name='region')),
                ('country', models.CharField(blank=True, help_text='ISO 3166-1 code', max_length=2, verbose_name='country')),
                ('title', models.CharField(blank=True, max_length=300, verbose_name='wants')),
                ('name', models.CharField(blank=True, max_length=300, verbose_name='name')),
                ('first_name', models.CharField(blank=True, max_length=150, verbose_name='first name')),
                ('last_name', models.CharField(blank=True, max_length=150, verbose_name='last name')),
                ('salutation', models.CharField(blank=True, max_length=40, verbose_name='salutation')),
                ('job_title', models.CharField(blank=True, max_length=300, verbose_name='job title')),
                ('language', models.CharField(blank=True, max_length=35, verbose_name='language')),
                ('email', models.CharField(blank=True, max_length=320, verbose_name='e-mail')),
                ('phone', models.CharField(blank=True, max_length=60, verbose_name='phone')),
                ('website', models.CharField(blank=True, max_length=500, verbose_name='website')),
                ('company_name', models.CharField(blank=True, max_length=300, verbose_name='company')),
                ('industry', models.CharField(blank=True, max_length=120, verbose_name='industry')),
                ('company_size', models.PositiveIntegerField(blank=True, null=True, verbose_name='employees')),
                ('message', models.TextField(blank=True, verbose_name='message')),
                ('expected_revenue', models.DecimalField(blank=True, decimal_places=2, max_digits=16, null=True, verbose_name='expected revenue')),
                ('currency', models.CharField(blank=True, max_length=3, verbose_name='currency')),
                ('referred_by', models.CharField(blank=True, max_length=300, verbose_name='referred by')),
                ('channel', models.CharField(choices=[('web_form', 'Web form'), ('email', 'E-mail'), ('chat', 'Live chat'), ('social', 'Social'), ('event', 'Event'), ('import', 'Import'), ('webhook', 'Webhook'), ('api', 'API'), ('manual', 'Manual')], max_length=10, verbose_name='channel')),
                ('first_touch', models.JSONField(blank=True, default=dict, help_text='landing page, referrer, UTM set, click ids, time')),
                ('last_touch', models.JSONField(blank=True, default=dict)),
                ('visits', models.PositiveIntegerField(default=0, verbose_name='visits')),
                ('pages_viewed', models.PositiveIntegerField(default=0, verbose_name='pages viewed')),
                ('seconds_on_site', models.PositiveIntegerField(default=0, verbose_name='seconds on site')),
                ('emails_opened', models.PositiveIntegerField(default=0, verbose_name='e-mails opened')),
                ('emails_clicked', models.PositiveIntegerField(default=0, verbose_name='e-mails clicked')),
                ('emails_replied', models.PositiveIntegerField(default=0, verbose_name='e-mails replied to')),
                ('last_engaged_at', models.DateTimeField(blank=True, null=True, verbose_name='last engaged')),
                ('qualify_due_at', models.DateTimeField(blank=True, null=True)),
                ('qualify_lease_until', models.DateTimeField(blank=True, null=True)),
                ('qualify_token', models.UUIDField(blank=True, null=True)),
                ('qualify_attempts', models.PositiveSmallIntegerField(default=0)),
                ('qualify_error', models.TextField(blank=True, default='')),
                ('qualify_stuck_at', models.DateTimeField(blank=True, null=True)),
                ('email_key', models.CharField(blank=True, editable=False, max_length=320)),
                ('email_domain', models.CharField(blank=True, editable=False, max_length=253)),
                ('is_free_mail', models.BooleanField(default=False, editable=False)),
                ('email_quality', models.CharField(blank=True, choices=[('good', 'looks right'), ('bad', 'does not look right'), ('', 'not given')], default='', editable=False, max_length=4)),
                ('phone_e164', models.CharField(blank=True, editable=False, max_length=20)),
                ('phone_quality', models.CharField(blank=True, choices=[('good', 'looks right'), ('bad', 'does not look right'), ('', 'not given')], default='', editable=False, max_length=4)),
                ('name_key', models.CharField(blank=True, editable=False, max_length=300)),
                ('company_key', models.CharField(blank=True, editable=False, max_length=300)),
                ('stars', models.PositiveSmallIntegerField(default=0, verbose_name='stars')),
                ('custom', models.JSONField(blank=True, default=dict)),
                ('score', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='score')),
                ('scored_at', models.DateTimeField(blank=True, null=True)),
                ('temperature', models.CharField(blank=True, choices=[('hot', 'Hot'), ('warm', 'Warm'), ('cold', 'Cold')], max_length=4, verbose_name='temperature')),
                ('temperature_at', models.DateTimeField(blank=True, null=True, verbose_name='temperature since')),
                ('fit', models.CharField(blank=True, choices=[('A', 'A, good'), ('B', 'B, middling'), ('C', 'C, poor')], db_default='', default='', editable=False, max_length=1, verbose_name='fit')),
                ('engagement', models.PositiveSmallIntegerField(blank=True, editable=False, null=True, verbose_name='engagement')),
                ('qualification', models.CharField(blank=True, help_text='what the last decision said: accept, keep …', max_length=12)),
                ('captured_at', models.DateTimeField(verbose_name='captured')),
                ('occurred_at', models.DateTimeField(blank=True, null=True, verbose_name='happened at the source')),
                ('assigned_at', models.DateTimeField(blank=True, null=True, verbose_name='assigned')),
                ('first_assigned_at', models.DateTimeField(blank=True, null=True)),
                ('first_contacted_at', models.DateTimeField(blank=True, null=True, verbose_name='first contact')),
                ('reached_at', models.DateTimeField(blank=True, null=True, verbose_name='reached')),
                ('response_goal_at', models.DateTimeField(blank=True, null=True)),
                ('response_limit_at', models.DateTimeField(blank=True, null=True)),
                ('mql_at', models.DateTimeField(blank=True, null=True, verbose_name='marketing qualified')),
                ('sql_at', models.DateTimeField(blank=True, null=True, verbose_name='sales qualified')),
                ('qualified_at', models.DateTimeField(blank=True, null=True, verbose_name='qualification decided')),
                ('come_back_at', models.DateTimeField(blank=True, null=True, verbose_name='come back at')),
                ('next_activity_at', models.DateTimeField(blank=True, null=True)),
                ('converted_at', models.DateTimeField(blank=True, null=True, verbose_name='converted')),
                ('disqualified_at', models.DateTimeField(blank=True, null=True, verbose_name='disqualified')),
                ('disqualify_note', models.TextField(blank=True)),
                ('archived_at', models.DateTimeField(blank=True, null=True, verbose_name='archived')),
                ('archive_reason', models.CharField(blank=True, max_length=300)),
                ('merged_at', models.DateTimeField(blank=True, null=True)),
                ('is_open', models.GeneratedField(db_persist=True, expression=models.Q(('archived_at__isnull', True), ('converted_at__isnull', True), ('disqualified_at__isnull', True), ('merged_at__isnull', True)), output_field=models.BooleanField())),
                ('response_time', models.GeneratedField(db_persist=True, expression=django.db.models.expressions.CombinedExpression(models.F('first_contacted_at'), '-', models.F('captured_at')), output_field=models.DurationField())),
                ('search', models.TextField(blank=True, default='', editable=False, help_text='folded words; see leads.cleaning')),
                ('version', models.PositiveIntegerField(default=1)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('changed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('is_demo', models.BooleanField(default=False, editable=False)),
                ('apart_from', models.ForeignKey(blank=True, db_index=False, help_text="a known person's enquiry entered by somebody who may not see the other one", null=True, on_delete=django.db.models.deletion.PROTECT, related_name='separate_enquiries', to='leads.lead')),
                ('campaign', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='leads', to='leads.campaign', verbose_name='campaign')),
                ('company', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='leads', to='customers.company')),
                ('contact', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='leads', to='customers.contact')),
                ('created_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('disqualify_reason', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='leads.disqualifyreason')),
                ('first_contacted_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('last_campaign', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='leads.campaign')),
                ('merged_into', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='merged', to='leads.lead')),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='leads', to=settings.AUTH_USER_MODEL, verbose_name='owner')),
                ('shared_with', models.ManyToManyField(blank=True, related_name='shared_leads', to=settings.AUTH_USER_MODEL)),
                ('tags', models.ManyToManyField(blank=True, related_name='leads', to='core.tag')),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='leads', to='teams.salesteam', verbose_name='team')),
            ],
            options={
                'verbose_name': 'lead',
                'verbose_name_plural': 'leads',
            },
            bases=(leads.verbs.LeadVerbs, leads.editing.LeadEditing, models.Model),
        ),
        migrations.CreateModel(
            name='LeadFieldHistory',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('title', models.CharField(blank=True, max_length=300, verbose_name='wants')),
                ('name', models.CharField(blank=True, max_length=300, verbose_name='name')),
                ('first_name', models.CharField(blank=True, max_length=150, verbose_name='first name')),
                ('last_name', models.CharField(blank=True, max_length=150, verbose_name='last name')),
                ('salutation', models.CharField(blank=True, max_length=40, verbose_name='salutation')),
                ('job_title', models.CharField(blank=True, max_length=300, verbose_name='job title')),
                ('language', models.CharField(blank=True, max_length=35, verbose_name='language')),
                ('email', models.CharField(blank=True, max_length=320, verbose_name='e-mail')),
                ('phone', models.CharField(blank=True, max_length=60, verbose_name='phone')),
                ('website', models.CharField(blank=True, max_length=500, verbose_name='website')),
                ('company_name', models.CharField(blank=True, max_length=300, verbose_name='company')),
                ('industry', models.CharField(blank=True, max_length=120, verbose_name='industry')),
                ('company_size', models.PositiveIntegerField(blank=True, null=True, verbose_name='employees')),
                ('street', models.CharField(blank=True, max_length=300, verbose_name='street')),
                ('street2', models.CharField(blank=True, max_length=300, verbose_name='address line 2')),
                ('postcode', models.CharField(blank=True, max_length=20, verbose_name='postcode')),
                ('city', models.CharField(blank=True, max_length=120, verbose_name='city')),
                ('region', models.CharField(blank=True, max_length=120, verbose_name='region')),
                ('country', models.CharField(blank=True, help_text='ISO 3166-1 code', max_length=2, verbose_name='country')),
                ('message', models.TextField(blank=True, verbose_name='message')),
                ('expected_revenue', models.DecimalField(blank=True, decimal_places=2, max_digits=16, null=True, verbose_name='expected revenue')),
                ('currency', models.CharField(blank=True, max_length=3, verbose_name='currency')),
                ('stars', models.PositiveSmallIntegerField(default=0, verbose_name='stars')),
                ('custom', models.JSONField(blank=True, default=dict)),
                ('referred_by', models.CharField(blank=True, max_length=300, verbose_name='referred by')),
                ('owner', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='owner')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='title_name_first_name_last_name_salutation_job_title_language_email_phone_website_company_name_industry_company_size_street_street2_postcode_city_region_country_message_expected_revenue_currency_stars_custom_referred_by_owner_team_events', to='leads.lead')),
                ('team', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='teams.salesteam', verbose_name='team')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='LeadPhone',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=60)),
                ('e164', models.CharField(blank=True, max_length=20)),
                ('kind', models.CharField(blank=True, max_length=20)),
                ('lead', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='phones', to='leads.lead')),
            ],
        ),
        migrations.CreateModel(
            name='MassAct',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('waiting', 'waiting'), ('claimed', 'being worked on'), ('done', 'done'), ('stuck', 'set aside')], default='waiting', max_length=10)),
                ('due_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('lease_until', models.DateTimeField(blank=True, null=True)),
                ('token', models.UUIDField(blank=True, null=True)),
                ('last_error', models.TextField(blank=True, default='')),
                ('verb', models.CharField(choices=[('assign', 'assign'), ('disqualify', 'disqualify'), ('archive', 'archive'), ('tag', 'tag')], max_length=12)),
                ('query', models.TextField(blank=True)),
                ('values', models.JSONField(default=dict)),
                ('at', models.DateTimeField()),
                ('step', models.CharField(choices=[('running', 'running'), ('finished', 'finished'), ('undoing', 'being taken back'), ('undone', 'taken back')], default='running', max_length=10)),
                ('total', models.PositiveIntegerField()),
                ('upto', models.BigIntegerField()),
                ('at_row', models.BigIntegerField(default=0)),
                ('done_count', models.PositiveIntegerField(default=0)),
                ('back_count', models.PositiveIntegerField(default=0)),
                ('kept_count', models.PositiveIntegerField(default=0, help_text='taken back in part: leads edited since stay as they are')),
                ('problem', models.CharField(blank=True, max_length=300)),
                ('asked_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('change', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.change')),
            ],
        ),
        migrations.CreateModel(
            name='Medium',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=255, verbose_name='name')),
                ('is_active', models.BooleanField(default=True, verbose_name='in use')),
            ],
            options={
                'verbose_name': 'medium',
                'verbose_name_plural': 'media',
                'constraints': [models.UniqueConstraint(django.db.models.functions.text.Lower('name'), name='one_medium_per_name')],
            },
        ),
        migrations.AddField(
            model_name='lead',
            name='last_medium',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='leads.medium'),
        ),
        migrations.AddField(
            model_name='lead',
            name='medium',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='leads', to='leads.medium', verbose_name='medium'),
        ),
        migrations.CreateModel(
            name='PossibleDuplicate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reasons', models.JSONField(default=list)),
                ('strength', models.PositiveSmallIntegerField(db_default=70, default=70, help_text='percent')),
                ('verdict', models.CharField(blank=True, choices=[('', 'to be looked at'), ('same', 'the same'), ('different', 'not the same')], default='', max_length=10)),
                ('found_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('judged_at', models.DateTimeField(blank=True, null=True)),
                ('judged_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('lead', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='possible_duplicates', to='leads.lead')),
                ('other', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='leads.lead')),
            ],
        ),
        migrations.CreateModel(
            name='SearchWord',
            fields=[
                ('word', models.CharField(max_length=40, primary_key=True, serialize=False)),
                ('seen_on', models.DateField()),
            ],
            options={
                'indexes': [django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass('word', 'gin_trgm_ops'), name='search_words')],
            },
        ),
        migrations.CreateModel(
            name='Source',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=255, verbose_name='name')),
                ('is_active', models.BooleanField(default=True, verbose_name='in use')),
                ('is_purchased', models.BooleanField(default=False, help_text='gives no consent to mail', verbose_name='purchased list')),
            ],
            options={
                'verbose_name': 'source',
                'verbose_name_plural': 'sources',
                'constraints': [models.UniqueConstraint(django.db.models.functions.text.Lower('name'), name='one_source_per_name')],
            },
        ),
        migrations.AddField(
            model_name='lead',
            name='last_source',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='leads.source'),
        ),
        migrations.AddField(
            model_name='lead',
            name='source',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='leads', to='leads.source', verbose_name='source'),
        ),
        migrations.CreateModel(
            name='Criterion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('conditions', models.JSONField(blank=True, default=dict, verbose_name='conditions')),
                ('weight', models.PositiveSmallIntegerField(default=1, help_text='1 to 5: how much it matters', validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(5)], verbose_name='weight')),
                ('question', models.CharField(blank=True, help_text="shown while a lead doesn't say", max_length=300, verbose_name='what to ask')),
                ('position', models.PositiveSmallIntegerField(default=0, verbose_name='position')),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='ideal', to='teams.salesteam', verbose_name='team')),
            ],
            options={
                'verbose_name': 'criterion',
                'verbose_name_plural': 'criteria',
                'indexes': [models.Index(fields=['team', 'position', 'id'], name='criteria_of_team')],
            },
        ),
        migrations.CreateModel(
            name='Engagement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('visit', 'visited'), ('page', 'viewed a page'), ('open', 'opened an e-mail'), ('click', 'clicked in an e-mail'), ('reply', 'replied'), ('form', 'sent a form'), ('event', 'attended')], max_length=10)),
                ('actor', models.CharField(choices=[('human', 'human'), ('machine', 'machine'), ('unclear', 'unclear')], default='human', max_length=10)),
                ('occurred_at', models.DateTimeField()),
                ('details', models.JSONField(blank=True, default=dict)),
                ('lead', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='engagements', to='leads.lead')),
            ],
            options={
                'indexes': [models.Index(fields=['lead', '-occurred_at'], name='engagement_of_lead')],
            },
        ),
        migrations.CreateModel(
            name='LeadActivity',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('call', 'Call'), ('email', 'E-mail'), ('meeting', 'Meeting'), ('todo', 'To-do')], default='call', max_length=10, verbose_name='kind')),
                ('summary', models.CharField(blank=True, max_length=300, verbose_name='summary')),
                ('note', models.TextField(blank=True, verbose_name='note')),
                ('due_at', models.DateTimeField(verbose_name='due')),
                ('all_day', models.BooleanField(default=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('done_at', models.DateTimeField(blank=True, null=True)),
                ('outcome', models.TextField(blank=True, verbose_name='outcome')),
                ('cancelled_at', models.DateTimeField(blank=True, null=True)),
                ('reminded_at', models.DateTimeField(blank=True, null=True)),
                ('assignee', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='who')),
                ('created_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('done_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('lead', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='activities', to='leads.lead')),
                ('type', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.activitytype', verbose_name='type')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('cancelled_at__isnull', True), ('done_at__isnull', True)), fields=['lead', 'due_at'], name='planned_for_lead'), models.Index(condition=models.Q(('cancelled_at__isnull', True), ('done_at__isnull', True), ('reminded_at__isnull', True)), fields=['due_at'], name='lead_activities_to_remind'), models.Index(condition=models.Q(('cancelled_at__isnull', True), ('done_at__isnull', True)), fields=['assignee', 'due_at'], name='lead_activities_of_person')],
            },
            bases=(leads.activities.ActivityVerbs, models.Model),
        ),
        migrations.CreateModel(
            name='LeadEmail',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('email', models.CharField(max_length=320)),
                ('key', models.CharField(max_length=320)),
                ('lead', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='emails', to='leads.lead')),
            ],
            options={
                'indexes': [models.Index(fields=['key'], name='lead_emails_by_key')],
                'constraints': [models.UniqueConstraint(models.F('lead'), models.F('key'), name='lead_holds_an_email_once')],
            },
        ),
        migrations.CreateModel(
            name='LeadEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('occurred_at', models.DateTimeField()),
                ('details', models.JSONField(blank=True, default=dict)),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('kind', models.CharField(choices=[('created', 'captured'), ('joined', 'wrote again'), ('scored', 'scored'), ('temperature', 'temperature'), ('qualified', 'qualification'), ('assigned', 'assigned'), ('unassigned', 'taken back'), ('waiting', 'waiting for a free person'), ('escalated', 'manager told'), ('changed', 'changed'), ('noted', 'note'), ('called', 'call'), ('mailed', 'e-mail'), ('planned', 'activity planned'), ('did', 'activity done'), ('contacted', 'first contact'), ('converted', 'converted'), ('disqualified', 'disqualified'), ('archived', 'archived'), ('restored', 'restored'), ('merged', 'merged'), ('undone', 'taken back'), ('engaged', 'engaged'), ('shared', 'shared')], max_length=30)),
                ('actor', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('lead', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='events', to='leads.lead')),
            ],
            options={
                'indexes': [models.Index(fields=['lead', '-occurred_at', '-id'], name='lead_timeline')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='leadfieldhistory',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='f038a70577d5b9db0a1eda78229ce2061440dd2a', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_4de61', table='leads_leadfieldhistory', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='leadphone',
            index=models.Index(condition=models.Q(('e164', ''), _negated=True), fields=['e164'], name='lead_phones_by_number'),
        ),
        migrations.AddConstraint(
            model_name='leadphone',
            constraint=models.UniqueConstraint(models.F('lead'), models.F('number'), name='lead_holds_a_number_once'),
        ),
        migrations.AddIndex(
            model_name='massact',
            index=models.Index(condition=models.Q(('state__in', ['waiting', 'claimed'])), fields=['due_at'], name='mass_acts_due'),
        ),
        migrations.AddIndex(
            model_name='possibleduplicate',
            index=models.Index(condition=models.Q(('verdict', '')), fields=['-strength', '-id'], name='lead_pairs_to_look_at'),
        ),
        migrations.AddConstraint(
            model_name='possibleduplicate',
            constraint=models.UniqueConstraint(models.F('lead'), models.F('other'), name='one_row_per_possible_duplicate'),
        ),
        migrations.AddConstraint(
            model_name='possibleduplicate',
            constraint=models.CheckConstraint(condition=models.Q(('lead', models.F('other')), _negated=True), name='lead_is_not_its_own_duplicate'),
        ),
        migrations.AddIndex(
            model_name='lead',
            index=models.Index(condition=models.Q(('is_open', True)), fields=['owner', '-score', '-id'], name='open_leads_of_owner'),
        ),
        migrations.AddIndex(
            model_name='lead',
            index=models.Index(condition=models.Q(('is_open', True), ('owner__isnull', True)), fields=['team', 'captured_at'], name='unassigned_leads_of_team'),
        ),
        migrations.AddIndex(
            model_name='lead',
            index=models.Index(models.OrderBy(models.F('score'), descending=True, nulls_last=True), models.OrderBy(models.F('id'), descending=True), condition=models.Q(('is_open', True)), name='open_leads_by_score'),
        ),
        migrations.AddIndex(
            model_name='lead',
            index=models.Index(models.OrderBy(models.F('score'), descending=True, nulls_last=True), models.OrderBy(models.F('id'), descending=True), condition=models.Q(('is_open', False)), name='ended_leads_by_score'),
        ),
        migrations.AddIndex(
            model_name='lead',
            index=models.Index(condition=models.Q(('engagement__lt', 3), ('is_open', True)), fields=['scored_at'], name='engaged_leads_by_score_time'),
        ),
        migrations.AddIndex(
            model_name='lead',
            index=models.Index(condition=models.Q(('is_open', True), ('temperature', 'hot')), fields=['owner', 'team'], name='hot_leads'),
        ),
        migrations.AddIndex(
            model_name='lead',
            index=models.Index(fields=['-captured_at', '-id'], name='leads_newest_first'),
        ),
        migrations.AddIndex(
            model_name='lead',
            index=models.Index(condition=models.Q(('first_contacted_at__isnull', True), ('is_open', True)), fields=['response_goal_at'], name='leads_waiting_for_reply'),
        ),
        migrations.AddIndex(
            model_name='lead',
            index=models.Index(condition=models.Q(('qualify_due_at__isnull', False)), fields=['qualify_due_at'], name='leads_to_qualify'),
        ),
        migrations.AddIndex(
            model_name='lead',
            index=models.Index(condition=models.Q(('email_key', ''), _negated=True), fields=['email_key'], name='leads_by_email'),
        ),
        migrations.AddIndex(
            model_name='lead',
            index=models.Index(condition=models.Q(('phone_e164', ''), _negated=True), fields=['phone_e164'], name='leads_by_phone'),
        ),
        migrations.AddIndex(
            model_name='lead',
            index=models.Index(condition=models.Q(('email_domain', ''), _negated=True), fields=['email_domain'], name='leads_by_domain'),
        ),
        migrations.AddIndex(
            model_name='lead',
            index=models.Index(condition=models.Q(('company_key', ''), _negated=True), fields=['company_key'], name='leads_by_company'),
        ),
        migrations.AddIndex(
            model_name='lead',
            index=models.Index(condition=models.Q(('name_key', ''), _negated=True), fields=['name_key'], name='leads_by_name'),
        ),
        migrations.AddIndex(
            model_name='lead',
            index=models.Index(condition=models.Q(('created_by__isnull', False)), fields=['created_by'], name='leads_brought_in_by'),
        ),
        migrations.AddIndex(
            model_name='lead',
            index=models.Index(condition=models.Q(('come_back_at__isnull', False), ('is_open', True)), fields=['come_back_at'], name='leads_that_come_back'),
        ),
        migrations.AddIndex(
            model_name='lead',
            index=models.Index(condition=models.Q(('contact__isnull', False)), fields=['contact'], name='leads_of_contact'),
        ),
        migrations.AddIndex(
            model_name='lead',
            index=models.Index(condition=models.Q(('company__isnull', False)), fields=['company'], name='leads_of_company'),
        ),
        migrations.AddIndex(
            model_name='lead',
            index=models.Index(condition=models.Q(('merged_into__isnull', False)), fields=['merged_into'], name='leads_merged_into'),
        ),
        migrations.AddIndex(
            model_name='lead',
            index=models.Index(condition=models.Q(('apart_from__isnull', False)), fields=['apart_from'], name='leads_apart_from'),
        ),
        migrations.AddIndex(
            model_name='lead',
            index=django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass(models.F('search'), 'gin_trgm_ops'), name='leads_search'),
        ),
        migrations.AddConstraint(
            model_name='lead',
            constraint=models.UniqueConstraint(models.F('email_key'), condition=models.Q(('apart_from__isnull', True), ('is_open', True), models.Q(('email_key', ''), _negated=True)), name='one_open_lead_per_email', violation_error_message='There is already an open lead with this e-mail.'),
        ),
        migrations.AddConstraint(
            model_name='lead',
            constraint=models.UniqueConstraint(models.F('phone_e164'), models.F('name_key'), condition=models.Q(('apart_from__isnull', True), ('email_key', ''), ('is_open', True), models.Q(('phone_e164', ''), _negated=True)), name='one_open_lead_per_phone_and_name', violation_error_message='There is already an open lead with this name and phone.'),
        ),
        migrations.AddConstraint(
            model_name='lead',
            constraint=models.CheckConstraint(condition=models.Q(('score__isnull', True), ('score__lte', 100), _connector='OR'), name='lead_score_in_range'),
        ),
        migrations.AddConstraint(
            model_name='lead',
            constraint=models.CheckConstraint(condition=models.Q(('stars__lte', 3)), name='lead_stars_in_range'),
        ),
        migrations.AddConstraint(
            model_name='lead',
            constraint=models.CheckConstraint(condition=models.Q(('disqualified_at__isnull', True), ('disqualify_reason__isnull', False), _connector='OR'), name='lead_disqualified_only_with_reason'),
        ),
        migrations.AddConstraint(
            model_name='lead',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('merged_at__isnull', True), ('merged_into__isnull', True)), models.Q(('merged_at__isnull', False), ('merged_into__isnull', False)), _connector='OR'), name='lead_merged_into_something'),
        ),
        migrations.AddConstraint(
            model_name='lead',
            constraint=models.CheckConstraint(condition=models.Q(('merged_into', models.F('id')), _negated=True), name='lead_not_merged_into_itself'),
        ),
        migrations.AddConstraint(
            model_name='lead',
            constraint=models.CheckConstraint(condition=models.Q(('converted_at__isnull', True), ('disqualified_at__isnull', True), _connector='OR'), name='lead_not_both_converted_and_disqualified'),
        ),
        migrations.AddConstraint(
            model_name='lead',
            constraint=models.CheckConstraint(condition=models.Q(('name', ''), ('email', ''), ('phone', ''), ('company_name', ''), ('title', ''), ('message', ''), ('custom', {}), _negated=True), name='lead_says_something', violation_error_message='A lead needs a name, an e-mail, a phone or a company.'),
        ),
        migrations.AddConstraint(
            model_name='lead',
            constraint=models.CheckConstraint(condition=models.Q(('expected_revenue__isnull', True), ('expected_revenue__gte', 0), _connector='OR'), name='lead_revenue_not_negative', violation_error_message="Expected revenue can't be below zero."),
        ),
        migrations.AddConstraint(
            model_name='lead',
            constraint=models.CheckConstraint(condition=models.Q(('owner__isnull', True), ('assigned_at__isnull', False), _connector='OR'), name='lead_owned_since_a_moment'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='lead',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."city" IS DISTINCT FROM (NEW."city") OR OLD."company_name" IS DISTINCT FROM (NEW."company_name") OR OLD."company_size" IS DISTINCT FROM (NEW."company_size") OR OLD."country" IS DISTINCT FROM (NEW."country") OR OLD."currency" IS DISTINCT FROM (NEW."currency") OR OLD."custom" IS DISTINCT FROM (NEW."custom") OR OLD."email" IS DISTINCT FROM (NEW."email") OR OLD."expected_revenue" IS DISTINCT FROM (NEW."expected_revenue") OR OLD."first_name" IS DISTINCT FROM (NEW."first_name") OR OLD."industry" IS DISTINCT FROM (NEW."industry") OR OLD."job_title" IS DISTINCT FROM (NEW."job_title") OR OLD."language" IS DISTINCT FROM (NEW."language") OR OLD."last_name" IS DISTINCT FROM (NEW."last_name") OR OLD."message" IS DISTINCT FROM (NEW."message") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."owner_id" IS DISTINCT FROM (NEW."owner_id") OR OLD."phone" IS DISTINCT FROM (NEW."phone") OR OLD."postcode" IS DISTINCT FROM (NEW."postcode") OR OLD."referred_by" IS DISTINCT FROM (NEW."referred_by") OR OLD."region" IS DISTINCT FROM (NEW."region") OR OLD."salutation" IS DISTINCT FROM (NEW."salutation") OR OLD."stars" IS DISTINCT FROM (NEW."stars") OR OLD."street" IS DISTINCT FROM (NEW."street") OR OLD."street2" IS DISTINCT FROM (NEW."street2") OR OLD."team_id" IS DISTINCT FROM (NEW."team_id") OR OLD."title" IS DISTINCT FROM (NEW."title") OR OLD."website" IS DISTINCT FROM (NEW."website"))', func='INSERT INTO "leads_leadfieldhistory" ("city", "company_name", "company_size", "country", "currency", "custom", "email", "expected_revenue", "first_name", "industry", "job_title", "language", "last_name", "message", "name", "owner_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "postcode", "referred_by", "region", "salutation", "stars", "street", "street2", "team_id", "title", "website") VALUES (NEW."city", NEW."company_name", NEW."company_size", NEW."country", NEW."currency", NEW."custom", NEW."email", NEW."expected_revenue", NEW."first_name", NEW."industry", NEW."job_title", NEW."language", NEW."last_name", NEW."message", NEW."name", NEW."owner_id", _pgh_attach_context(), CLOCK_TIMESTAMP(), \'update\', NEW."id", NEW."phone", NEW."postcode", NEW."referred_by", NEW."region", NEW."salutation", NEW."stars", NEW."street", NEW."street2", NEW."team_id", NEW."title", NEW."website"); RETURN NULL;', hash='d84e3c0a957f0fe3d8611c02d44a4879785213f9', operation='UPDATE', pgid='pgtrigger_update_update_17f2d', table='leads_lead', when='AFTER')),
        ),
    ]
