
import customers.verbs
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('core', '0001_initial'),
        ('pghistory', '0007_auto_20250421_0444'),
        ('teams', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='LookedThrough',
            fields=[
                ('kind', models.CharField(max_length=20, primary_key=True, serialize=False)),
                ('until', models.BigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='Company',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('street', models.CharField(blank=True, max_length=300, verbose_name='street')),
                ('street2', models.CharField(blank=True, max_length=300, verbose_name='address line 2')),
                ('postcode', models.CharField(blank=True, max_length=20, verbose_name='postcode')),
                ('city', models.CharField(blank=True, max_length=120, verbose_name='city')),
                ('region', models.CharField(blank=True, max_length=120, verbose_name='region')),
                ('country', models.CharField(blank=True, help_text='ISO 3166-1 code', max_length=2, verbose_name='country')),
                ('name', models.CharField(max_length=300, verbose_name='name')),
                ('name_key', models.CharField(blank=True, db_index=True, editable=False, max_length=300)),
                ('domain', models.CharField(blank=True, max_length=253, verbose_name='domain')),
                ('website', models.CharField(blank=True, max_length=500, verbose_name='website')),
                ('industry', models.CharField(blank=True, max_length=120, verbose_name='industry')),
                ('size', models.PositiveIntegerField(blank=True, null=True, verbose_name='employees')),
                ('phone', models.CharField(blank=True, max_length=60, verbose_name='phone')),
                ('phone_e164', models.CharField(blank=True, db_index=True, editable=False, max_length=20)),
                ('status', models.CharField(choices=[('lead', 'Lead'), ('prospect', 'In talks'), ('customer', 'Customer'), ('former', 'Former customer'), ('none', 'No business yet')], default='none', max_length=10, verbose_name='status')),
                ('notes', models.TextField(blank=True, verbose_name='notes')),
                ('custom', models.JSONField(blank=True, default=dict)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('is_demo', models.BooleanField(default=False, editable=False)),
                ('created_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('merged_into', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='merged', to='customers.company')),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='companies', to=settings.AUTH_USER_MODEL, verbose_name='owner')),
                ('tags', models.ManyToManyField(blank=True, related_name='+', to='core.tag')),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='companies', to='teams.salesteam', verbose_name='team')),
            ],
            options={
                'verbose_name': 'company',
                'verbose_name_plural': 'companies',
            },
            bases=(customers.verbs.CustomerVerbs, models.Model),
        ),
        migrations.CreateModel(
            name='CompanyEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('occurred_at', models.DateTimeField()),
                ('details', models.JSONField(blank=True, default=dict)),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('kind', models.CharField(choices=[('created', 'created'), ('changed', 'changed'), ('noted', 'note'), ('assigned', 'owner changed'), ('merged', 'merged'), ('undone', 'taken back')], max_length=30)),
                ('actor', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('company', models.ForeignKey(on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='customers.company')),
            ],
        ),
        migrations.CreateModel(
            name='CompanyFieldHistory',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('name', models.CharField(max_length=300, verbose_name='name')),
                ('domain', models.CharField(blank=True, max_length=253, verbose_name='domain')),
                ('industry', models.CharField(blank=True, max_length=120, verbose_name='industry')),
                ('size', models.PositiveIntegerField(blank=True, null=True, verbose_name='employees')),
                ('website', models.CharField(blank=True, max_length=500, verbose_name='website')),
                ('phone', models.CharField(blank=True, max_length=60, verbose_name='phone')),
                ('street', models.CharField(blank=True, max_length=300, verbose_name='street')),
                ('city', models.CharField(blank=True, max_length=120, verbose_name='city')),
                ('postcode', models.CharField(blank=True, max_length=20, verbose_name='postcode')),
                ('region', models.CharField(blank=True, max_length=120, verbose_name='region')),
                ('country', models.CharField(blank=True, help_text='ISO 3166-1 code', max_length=2, verbose_name='country')),
                ('status', models.CharField(choices=[('lead', 'Lead'), ('prospect', 'In talks'), ('customer', 'Customer'), ('former', 'Former customer'), ('none', 'No business yet')], default='none', max_length=10, verbose_name='status')),
                ('custom', models.JSONField(blank=True, default=dict)),
                ('notes', models.TextField(blank=True, verbose_name='notes')),
                ('owner', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='owner')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='name_domain_industry_size_website_phone_street_city_postcode_region_country_status_custom_notes_owner_events', to='customers.company')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='CompanyPair',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reasons', models.JSONField(default=list)),
                ('strength', models.PositiveSmallIntegerField(db_default=70, default=70, help_text='percent')),
                ('verdict', models.CharField(blank=True, choices=[('', 'to be looked at'), ('same', 'the same'), ('different', 'not the same')], default='', max_length=10)),
                ('found_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('judged_at', models.DateTimeField(blank=True, null=True)),
                ('company', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='possible_duplicates', to='customers.company')),
                ('judged_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('other', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='customers.company')),
            ],
        ),
        migrations.CreateModel(
            name='Contact',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('street', models.CharField(blank=True, max_length=300, verbose_name='street')),
                ('street2', models.CharField(blank=True, max_length=300, verbose_name='address line 2')),
                ('postcode', models.CharField(blank=True, max_length=20, verbose_name='postcode')),
                ('city', models.CharField(blank=True, max_length=120, verbose_name='city')),
                ('region', models.CharField(blank=True, max_length=120, verbose_name='region')),
                ('country', models.CharField(blank=True, help_text='ISO 3166-1 code', max_length=2, verbose_name='country')),
                ('name', models.CharField(max_length=300, verbose_name='name')),
                ('name_key', models.CharField(blank=True, default='', editable=False, max_length=300)),
                ('first_name', models.CharField(blank=True, max_length=150, verbose_name='first name')),
                ('last_name', models.CharField(blank=True, max_length=150, verbose_name='last name')),
                ('job_title', models.CharField(blank=True, max_length=300, verbose_name='job title')),
                ('email', models.CharField(blank=True, max_length=320, verbose_name='e-mail')),
                ('email_key', models.CharField(blank=True, db_index=True, editable=False, max_length=320)),
                ('phone', models.CharField(blank=True, max_length=60, verbose_name='phone')),
                ('phone_e164', models.CharField(blank=True, db_index=True, editable=False, max_length=20)),
                ('language', models.CharField(blank=True, max_length=35, verbose_name='language')),
                ('status', models.CharField(choices=[('lead', 'Lead'), ('prospect', 'In talks'), ('customer', 'Customer'), ('former', 'Former customer'), ('none', 'No business yet')], default='none', max_length=10, verbose_name='status')),
                ('notes', models.TextField(blank=True, verbose_name='notes')),
                ('custom', models.JSONField(blank=True, default=dict)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('is_demo', models.BooleanField(default=False, editable=False)),
                ('company', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='contacts', to='customers.company', verbose_name='company')),
                ('created_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('merged_into', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='merged', to='customers.contact')),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='contacts', to=settings.AUTH_USER_MODEL, verbose_name='owner')),
                ('tags', models.ManyToManyField(blank=True, related_name='+', to='core.tag')),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='contacts', to='teams.salesteam', verbose_name='team')),
            ],
            options={
                'verbose_name': 'contact',
                'verbose_name_plural': 'contacts',
            },
            bases=(customers.verbs.CustomerVerbs, models.Model),
        ),
        migrations.CreateModel(
            name='ContactEmail',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('email', models.CharField(max_length=320)),
                ('key', models.CharField(db_index=True, max_length=320)),
                ('contact', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='emails', to='customers.contact')),
            ],
        ),
        migrations.CreateModel(
            name='ContactEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('occurred_at', models.DateTimeField()),
                ('details', models.JSONField(blank=True, default=dict)),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('kind', models.CharField(choices=[('created', 'created'), ('changed', 'changed'), ('noted', 'note'), ('assigned', 'owner changed'), ('merged', 'merged'), ('undone', 'taken back')], max_length=30)),
                ('actor', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('contact', models.ForeignKey(on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='customers.contact')),
            ],
        ),
        migrations.CreateModel(
            name='ContactFieldHistory',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('name', models.CharField(max_length=300, verbose_name='name')),
                ('job_title', models.CharField(blank=True, max_length=300, verbose_name='job title')),
                ('email', models.CharField(blank=True, max_length=320, verbose_name='e-mail')),
                ('phone', models.CharField(blank=True, max_length=60, verbose_name='phone')),
                ('language', models.CharField(blank=True, max_length=35, verbose_name='language')),
                ('street', models.CharField(blank=True, max_length=300, verbose_name='street')),
                ('city', models.CharField(blank=True, max_length=120, verbose_name='city')),
                ('postcode', models.CharField(blank=True, max_length=20, verbose_name='postcode')),
                ('region', models.CharField(blank=True, max_length=120, verbose_name='region')),
                ('country', models.CharField(blank=True, help_text='ISO 3166-1 code', max_length=2, verbose_name='country')),
                ('status', models.CharField(choices=[('lead', 'Lead'), ('prospect', 'In talks'), ('customer', 'Customer'), ('former', 'Former customer'), ('none', 'No business yet')], default='none', max_length=10, verbose_name='status')),
                ('custom', models.JSONField(blank=True, default=dict)),
                ('notes', models.TextField(blank=True, verbose_name='notes')),
                ('company', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='customers.company', verbose_name='company')),
                ('owner', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='owner')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='name_job_title_email_phone_language_street_city_postcode_region_country_status_custom_notes_owner_company_events', to='customers.contact')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='ContactPair',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reasons', models.JSONField(default=list)),
                ('strength', models.PositiveSmallIntegerField(db_default=70, default=70, help_text='percent')),
                ('verdict', models.CharField(blank=True, choices=[('', 'to be looked at'), ('same', 'the same'), ('different', 'not the same')], default='', max_length=10)),
                ('found_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('judged_at', models.DateTimeField(blank=True, null=True)),
                ('contact', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='possible_duplicates', to='customers.contact')),
                ('judged_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('other', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='customers.contact')),
            ],
        ),
        migrations.CreateModel(
            name='ContactPhone',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=60)),
                ('e164', models.CharField(blank=True, db_index=True, max_length=20)),
                ('kind', models.CharField(blank=True, max_length=20)),
                ('contact', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='phones', to='customers.contact')),
            ],
        ),
        migrations.AddIndex(
            model_name='company',
            index=models.Index(django.db.models.functions.text.Lower('name'), models.F('id'), name='company_by_name'),
        ),
        migrations.AddIndex(
            model_name='company',
            index=django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass(models.F('name_key'), 'gin_trgm_ops'), name='company_by_part_of_name'),
        ),
        migrations.AddIndex(
            model_name='company',
            index=models.Index(fields=['owner'], name='company_by_owner'),
        ),
        migrations.AddIndex(
            model_name='company',
            index=models.Index(condition=models.Q(('merged_into__isnull', False), models.Q(('domain', ''), _negated=True)), fields=['domain'], name='merged_company_by_domain'),
        ),
        migrations.AddConstraint(
            model_name='company',
            constraint=models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='company_has_a_name'),
        ),
        migrations.AddConstraint(
            model_name='company',
            constraint=models.UniqueConstraint(models.F('domain'), condition=models.Q(models.Q(('domain', ''), _negated=True), ('merged_into__isnull', True)), name='one_company_per_domain', violation_error_message='There is already a company with this domain.'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='company',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."city" IS DISTINCT FROM (NEW."city") OR OLD."country" IS DISTINCT FROM (NEW."country") OR OLD."custom" IS DISTINCT FROM (NEW."custom") OR OLD."domain" IS DISTINCT FROM (NEW."domain") OR OLD."industry" IS DISTINCT FROM (NEW."industry") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."notes" IS DISTINCT FROM (NEW."notes") OR OLD."owner_id" IS DISTINCT FROM (NEW."owner_id") OR OLD."phone" IS DISTINCT FROM (NEW."phone") OR OLD."postcode" IS DISTINCT FROM (NEW."postcode") OR OLD."region" IS DISTINCT FROM (NEW."region") OR OLD."size" IS DISTINCT FROM (NEW."size") OR OLD."status" IS DISTINCT FROM (NEW."status") OR OLD."street" IS DISTINCT FROM (NEW."street") OR OLD."website" IS DISTINCT FROM (NEW."website"))', func='INSERT INTO "customers_companyfieldhistory" ("city", "country", "custom", "domain", "industry", "name", "notes", "owner_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "postcode", "region", "size", "status", "street", "website") VALUES (NEW."city", NEW."country", NEW."custom", NEW."domain", NEW."industry", NEW."name", NEW."notes", NEW."owner_id", _pgh_attach_context(), CLOCK_TIMESTAMP(), \'update\', NEW."id", NEW."phone", NEW."postcode", NEW."region", NEW."size", NEW."status", NEW."street", NEW."website"); RETURN NULL;', hash='d0d3140a8d0e6c59f57eab7738c184655b2677f9', operation='UPDATE', pgid='pgtrigger_update_update_6e46e', table='customers_company', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='companyevent',
            index=models.Index(fields=['company', '-occurred_at'], name='company_timeline'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='companyfieldhistory',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='68dd8a58b617153b8154e1ddc96b377e7c9d08ba', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_f0939', table='customers_companyfieldhistory', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='companypair',
            index=models.Index(condition=models.Q(('verdict', '')), fields=['-strength', '-id'], name='company_pairs_to_look_at'),
        ),
        migrations.AddConstraint(
            model_name='companypair',
            constraint=models.UniqueConstraint(models.F('company'), models.F('other'), name='one_row_per_company_pair'),
        ),
        migrations.AddConstraint(
            model_name='companypair',
            constraint=models.CheckConstraint(condition=models.Q(('company', models.F('other')), _negated=True), name='company_is_not_its_own_duplicate'),
        ),
        migrations.AddIndex(
            model_name='contact',
            index=models.Index(django.db.models.functions.text.Lower('name'), models.F('id'), name='contact_by_name'),
        ),
        migrations.AddIndex(
            model_name='contact',
            index=django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass(models.F('name_key'), 'gin_trgm_ops'), name='contact_by_part_of_name'),
        ),
        migrations.AddIndex(
            model_name='contact',
            index=models.Index(condition=models.Q(('name_key', ''), _negated=True), fields=['name_key'], name='contact_by_whole_name'),
        ),
        migrations.AddIndex(
            model_name='contact',
            index=models.Index(fields=['owner'], name='contact_by_owner'),
        ),
        migrations.AddConstraint(
            model_name='contact',
            constraint=models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='contact_has_a_name'),
        ),
        migrations.AddConstraint(
            model_name='contact',
            constraint=models.UniqueConstraint(models.F('email_key'), condition=models.Q(models.Q(('email_key', ''), _negated=True), ('merged_into__isnull', True)), name='one_contact_per_email', violation_error_message='There is already a contact with this e-mail.'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='contact',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."city" IS DISTINCT FROM (NEW."city") OR OLD."company_id" IS DISTINCT FROM (NEW."company_id") OR OLD."country" IS DISTINCT FROM (NEW."country") OR OLD."custom" IS DISTINCT FROM (NEW."custom") OR OLD."email" IS DISTINCT FROM (NEW."email") OR OLD."job_title" IS DISTINCT FROM (NEW."job_title") OR OLD."language" IS DISTINCT FROM (NEW."language") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."notes" IS DISTINCT FROM (NEW."notes") OR OLD."owner_id" IS DISTINCT FROM (NEW."owner_id") OR OLD."phone" IS DISTINCT FROM (NEW."phone") OR OLD."postcode" IS DISTINCT FROM (NEW."postcode") OR OLD."region" IS DISTINCT FROM (NEW."region") OR OLD."status" IS DISTINCT FROM (NEW."status") OR OLD."street" IS DISTINCT FROM (NEW."street"))', func='INSERT INTO "customers_contactfieldhistory" ("city", "company_id", "country", "custom", "email", "job_title", "language", "name", "notes", "owner_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "postcode", "region", "status", "street") VALUES (NEW."city", NEW."company_id", NEW."country", NEW."custom", NEW."email", NEW."job_title", NEW."language", NEW."name", NEW."notes", NEW."owner_id", _pgh_attach_context(), CLOCK_TIMESTAMP(), \'update\', NEW."id", NEW."phone", NEW."postcode", NEW."region", NEW."status", NEW."street"); RETURN NULL;', hash='009c7a3982d92289582978748844c4e1f51c3460', operation='UPDATE', pgid='pgtrigger_update_update_760d1', table='customers_contact', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='contactemail',
            constraint=models.UniqueConstraint(models.F('contact'), models.F('key'), name='contact_holds_an_email_once'),
        ),
        migrations.AddIndex(
            model_name='contactevent',
            index=models.Index(fields=['contact', '-occurred_at'], name='contact_timeline'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='contactfieldhistory',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='6c8d008ff5ee690389d3dfc433efc4d0f1ac3c3d', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_c3eab', table='customers_contactfieldhistory', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='contactpair',
            index=models.Index(condition=models.Q(('verdict', '')), fields=['-strength', '-id'], name='contact_pairs_to_look_at'),
        ),
        migrations.AddConstraint(
            model_name='contactpair',
            constraint=models.UniqueConstraint(models.F('contact'), models.F('other'), name='one_row_per_contact_pair'),
        ),
        migrations.AddConstraint(
            model_name='contactpair',
            constraint=models.CheckConstraint(condition=models.Q(('contact', models.F('other')), _negated=True), name='contact_is_not_its_own_duplicate'),
        ),
        migrations.AddConstraint(
            model_name='contactphone',
            constraint=models.UniqueConstraint(models.F('contact'), models.F('number'), name='contact_holds_a_number_once'),
        ),
    ]
