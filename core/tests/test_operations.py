import pytest

from core import operations
from core.models import AuditEntry
from core.tests.test_work import mail
from correspondence.models import OutgoingMail


@pytest.fixture
def kind():
    operations.register_work("test-mail", "Mail", OutgoingMail.objects, lambda row: (row.subject, ""))
    yield "test-mail"
    operations._kinds.pop("test-mail")


class TestThePage:
    def test_shows_what_is_stuck_with_its_reason(self, kind, ada, client_of):
        mail(state="stuck", last_error="the server said no")
        page = client_of(ada).get("/operations/").content.decode()
        assert "the server said no" in page

    def test_does_not_exist_for_a_rep(self, nora, client_of):
        assert client_of(nora).get("/operations/").status_code == 404

    def test_tries_a_stuck_row_again_and_audits_it(self, kind, ada, client_of):
        row = mail(state="stuck", attempts=3)
        client_of(ada).post(f"/operations/{kind}/{row.pk}/retry/")
        row.refresh_from_db()
        assert (row.state, row.attempts) == ("waiting", 0)
        assert AuditEntry.objects.filter(action="work retried", actor=ada).count() == 1


@pytest.mark.django_db
class TestOldestWaiting:
    def test_is_none_when_nothing_waits(self, kind):
        assert operations.oldest_waiting_seconds() is None

    def test_counts_from_the_moment_the_work_fell_due(self, kind):
        mail()
        assert operations.oldest_waiting_seconds() in range(5)
