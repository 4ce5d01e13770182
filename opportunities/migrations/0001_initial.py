
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
import opportunities.activities
import opportunities.closing
import opportunities.verbs
import pgtrigger.compiler
import pgtrigger.migrations
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('core', '0001_initial'),
        ('customers', '0001_initial'),
        ('leads', '0001_initial'),
        ('pghistory', '0007_auto_20250421_0444'),
        ('teams', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='LostReason',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120, unique=True, verbose_name='name')),
                ('needs_note', models.BooleanField(default=False, verbose_name='asks for a note')),
                ('position', models.PositiveSmallIntegerField(default=0, verbose_name='position')),
                ('is_active', models.BooleanField(default=True, verbose_name='in use')),
            ],
            options={
                'verbose_name': 'lost reason',
                'verbose_name_plural': 'lost reasons',
            },
        ),
        migrations.CreateModel(
            name='Pipeline',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80, unique=True, verbose_name='name')),
                ('is_default', models.BooleanField(default=False, verbose_name='default')),
                ('position', models.PositiveSmallIntegerField(default=0, verbose_name='position')),
                ('teams', models.ManyToManyField(blank=True, help_text='none means: every team', related_name='pipelines', to='teams.salesteam', verbose_name='teams')),
            ],
            options={
                'verbose_name': 'pipeline',
                'verbose_name_plural': 'pipelines',
            },
        ),
        migrations.CreateModel(
            name='Opportunity',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=300, verbose_name='name')),
                ('stage_since', models.DateTimeField()),
                ('expected', models.DecimalField(decimal_places=2, default=Decimal('0'), max_digits=16, verbose_name='expected revenue')),
                ('currency', models.CharField(default='EUR', max_length=3, verbose_name='currency')),
                ('amount_open', models.DecimalField(decimal_places=2, default=Decimal('0'), editable=False, max_digits=16)),
                ('amount_won', models.DecimalField(decimal_places=2, default=Decimal('0'), editable=False, max_digits=16)),
                ('amount_lost', models.DecimalField(decimal_places=2, default=Decimal('0'), editable=False, max_digits=16)),
                ('amount_moved', models.DecimalField(decimal_places=2, default=Decimal('0'), editable=False, max_digits=16)),
                ('probability', models.DecimalField(decimal_places=3, default=Decimal('0.2'), max_digits=4, verbose_name='probability')),
                ('probability_by_hand', models.BooleanField(default=False)),
                ('probability_by_model', models.BooleanField(db_default=False, default=False, editable=False)),
                ('weighted', models.GeneratedField(db_persist=True, expression=django.db.models.expressions.CombinedExpression(models.F('amount_open'), '*', models.F('probability')), output_field=models.DecimalField(decimal_places=2, max_digits=16))),
                ('recurring', models.DecimalField(blank=True, decimal_places=2, max_digits=16, null=True, verbose_name='recurring revenue')),
                ('recurring_plan', models.CharField(blank=True, choices=[('', 'once'), ('month', 'a month'), ('quarter', 'a quarter'), ('year', 'a year')], default='', max_length=10)),
                ('close_date', models.DateField(blank=True, null=True, verbose_name='close date')),
                ('state', models.CharField(choices=[('open', 'open'), ('won', 'won'), ('lost', 'lost')], default='open', max_length=4)),
                ('opened_at', models.DateTimeField()),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
                ('lost_note', models.TextField(blank=True)),
                ('score', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('stars', models.PositiveSmallIntegerField(default=0)),
                ('notes', models.TextField(blank=True, verbose_name='notes')),
                ('custom', models.JSONField(blank=True, default=dict)),
                ('next_activity_at', models.DateTimeField(blank=True, null=True)),
                ('next_activity_on', models.DateField(blank=True, help_text="the same as a day, for the column's bar", null=True)),
                ('next_activity_label', models.CharField(blank=True, max_length=300)),
                ('version', models.PositiveIntegerField(default=1)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('changed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('is_demo', models.BooleanField(default=False, editable=False)),
                ('campaign', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='leads.campaign')),
                ('company', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='opportunities', to='customers.company', verbose_name='company')),
                ('contact', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='opportunities', to='customers.contact', verbose_name='contact')),
                ('contacts', models.ManyToManyField(blank=True, related_name='+', to='customers.contact', verbose_name='also involved')),
                ('created_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('followed', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='follow_ups', to='opportunities.opportunity')),
                ('lost_reason', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='opportunities', to='opportunities.lostreason')),
                ('medium', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='leads.medium')),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='opportunities', to=settings.AUTH_USER_MODEL, verbose_name='owner')),
                ('shared_with', models.ManyToManyField(blank=True, related_name='shared_opportunities', to=settings.AUTH_USER_MODEL)),
                ('source', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='opportunities', to='leads.source')),
                ('tags', models.ManyToManyField(blank=True, related_name='opportunities', to='core.tag')),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='opportunities', to='teams.salesteam', verbose_name='team')),
                ('pipeline', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='opportunities', to='opportunities.pipeline', verbose_name='pipeline')),
            ],
            options={
                'verbose_name': 'opportunity',
                'verbose_name_plural': 'opportunities',
            },
            bases=(opportunities.verbs.OpportunityVerbs, opportunities.closing.ClosingVerbs, opportunities.activities.ActivityVerbs, models.Model),
        ),
        migrations.CreateModel(
            name='Stage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80, verbose_name='name')),
                ('position', models.PositiveSmallIntegerField(default=0, verbose_name='position')),
                ('probability', models.DecimalField(decimal_places=3, default=Decimal('0.2'), help_text='0 to 1', max_digits=4, verbose_name='probability')),
                ('rots_after', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='days until a deal looks stale')),
                ('requirements', models.TextField(blank=True, verbose_name='what must be true to enter')),
                ('is_active', models.BooleanField(default=True, verbose_name='in use')),
                ('pipeline', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='stages', to='opportunities.pipeline', verbose_name='pipeline')),
            ],
            options={
                'verbose_name': 'stage',
                'verbose_name_plural': 'stages',
            },
        ),
        migrations.CreateModel(
            name='OpportunityFieldHistory',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('name', models.CharField(max_length=300, verbose_name='name')),
                ('expected', models.DecimalField(decimal_places=2, default=Decimal('0'), max_digits=16, verbose_name='expected revenue')),
                ('currency', models.CharField(default='EUR', max_length=3, verbose_name='currency')),
                ('close_date', models.DateField(blank=True, null=True, verbose_name='close date')),
                ('probability_by_hand', models.BooleanField(default=False)),
                ('custom', models.JSONField(blank=True, default=dict)),
                ('stars', models.PositiveSmallIntegerField(default=0)),
                ('recurring', models.DecimalField(blank=True, decimal_places=2, max_digits=16, null=True, verbose_name='recurring revenue')),
                ('notes', models.TextField(blank=True, verbose_name='notes')),
                ('company', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='customers.company', verbose_name='company')),
                ('contact', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='customers.contact', verbose_name='contact')),
                ('owner', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='owner')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='name_company_contact_expected_currency_close_date_probability_by_hand_stage_owner_team_custom_stars_recurring_notes_events', to='opportunities.opportunity')),
                ('team', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='teams.salesteam', verbose_name='team')),
                ('stage', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='opportunities.stage', verbose_name='stage')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.AddField(
            model_name='opportunity',
            name='stage',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='opportunities', to='opportunities.stage', verbose_name='stage'),
        ),
        migrations.CreateModel(
            name='StageTotal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('currency', models.CharField(max_length=3)),
                ('next_activity_on', models.DateField(null=True)),
                ('count', models.IntegerField(default=0)),
                ('amount', models.DecimalField(decimal_places=2, default=Decimal('0'), max_digits=20)),
                ('weighted', models.DecimalField(decimal_places=2, default=Decimal('0'), max_digits=20)),
                ('owner', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('pipeline', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='opportunities.pipeline')),
                ('stage', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='opportunities.stage')),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='teams.salesteam')),
            ],
        ),
        migrations.CreateModel(
            name='Conversion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('outcome', models.CharField(choices=[('new', 'new opportunity'), ('existing', 'existing opportunity'), ('customer', 'customer only'), ('no_customer', 'opportunity without a customer yet'), ('sale', 'straight to a won sale')], max_length=12)),
                ('at', models.DateTimeField()),
                ('before', models.JSONField(default=dict, help_text='what was created, and touched rows as they were')),
                ('undone_at', models.DateTimeField(blank=True, null=True)),
                ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('change', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='conversion', to='core.change')),
                ('company', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.company')),
                ('contact', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.contact')),
                ('lead', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='conversions', to='leads.lead')),
                ('opportunity', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='conversions', to='opportunities.opportunity')),
            ],
            options={
                'constraints': [models.UniqueConstraint(models.F('lead'), condition=models.Q(('undone_at__isnull', True)), name='one_standing_conversion_per_lead'), models.CheckConstraint(condition=models.Q(models.Q(('opportunity__isnull', True), ('outcome', 'customer')), models.Q(models.Q(('outcome', 'customer'), _negated=True), ('opportunity__isnull', False)), ('undone_at__isnull', False), _connector='OR'), name='conversion_has_its_opportunity')],
            },
        ),
        migrations.CreateModel(
            name='Closing',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('won', 'won'), ('lost', 'lost'), ('moved', 'moved'), ('reopened', 'reopened')], max_length=10)),
                ('amount', models.DecimalField(decimal_places=2, max_digits=16)),
                ('currency', models.CharField(max_length=3)),
                ('note', models.TextField(blank=True)),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('reason', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='opportunities.lostreason')),
                ('opportunity', models.ForeignKey(on_delete=django.db.models.deletion.DO_NOTHING, related_name='closings', to='opportunities.opportunity')),
                ('to', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='opportunities.opportunity')),
            ],
            options={
                'indexes': [models.Index(fields=['opportunity', 'at'], name='closings_of_opportunity')],
                'constraints': [models.CheckConstraint(condition=models.Q(('kind', 'lost'), ('reason__isnull', True), _connector='OR'), name='closing_reason_only_when_lost')],
            },
        ),
        migrations.CreateModel(
            name='OpportunityActivity',
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
                ('opportunity', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='activities', to='opportunities.opportunity')),
                ('type', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.activitytype', verbose_name='type')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('cancelled_at__isnull', True), ('done_at__isnull', True)), fields=['opportunity', 'due_at'], name='planned_for_opportunity'), models.Index(condition=models.Q(('cancelled_at__isnull', True), ('done_at__isnull', True), ('reminded_at__isnull', True)), fields=['due_at'], name='opp_activities_to_remind'), models.Index(condition=models.Q(('cancelled_at__isnull', True), ('done_at__isnull', True)), fields=['assignee', 'due_at'], name='opp_activities_of_person')],
            },
            bases=(opportunities.activities.PlannedVerbs, models.Model),
        ),
        migrations.CreateModel(
            name='OpportunityEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('occurred_at', models.DateTimeField()),
                ('details', models.JSONField(blank=True, default=dict)),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('kind', models.CharField(choices=[('opened', 'opened'), ('moved', 'stage changed'), ('changed', 'changed'), ('noted', 'note'), ('called', 'call'), ('mailed', 'e-mail'), ('planned', 'activity planned'), ('did', 'activity done'), ('assigned', 'assigned'), ('attached', 'lead attached'), ('won', 'won'), ('lost', 'lost'), ('partly', 'closed in part'), ('reopened', 'reopened'), ('undone', 'taken back')], max_length=30)),
                ('actor', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('opportunity', models.ForeignKey(on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='opportunities.opportunity')),
            ],
            options={
                'indexes': [models.Index(fields=['opportunity', '-occurred_at', '-id'], name='opportunity_timeline')],
            },
        ),
        migrations.AddConstraint(
            model_name='pipeline',
            constraint=models.UniqueConstraint(models.F('is_default'), condition=models.Q(('is_default', True)), name='one_default_pipeline'),
        ),
        migrations.AddConstraint(
            model_name='stage',
            constraint=models.UniqueConstraint(models.F('pipeline'), models.F('name'), name='one_stage_per_name_in_a_pipeline'),
        ),
        migrations.AddConstraint(
            model_name='stage',
            constraint=models.CheckConstraint(condition=models.Q(('probability__gte', 0), ('probability__lte', 1)), name='stage_probability_in_range', violation_error_message='A probability lies between 0 and 1.'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='opportunityfieldhistory',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='55a4df2929a3270c7eadc5aa05908842f891bf83', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_76a86', table='opportunities_opportunityfieldhistory', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='opportunity',
            index=models.Index(models.F('stage'), models.OrderBy(models.F('next_activity_at'), nulls_last=True), models.F('id'), condition=models.Q(('state', 'open')), name='cards_by_next_activity'),
        ),
        migrations.AddIndex(
            model_name='opportunity',
            index=models.Index(models.F('owner'), models.F('stage'), models.OrderBy(models.F('next_activity_at'), nulls_last=True), models.F('id'), condition=models.Q(('state', 'open')), name='cards_of_owner'),
        ),
        migrations.AddIndex(
            model_name='opportunity',
            index=models.Index(models.F('team'), models.F('stage'), models.OrderBy(models.F('next_activity_at'), nulls_last=True), models.F('id'), condition=models.Q(('state', 'open')), name='cards_of_team'),
        ),
        migrations.AddIndex(
            model_name='opportunity',
            index=models.Index(models.F('team'), models.F('stage'), models.OrderBy(models.F('next_activity_at'), nulls_last=True), models.F('id'), condition=models.Q(('owner__isnull', True), ('state', 'open')), name='cards_of_nobody'),
        ),
        migrations.AddIndex(
            model_name='opportunity',
            index=models.Index(fields=['pipeline', 'changed_at'], name='changed_opportunities'),
        ),
        migrations.AddIndex(
            model_name='opportunity',
            index=models.Index(condition=models.Q(('state', 'open'), _negated=True), fields=['pipeline', 'state', '-closed_at'], name='closed_opportunities'),
        ),
        migrations.AddConstraint(
            model_name='opportunity',
            constraint=models.CheckConstraint(condition=models.Q(('expected', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('amount_open'), '+', models.F('amount_won')), '+', models.F('amount_lost')), '+', models.F('amount_moved')))), name='opportunity_parts_add_up_to_expected'),
        ),
        migrations.AddConstraint(
            model_name='opportunity',
            constraint=models.CheckConstraint(condition=models.Q(('amount_lost__gte', 0), ('amount_moved__gte', 0), ('amount_open__gte', 0), ('amount_won__gte', 0)), name='opportunity_amounts_not_negative', violation_error_message="An amount can't be below zero."),
        ),
        migrations.AddConstraint(
            model_name='opportunity',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('lost_reason__isnull', False), ('state', 'lost')), models.Q(models.Q(('state', 'lost'), _negated=True), ('lost_reason__isnull', True)), _connector='OR'), name='opportunity_lost_reason_only_when_lost'),
        ),
        migrations.AddConstraint(
            model_name='opportunity',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_at__isnull', True), ('state', 'open')), models.Q(models.Q(('state', 'open'), _negated=True), ('closed_at__isnull', False)), _connector='OR'), name='opportunity_closed_at_a_moment'),
        ),
        migrations.AddConstraint(
            model_name='opportunity',
            constraint=models.CheckConstraint(condition=models.Q(('probability__gte', 0), ('probability__lte', 1)), name='opportunity_probability_in_range'),
        ),
        migrations.AddConstraint(
            model_name='opportunity',
            constraint=models.CheckConstraint(condition=models.Q(('probability_by_hand', True), ('probability_by_model', True), _negated=True), name='probability_is_one_word'),
        ),
        migrations.AddConstraint(
            model_name='opportunity',
            constraint=models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='opportunity_has_a_name'),
        ),
        migrations.AddConstraint(
            model_name='opportunity',
            constraint=models.CheckConstraint(condition=models.Q(('stars__lte', 3)), name='opportunity_stars_in_range'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='opportunity',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."close_date" IS DISTINCT FROM (NEW."close_date") OR OLD."company_id" IS DISTINCT FROM (NEW."company_id") OR OLD."contact_id" IS DISTINCT FROM (NEW."contact_id") OR OLD."currency" IS DISTINCT FROM (NEW."currency") OR OLD."custom" IS DISTINCT FROM (NEW."custom") OR OLD."expected" IS DISTINCT FROM (NEW."expected") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."notes" IS DISTINCT FROM (NEW."notes") OR OLD."owner_id" IS DISTINCT FROM (NEW."owner_id") OR OLD."probability_by_hand" IS DISTINCT FROM (NEW."probability_by_hand") OR OLD."recurring" IS DISTINCT FROM (NEW."recurring") OR OLD."stage_id" IS DISTINCT FROM (NEW."stage_id") OR OLD."stars" IS DISTINCT FROM (NEW."stars") OR OLD."team_id" IS DISTINCT FROM (NEW."team_id"))', func='INSERT INTO "opportunities_opportunityfieldhistory" ("close_date", "company_id", "contact_id", "currency", "custom", "expected", "name", "notes", "owner_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "probability_by_hand", "recurring", "stage_id", "stars", "team_id") VALUES (NEW."close_date", NEW."company_id", NEW."contact_id", NEW."currency", NEW."custom", NEW."expected", NEW."name", NEW."notes", NEW."owner_id", _pgh_attach_context(), CLOCK_TIMESTAMP(), \'update\', NEW."id", NEW."probability_by_hand", NEW."recurring", NEW."stage_id", NEW."stars", NEW."team_id"); RETURN NULL;', hash='162168241fa8a541f15a4b04dc61812d4cc1f6cd', operation='UPDATE', pgid='pgtrigger_update_update_3a20e', table='opportunities_opportunity', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='stagetotal',
            constraint=models.UniqueConstraint(models.F('pipeline'), models.F('stage'), models.F('team'), models.F('owner'), models.F('currency'), models.F('next_activity_on'), name='one_total_per_key', nulls_distinct=False),
        ),
    ]
