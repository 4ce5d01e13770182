
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('leads', '0001_initial'),
        ('opportunities', '0001_initial'),
        ('teams', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='RuleList',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=14)),
                ('digest', models.CharField(max_length=64)),
                ('rules', models.JSONField()),
                ('since', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('kind', 'digest'), name='one_row_per_rule_list')],
            },
        ),
        migrations.CreateModel(
            name='AssignmentRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('position', models.PositiveSmallIntegerField(default=0, verbose_name='position')),
                ('conditions', models.JSONField(blank=True, default=dict, verbose_name='conditions')),
                ('is_everyone_else', models.BooleanField(default=False, editable=False, verbose_name='everyone else')),
                ('is_active', models.BooleanField(default=True, verbose_name='on')),
                ('problem', models.CharField(blank=True, editable=False, max_length=300)),
                ('changed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('strategy', models.CharField(blank=True, choices=[('round_robin', 'Round-robin: strict turns'), ('workload', 'Workload: fewest open'), ('territory', 'Territory'), ('manual', 'Manual: a manager hands out')], help_text="empty means: the team's own", max_length=12, verbose_name='strategy')),
                ('changed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('team', models.ForeignKey(blank=True, help_text='none means: every team', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='teams.salesteam', verbose_name='team')),
                ('to_person', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='to person')),
                ('to_team', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='teams.salesteam', verbose_name='to team')),
                ('to_territory', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='teams.territory', verbose_name='to the territory')),
            ],
            options={
                'verbose_name': 'assignment rule',
                'verbose_name_plural': 'assignment rules',
                'constraints': [models.UniqueConstraint(models.F('team'), condition=models.Q(('is_everyone_else', True)), name='one_last_assignment_rule', nulls_distinct=False)],
            },
        ),
        migrations.CreateModel(
            name='ClockStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('rerouted', 'given to the next person after the limit'), ('escalated', 'the manager was told after the limit')], max_length=10)),
                ('at', models.DateTimeField()),
                ('lead', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='clock_steps', to='leads.lead')),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(models.F('lead'), models.F('owner'), models.F('kind'), name='one_clock_step_per_lead_and_owner')],
            },
        ),
        migrations.CreateModel(
            name='Decision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('qualification', 'qualification'), ('assignment', 'assignment')], max_length=14)),
                ('outcome', models.CharField(max_length=20)),
                ('reason', models.CharField(max_length=40)),
                ('values', models.JSONField(default=dict)),
                ('details', models.JSONField(default=dict)),
                ('tries', models.PositiveIntegerField(default=1)),
                ('at', models.DateTimeField()),
                ('last_tried_at', models.DateTimeField()),
                ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('lead', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='decisions', to='leads.lead')),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('team', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='teams.salesteam')),
            ],
            options={
                'indexes': [models.Index(fields=['lead', '-at', '-id'], name='decisions_of_lead')],
            },
        ),
        migrations.CreateModel(
            name='Offer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('offered_at', models.DateTimeField()),
                ('accept_by', models.DateTimeField()),
                ('answer', models.CharField(blank=True, choices=[('accepted', 'accepted'), ('declined', 'declined'), ('expired', 'not answered in time'), ('overtaken', 'somebody else has it by now')], max_length=10)),
                ('answered_at', models.DateTimeField(blank=True, null=True)),
                ('said', models.CharField(blank=True, max_length=300)),
                ('lead', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='offers', to='leads.lead')),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('answer', '')), fields=['accept_by'], name='offers_without_answer'), models.Index(fields=['lead', '-id'], name='offers_of_lead')],
            },
        ),
        migrations.CreateModel(
            name='QualificationRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('position', models.PositiveSmallIntegerField(default=0, verbose_name='position')),
                ('conditions', models.JSONField(blank=True, default=dict, verbose_name='conditions')),
                ('is_everyone_else', models.BooleanField(default=False, editable=False, verbose_name='everyone else')),
                ('is_active', models.BooleanField(default=True, verbose_name='on')),
                ('problem', models.CharField(blank=True, editable=False, max_length=300)),
                ('changed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('outcome', models.CharField(choices=[('opportunity', 'open an opportunity'), ('accept', 'accept as a qualified lead'), ('keep', 'keep in the pool'), ('nurture', 'come back later'), ('archive', 'archive')], default='keep', max_length=12, verbose_name='outcome')),
                ('archive_reason', models.CharField(blank=True, max_length=300, verbose_name='reason to archive')),
                ('come_back_after', models.DurationField(blank=True, null=True, verbose_name='come back after')),
                ('changed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('stage', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='opportunities.stage', verbose_name='stage')),
                ('team', models.ForeignKey(blank=True, help_text='none means: every team', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='teams.salesteam', verbose_name='team')),
            ],
            options={
                'verbose_name': 'qualification rule',
                'verbose_name_plural': 'qualification rules',
                'constraints': [models.UniqueConstraint(models.F('team'), condition=models.Q(('is_everyone_else', True)), name='one_last_qualification_rule', nulls_distinct=False)],
            },
        ),
        migrations.CreateModel(
            name='RuleVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=14)),
                ('number', models.PositiveIntegerField()),
                ('rules', models.JSONField()),
                ('what', models.CharField(choices=[('begun', 'as it was found'), ('added', 'added “%(name)s”'), ('changed', 'changed “%(name)s”'), ('moved', 'moved “%(name)s”'), ('on', 'turned “%(name)s” on'), ('off', 'turned “%(name)s” off'), ('removed', 'deleted “%(name)s”'), ('restored', 'went back to version %(number)s')], max_length=10)),
                ('values', models.JSONField(default=dict)),
                ('why', models.CharField(blank=True, max_length=300)),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('team', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='teams.salesteam')),
            ],
            options={
                'constraints': [models.UniqueConstraint(models.F('kind'), models.F('team'), models.F('number'), name='one_rule_version_per_number', nulls_distinct=False)],
            },
        ),
    ]
