
import datetime
import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        migrations.CreateModel(
            name='SalesTeam',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80, unique=True, verbose_name='name')),
                ('is_default', models.BooleanField(default=False, verbose_name='takes leads that no team was chosen for')),
                ('sees_whole_team', models.BooleanField(default=False, verbose_name="everybody sees the whole team's records")),
                ('strategy', models.CharField(choices=[('round_robin', 'Round-robin: strict turns'), ('workload', 'Workload: fewest open'), ('territory', 'Territory'), ('manual', 'Manual: a manager hands out')], default='round_robin', max_length=12, verbose_name='strategy')),
                ('time_zone', models.CharField(default='Europe/Berlin', max_length=60, verbose_name='time zone')),
                ('currency', models.CharField(default='EUR', max_length=3, verbose_name='currency')),
                ('response_goal', models.DurationField(default=datetime.timedelta(seconds=300), verbose_name='response goal')),
                ('response_limit', models.DurationField(default=datetime.timedelta(seconds=3600), verbose_name='response limit')),
                ('workload', models.CharField(choices=[('leads', 'Open leads'), ('deals', 'Open deals, and leads not yet contacted'), ('weighted', 'Open deals by how far they are, and leads not yet contacted')], default='leads', max_length=10, verbose_name='what counts as load')),
                ('keeps_relations', models.BooleanField(default=False, verbose_name='who knows the company gets its leads')),
                ('waits_for_hours', models.BooleanField(default=False, verbose_name='hands out leads in working hours only')),
                ('clock_in_hours', models.BooleanField(default=False, verbose_name='the response clock runs in working hours only')),
                ('warn_before', models.DurationField(blank=True, null=True, verbose_name='warning before the goal')),
                ('after_limit', models.CharField(choices=[('nothing', 'Leave it with its owner'), ('reroute', 'Give it to the next person'), ('escalate', 'Tell the manager')], default='nothing', max_length=10, verbose_name='after the limit')),
                ('accept_within', models.DurationField(blank=True, null=True, verbose_name='accept or decline within')),
                ('returns_when_away', models.BooleanField(default=False, verbose_name='untouched leads of people who are away go to others')),
                ('has_queue', models.BooleanField(default=False, editable=False, help_text='somebody waits for room: the next room is theirs')),
                ('hot_from', models.PositiveSmallIntegerField(default=70, verbose_name='hot from score')),
                ('warm_from', models.PositiveSmallIntegerField(default=40, verbose_name='warm from score')),
                ('turns_taken', models.BigIntegerField(default=0, editable=False, help_text='rotation: turns given out so far')),
                ('is_demo', models.BooleanField(default=False, editable=False)),
            ],
            options={
                'verbose_name': 'sales team',
                'verbose_name_plural': 'sales teams',
                'constraints': [models.UniqueConstraint(models.F('is_default'), condition=models.Q(('is_default', True)), name='one_default_team', violation_error_message='Another team is the default one already.'), models.CheckConstraint(condition=models.Q(('hot_from__lte', 100), ('warm_from__lte', models.F('hot_from'))), name='warm_limit_below_hot_limit', violation_error_message='Warm must begin below hot, and hot at 100 at most.')],
            },
        ),
        migrations.CreateModel(
            name='User',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('email', models.EmailField(error_messages={'unique': 'There is already a person with this e-mail.'}, max_length=254, unique=True, verbose_name='e-mail')),
                ('name', models.CharField(max_length=150, verbose_name='name')),
                ('role', models.CharField(choices=[('rep', 'Sales rep'), ('manager', 'Manager'), ('ops', 'Operations'), ('administrator', 'Administrator')], default='rep', max_length=20, verbose_name='role')),
                ('job_title', models.CharField(blank=True, max_length=120, verbose_name='job title')),
                ('hue', models.PositiveSmallIntegerField(default=1, help_text='colour of the avatar, 1 to 8')),
                ('time_zone', models.CharField(default='Europe/Berlin', max_length=60, verbose_name='time zone')),
                ('language', models.CharField(default='en', max_length=10, verbose_name='language')),
                ('theme', models.CharField(blank=True, choices=[('', 'Match system'), ('light', 'Light'), ('dark', 'Dark')], default='', max_length=5, verbose_name='theme')),
                ('is_compact', models.BooleanField(default=False, verbose_name='compact rows')),
                ('single_keys', models.BooleanField(default=True, verbose_name='single-key shortcuts')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('is_demo', models.BooleanField(default=False, editable=False)),
                ('joined_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('invited_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('sign_outs', models.PositiveIntegerField(default=0, editable=False, help_text='counts up to end all sessions at once')),
                ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
                ('current_team', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='teams.salesteam')),
            ],
            options={
                'verbose_name': 'person',
                'verbose_name_plural': 'people',
            },
        ),
        migrations.CreateModel(
            name='SignInTry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('account', models.CharField(max_length=64)),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'indexes': [models.Index(fields=['account', 'at'], name='tries_of_an_account')],
            },
        ),
        migrations.CreateModel(
            name='Territory',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80, unique=True, verbose_name='name')),
                ('conditions', models.JSONField(blank=True, default=dict, verbose_name='conditions')),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='territories', to=settings.AUTH_USER_MODEL, verbose_name='owner')),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='territories', to='teams.salesteam', verbose_name='team')),
            ],
            options={
                'verbose_name': 'territory',
                'verbose_name_plural': 'territories',
            },
        ),
        migrations.CreateModel(
            name='WorkingDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('weekday', models.PositiveSmallIntegerField(choices=[(0, 'Monday'), (1, 'Tuesday'), (2, 'Wednesday'), (3, 'Thursday'), (4, 'Friday'), (5, 'Saturday'), (6, 'Sunday')], verbose_name='day')),
                ('opens', models.TimeField(verbose_name='from')),
                ('closes', models.TimeField(verbose_name='to')),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='working_days', to='teams.salesteam')),
            ],
        ),
        migrations.CreateModel(
            name='ResponseGoal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('temperature', models.CharField(choices=[('hot', 'Hot'), ('warm', 'Warm'), ('cold', 'Cold')], max_length=4, verbose_name='temperature')),
                ('goal', models.DurationField(verbose_name='response goal')),
                ('limit', models.DurationField(verbose_name='response limit')),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='response_goals', to='teams.salesteam')),
            ],
            options={
                'constraints': [models.UniqueConstraint(models.F('team'), models.F('temperature'), name='one_goal_per_team_and_temperature'), models.CheckConstraint(condition=models.Q(('limit__gte', models.F('goal'))), name='response_limit_not_before_goal')],
            },
        ),
        migrations.CreateModel(
            name='Membership',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('takes_leads', models.BooleanField(default=True, verbose_name='takes leads')),
                ('capacity', models.PositiveIntegerField(default=60, help_text='open leads at most', verbose_name='capacity')),
                ('daily_cap', models.PositiveIntegerField(blank=True, null=True, verbose_name='new leads a day at most')),
                ('weight', models.PositiveSmallIntegerField(default=1, verbose_name='weight')),
                ('is_paused', models.BooleanField(default=False, verbose_name='paused')),
                ('away_from', models.DateTimeField(blank=True, null=True, verbose_name='away from')),
                ('away_until', models.DateTimeField(blank=True, null=True, verbose_name='back at')),
                ('last_turn', models.BigIntegerField(default=0, editable=False)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to=settings.AUTH_USER_MODEL, verbose_name='person')),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to='teams.salesteam', verbose_name='team')),
            ],
            options={
                'verbose_name': 'membership',
                'verbose_name_plural': 'memberships',
                'constraints': [models.UniqueConstraint(models.F('user'), models.F('team'), name='one_membership_per_person_and_team', violation_error_message='This person is in the team already.'), models.CheckConstraint(condition=models.Q(('away_from__isnull', True), ('away_until__isnull', True), ('away_until__gt', models.F('away_from')), _connector='OR'), name='absence_ends_after_it_begins', violation_error_message='The absence ends before it begins.'), models.CheckConstraint(condition=models.Q(('weight__gte', 1)), name='membership_weight_at_least_one')],
            },
        ),
        migrations.CreateModel(
            name='Holiday',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(verbose_name='day')),
                ('name', models.CharField(blank=True, max_length=80, verbose_name='name')),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='holidays', to='teams.salesteam')),
            ],
            options={
                'constraints': [models.UniqueConstraint(models.F('team'), models.F('day'), name='one_holiday_per_team_and_day')],
            },
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.UniqueConstraint(django.db.models.functions.text.Lower('email'), name='one_person_per_email'),
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.CheckConstraint(condition=models.Q(('role__in', ['rep', 'manager', 'ops', 'administrator'])), name='person_has_a_known_role'),
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.CheckConstraint(condition=models.Q(('hue__gte', 1), ('hue__lte', 8)), name='person_hue_in_range'),
        ),
        migrations.AddConstraint(
            model_name='workingday',
            constraint=models.UniqueConstraint(models.F('team'), models.F('weekday'), name='one_span_per_team_and_weekday'),
        ),
        migrations.AddConstraint(
            model_name='workingday',
            constraint=models.CheckConstraint(condition=models.Q(('closes__gt', models.F('opens'))), name='working_day_ends_after_it_begins'),
        ),
        migrations.AddConstraint(
            model_name='workingday',
            constraint=models.CheckConstraint(condition=models.Q(('weekday__lte', 6)), name='working_day_of_the_week'),
        ),
    ]
