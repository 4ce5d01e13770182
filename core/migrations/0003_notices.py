
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0002_initial'),
        ('teams', '0003_sign_in_and_invitation'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
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
            options={
                'indexes': [models.Index(fields=['person', '-at', '-id'], name='notices_newest_first'), models.Index(condition=models.Q(('read_at__isnull', True)), fields=['person', 'subject', 'row'], name='unread_notices'), models.Index(condition=models.Q(('by_mail', True), ('mailed_at__isnull', True), ('read_at__isnull', True)), fields=['at'], name='notices_to_mail')],
                'constraints': [models.UniqueConstraint(models.F('person'), models.F('key'), name='one_notice_per_person_and_key')],
            },
        ),
    ]
