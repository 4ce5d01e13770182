"""Pairs of customers that may be the same; a contact is found by its whole name."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('core', '0002_initial'),
        ('customers', '0004_events_go_along'),
        ('teams', '0003_sign_in_and_invitation'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='CompanyPair',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reasons', models.JSONField(default=list)),
                ('strength', models.PositiveSmallIntegerField(db_default=70, default=70, help_text='percent')),
                ('verdict', models.CharField(blank=True, choices=[('', 'to be looked at'), ('same', 'the same'), ('different', 'not the same')], default='', max_length=10)),
                ('found_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('judged_at', models.DateTimeField(blank=True, null=True)),
            ],
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
            ],
        ),
        migrations.CreateModel(
            name='LookedThrough',
            fields=[
                ('kind', models.CharField(max_length=20, primary_key=True, serialize=False)),
                ('until', models.BigIntegerField(default=0)),
            ],
        ),
        migrations.AlterField(
            model_name='companyevent',
            name='kind',
            field=models.CharField(choices=[('created', 'created'), ('changed', 'changed'), ('noted', 'note'), ('assigned', 'owner changed'), ('merged', 'merged'), ('undone', 'taken back')], max_length=30),
        ),
        migrations.AlterField(
            model_name='contactevent',
            name='kind',
            field=models.CharField(choices=[('created', 'created'), ('changed', 'changed'), ('noted', 'note'), ('assigned', 'owner changed'), ('merged', 'merged'), ('undone', 'taken back')], max_length=30),
        ),
        AddIndexConcurrently(
            model_name='contact',
            index=models.Index(condition=models.Q(('name_key', ''), _negated=True), fields=['name_key'], name='contact_by_whole_name'),
        ),
        migrations.AddField(
            model_name='companypair',
            name='company',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='possible_duplicates', to='customers.company'),
        ),
        migrations.AddField(
            model_name='companypair',
            name='judged_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='companypair',
            name='other',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='customers.company'),
        ),
        migrations.AddField(
            model_name='contactpair',
            name='contact',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='possible_duplicates', to='customers.contact'),
        ),
        migrations.AddField(
            model_name='contactpair',
            name='judged_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='contactpair',
            name='other',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='customers.contact'),
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
    ]
