
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
            name='Snapshot',
            fields=[
                ('lead', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='snapshot', serialize=False, to='leads.lead')),
                ('fields', models.JSONField()),
                ('taken_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Unexplained',
            fields=[
                ('lead', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='unexplained', serialize=False, to='leads.lead')),
                ('since', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='ScoringModel',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('question', models.CharField(default='lead', help_text='lead: P(converts); deal: P(won)', max_length=20)),
                ('trained_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('data_from', models.DateTimeField(blank=True, null=True)),
                ('data_to', models.DateTimeField(blank=True, null=True)),
                ('closed_count', models.PositiveIntegerField(default=0)),
                ('won_count', models.PositiveIntegerField(default=0)),
                ('stands_in', models.BooleanField(default=False, help_text='trained on won and lost deals until enough own leads closed')),
                ('measures', models.JSONField(default=dict)),
                ('decision', models.JSONField(default=dict)),
                ('coefficients', models.JSONField(default=dict)),
                ('digest', models.CharField(max_length=64)),
                ('held_out', models.JSONField(blank=True, help_text='the same learnt without the newest leads: what later ones are compared with', null=True)),
                ('schema', models.PositiveSmallIntegerField(default=1)),
                ('active_since', models.DateTimeField(blank=True, null=True)),
                ('active_until', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(models.F('question'), condition=models.Q(('active_since__isnull', False), ('active_until__isnull', True)), name='one_active_model_per_question')],
            },
        ),
        migrations.CreateModel(
            name='TeamLimits',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('hot_from', models.PositiveSmallIntegerField()),
                ('warm_from', models.PositiveSmallIntegerField()),
                ('proposed_at', models.DateTimeField(blank=True, null=True)),
                ('follows', models.BooleanField(default=True, help_text="the team's limits are those proposed; off when somebody sets others")),
                ('in_force_hot', models.PositiveSmallIntegerField()),
                ('in_force_warm', models.PositiveSmallIntegerField()),
                ('team', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='score_limits', to='teams.salesteam')),
            ],
        ),
        migrations.CreateModel(
            name='Training',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('question', models.CharField(default='lead', max_length=20)),
                ('state', models.CharField(choices=[('running', 'learning'), ('promoted', 'serves'), ('refused', 'refused'), ('failed', 'failed')], default='running', max_length=10)),
                ('at', models.DateTimeField(help_text='what had closed by then is learnt from')),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('known', models.PositiveIntegerField(default=0, help_text='how many had closed')),
                ('lessons', models.CharField(blank=True, help_text='digest of what is learnt from; another one starts the parts anew', max_length=64)),
                ('attempts', models.PositiveSmallIntegerField(default=0, help_text='tries of the part at work')),
                ('why', models.JSONField(blank=True, default=dict)),
                ('asked_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('model', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='trainings', to='scoring.scoringmodel')),
            ],
        ),
        migrations.CreateModel(
            name='TrainingPart',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=40)),
                ('result', models.JSONField()),
                ('training', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='parts', to='scoring.training')),
            ],
        ),
        migrations.CreateModel(
            name='UnusedField',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=80, unique=True)),
                ('why', models.CharField(choices=[('excluded', 'left out'), ('sensitive', 'sensitive: never used')], default='excluded', max_length=10)),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Watermark',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('event', models.BigIntegerField(default=0)),
                ('engagement', models.BigIntegerField(default=0)),
                ('deal', models.BigIntegerField(db_default=0, default=0)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('pk', 1)), name='one_watermark')],
            },
        ),
        migrations.CreateModel(
            name='HandScore',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('value', models.PositiveSmallIntegerField()),
                ('why', models.CharField(max_length=300)),
                ('at', models.DateTimeField()),
                ('lifted_at', models.DateTimeField(blank=True, null=True)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('lead', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='hand_scores', to='leads.lead')),
                ('lifted_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(models.F('lead'), condition=models.Q(('lifted_at__isnull', True)), name='one_standing_hand_score_per_lead'), models.CheckConstraint(condition=models.Q(('value__lte', 100)), name='hand_score_in_range')],
            },
        ),
        migrations.CreateModel(
            name='Score',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('value', models.PositiveSmallIntegerField()),
                ('probability', models.FloatField()),
                ('reasons', models.JSONField(default=dict)),
                ('scored_at', models.DateTimeField()),
                ('lead', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='scores', to='leads.lead')),
                ('model', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='scores', to='scoring.scoringmodel')),
            ],
            options={
                'indexes': [models.Index(fields=['lead', '-scored_at', '-id'], name='scores_of_lead')],
                'constraints': [models.CheckConstraint(condition=models.Q(('value__lte', 100)), name='score_in_range')],
            },
        ),
        migrations.CreateModel(
            name='DealScore',
            fields=[
                ('opportunity', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='deal_score', serialize=False, to='opportunities.opportunity')),
                ('fields', models.JSONField(help_text='the facts when it was first graded: what training reads')),
                ('taken_at', models.DateTimeField()),
                ('facts', models.JSONField(help_text='the facts of the latest grade, without the stage')),
                ('probability', models.FloatField()),
                ('reasons', models.JSONField(default=dict)),
                ('scored_at', models.DateTimeField()),
                ('model', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='scoring.scoringmodel')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('probability__gte', 0), ('probability__lte', 1)), name='deal_score_in_range')],
            },
        ),
        migrations.AddIndex(
            model_name='training',
            index=models.Index(fields=['question', '-id'], name='trainings_newest_first'),
        ),
        migrations.AddConstraint(
            model_name='training',
            constraint=models.UniqueConstraint(models.F('question'), condition=models.Q(('state', 'running')), name='one_training_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='trainingpart',
            constraint=models.UniqueConstraint(models.F('training'), models.F('name'), name='one_result_per_part'),
        ),
    ]
