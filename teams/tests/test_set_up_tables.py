"""The Django admin: set-up tables only, each manager's own teams, every change audited, everything under our policy."""

import pytest
from django.contrib import admin
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from assignment.models import AssignmentRule, QualificationRule
from core.models import AuditEntry, Tag
from leads.models import Source
from opportunities.models import LostReason, Pipeline, Stage
from teams import rights
from teams.models import Membership, Territory, User
from tests.factories import teams


def url(model, page: str, *args) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def labels() -> set[str]:
    return {model._meta.label_lower for model in admin.site._registry}


@pytest.mark.django_db
class TestWhatStandsThere:
    def test_set_up_tables_and_nothing_else(self):
        assert labels() == set(rights.TABLES)

    def test_say_in_words_what_they_refuse(self):
        rules = [rule for model in admin.site._registry for rule in model._meta.constraints]
        assert [rule.name for rule in rules if rule.violation_error_message == rule.default_violation_error_message] == []

    @pytest.mark.parametrize("record", ["leads.lead", "opportunities.opportunity", "customers.contact", "leads.leadevent"])
    def test_no_role_may_touch_a_record_there(self, nora, tess, olga, ada, record):
        app, model = record.split(".")
        for person in (nora, tess, olga, ada):
            assert not any(person.has_perm(f"{app}.{action}_{model}") for action in ("view", "add", "change", "delete"))

    def test_others_find_nothing(self, client_of, nora, olga):
        for person in (nora, olga):
            client = client_of(person)
            for address in (reverse("admin:index"), url(Source, "changelist"), reverse("admin:login"), "/admin/nothing/"):
                assert client.get(address).status_code == 404, (person, address)

    def test_strangers_come_to_our_own_sign_in(self, client):
        answer = client.get(reverse("admin:index"), follow=True)
        assert answer.redirect_chain[-1][0].startswith("/account/login/?next=")
        assert client.post(reverse("admin:login"), {"username": "x", "password": "y"}).status_code == 302

    def test_a_part_of_a_page_asks_strangers_to_sign_in_there(self, client):
        for address in (reverse("admin:index"), reverse("admin:login")):
            answer = client.get(address, headers={"HX-Request": "true"})
            assert (answer.status_code, answer["HX-Trigger"], answer["X-Sign-In"]) == (401, "session:ended", "/account/login/")


@pytest.mark.django_db
class TestManager:
    def test_sees_rows_of_the_own_teams_and_of_every_team(self, client_of, tess, north, south):
        ours, theirs = teams.territory(north, "Ours"), teams.territory(south, "Theirs")
        client = client_of(tess)
        page = client.get(url(Territory, "changelist")).text
        assert ours.name in page and theirs.name not in page
        missing = client.get(url(Territory, "change", 10**9))
        foreign = client.get(url(Territory, "change", theirs.pk))
        assert missing.status_code == foreign.status_code == 404

    def test_changes_the_own_members_and_not_those_of_others(self, client_of, tess, nora, vera):
        client = client_of(tess)
        words = {"capacity": 9, "weight": 1}
        for person, status in ((nora, 302), (vera, 404)):
            seat = person.seats[0]
            assert client.post(url(Membership, "change", seat.pk), words).status_code == status
        assert Membership.objects.get(user=nora).capacity == 9
        assert Membership.objects.get(user=vera).capacity == 60

    def test_can_not_move_a_row_into_a_foreign_team(self, client_of, tess, north, south):
        territory = teams.territory(north, "Ours")
        words = {"name": "Ours", "team": south.pk, "owner": "", "conditions": "{}"}
        assert client_of(tess).post(url(Territory, "change", territory.pk), words).status_code == 200
        territory.refresh_from_db()
        assert territory.team == north

    def test_reads_what_belongs_to_every_team(self, client_of, tess, south):
        stage = Stage.objects.order_by("pk").first()
        client = client_of(tess)
        assert client.get(url(Stage, "change", stage.pk)).status_code == 200
        assert client.post(url(Stage, "change", stage.pk), {"name": "Mine"}).status_code == 404
        assert client.get(url(Source, "changelist")).status_code == 200
        assert client.get(url(Source, "add")).status_code == 404

    def test_sets_up_the_stages_of_the_own_pipeline(self, client_of, tess, north):
        pipeline = Pipeline.objects.create(name="Northern")
        pipeline.teams.add(north)
        words = {"pipeline": pipeline.pk, "name": "Site visit", "position": 1, "probability": "0.4", "is_active": "on"}
        client_of(tess).post(url(Stage, "add"), words)
        assert pipeline.stages.get().name == "Site visit"
        assert AuditEntry.objects.get(action="set-up added").actor == tess

    def test_finds_no_accounts_and_no_audit(self, client_of, tess):
        client = client_of(tess)
        for address in (url(User, "changelist"), url(User, "change", tess.pk), url(AuditEntry, "changelist")):
            assert client.get(address).status_code == 404

    @pytest.mark.parametrize("model", [AssignmentRule, QualificationRule])
    def test_rules_are_no_table_here(self, client_of, ada, model):
        """They have pages of their own, where everyone else stays."""
        assert not admin.site.is_registered(model)
        kind, last = model._meta.model_name.removesuffix("rule"), model.objects.filter(is_everyone_else=True).first()
        assert client_of(ada).post(reverse("assignment:removal", args=[kind, last.pk])).status_code == 404
        assert model.objects.filter(pk=last.pk).exists()


@pytest.mark.django_db
class TestAdministrator:
    def test_changes_role_and_access_through_their_verbs(self, client_of, ada, nora):
        theirs = client_of(nora)
        words = {"email": nora.email, "name": "Nora B.", "role": "manager", "hue": 1, "time_zone": "Europe/Oslo", "language": "en"}
        client_of(ada).post(url(User, "change", nora.pk), words)
        nora = User.objects.get(pk=nora.pk)
        assert (nora.name, nora.role, nora.is_active) == ("Nora B.", "manager", False)
        assert {"role changed", "deactivated"} <= set(AuditEntry.objects.values_list("action", flat=True))
        assert theirs.get("/").status_code == 302

    def test_can_not_lock_everybody_out(self, client_of, ada):
        words = {"email": ada.email, "name": "Ada", "role": "rep", "hue": 1, "time_zone": "UTC", "language": "en", "is_active": "on"}
        page = client_of(ada).post(url(User, "change", ada.pk), words)
        assert "remain administrator" in page.text and User.objects.get(pk=ada.pk).role == "administrator"

    def test_reads_the_audit_and_never_changes_it(self, client_of, ada):
        entry = AuditEntry.objects.create(action="x", target="y")
        client = client_of(ada)
        assert client.get(url(AuditEntry, "change", entry.pk)).status_code == 200
        assert client.post(url(AuditEntry, "change", entry.pk), {"action": "z"}).status_code == 404
        assert client.post(url(AuditEntry, "delete", entry.pk), {"post": "yes"}).status_code == 404

    def test_audits_what_is_changed_and_deleted(self, client_of, ada):
        tag = Tag.objects.create(name="Fair")
        client = client_of(ada)
        client.post(url(Tag, "change", tag.pk), {"name": "Trade fair", "tone": "ok"})
        client.post(url(Tag, "delete", tag.pk), {"post": "yes"})
        assert list(AuditEntry.objects.order_by("pk").values_list("action", flat=True)) == ["set-up changed", "set-up deleted"]

    def test_exports_no_live_formula_and_takes_its_own_export_back(self, client_of, ada):
        for name in ("=1+1", "@cmd", "Fair, spring", "Größe"):
            LostReason.objects.create(name=name)
        client = client_of(ada)
        answer = client.post(url(LostReason, "export"), {"format": "0", "resource": ""})
        assert answer.status_code == 200 and answer["Content-Type"].startswith("text/csv")
        cells = [line.split(",")[0] for line in answer.text.splitlines()]
        assert not any(cell.startswith(("=", "+", "-", "@")) for cell in cells)
        assert "Größe" in answer.text and AuditEntry.objects.filter(action="exported", actor=ada).exists()
        before = list(LostReason.objects.order_by("pk").values())
        file = SimpleUploadedFile("reasons.csv", answer.content, "text/csv")
        preview = client.post(url(LostReason, "import"), {"format": "0", "resource": "", "import_file": file})
        client.post(url(LostReason, "process_import"), preview.context["confirm_form"].initial)
        assert list(LostReason.objects.order_by("pk").values()) == before
        assert AuditEntry.objects.filter(action="set-up imported", actor=ada).exists()


@pytest.mark.browser
class TestInTheBrowser:
    @pytest.mark.slow  # the walk over every page looks at one of each kind
    def test_every_page_keeps_to_the_policy(self, page_as, ada, north):
        """No console error on any list, add, change, history, delete, import or export page."""
        Tag.objects.create(name="Fair")
        page = page_as(ada)
        page.goto(reverse("admin:index"))
        for model, table in admin.site._registry.items():
            names = ["changelist"]
            row = model._base_manager.order_by("pk").first()
            names += ["add"] if model not in (User, AuditEntry) else []
            names += ["import", "export"] if hasattr(table, "get_import_form_class") else []
            addresses = [url(model, name) for name in names]
            addresses += [url(model, name, row.pk) for name in ("change", "history") if row]
            for address in addresses:
                answer = page.goto(address)
                assert answer.status == 200, address

    @pytest.mark.parametrize("look", [{}, {"dark": True, "phone": True}], ids=["light", "dark phone"])
    def test_wears_our_skin(self, page_as, ada, look):
        page = page_as(ada, **look)
        page.goto(url(Source, "changelist"))
        assert page.locator("link[href*='admin.css']").count() >= 1
        page.get_by_role("link", name="Back to Today").wait_for()
