"""Whom we sell to: companies and the people in them."""

import pghistory
from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.models import Tag
from core.pairs import Pair
from core.timeline import Event
from customers.verbs import CustomerVerbs, OpeningVerbs
from teams.visibility import VisibleQuerySet


class Status(models.TextChoices):
    """Where a company or contact stands in its life with us."""

    LEAD = "lead", _("Lead")
    PROSPECT = "prospect", _("In talks")
    CUSTOMER = "customer", _("Customer")
    FORMER = "former", _("Former customer")
    NONE = "none", _("No business yet")


class CustomerQuerySet(OpeningVerbs, VisibleQuerySet):
    def standing(self):
        """Leave out records that were merged into another."""
        return self.filter(merged_into__isnull=True)

    def by_name(self):
        return self.order_by(Lower("name"), "pk")


class Address(models.Model):
    """Postal columns shared by everybody who has an address."""

    street = models.CharField(_("street"), max_length=300, blank=True)
    street2 = models.CharField(_("address line 2"), max_length=300, blank=True)
    postcode = models.CharField(_("postcode"), max_length=20, blank=True)
    city = models.CharField(_("city"), max_length=120, blank=True)
    region = models.CharField(_("region"), max_length=120, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True, help_text=_("ISO 3166-1 code"))

    class Meta:
        abstract = True


@pghistory.track(
    pghistory.UpdateEvent(),
    fields=[
        "name",
        "domain",
        "industry",
        "size",
        "website",
        "phone",
        "street",
        "city",
        "postcode",
        "region",
        "country",
        "status",
        "custom",
        "notes",
        "owner",
    ],
    model_name="CompanyFieldHistory",
)
class Company(CustomerVerbs, Address):
    """An organisation we sell to."""

    name = models.CharField(_("name"), max_length=300)
    name_key = models.CharField(max_length=300, blank=True, db_index=True, editable=False)
    domain = models.CharField(_("domain"), max_length=253, blank=True)
    website = models.CharField(_("website"), max_length=500, blank=True)
    industry = models.CharField(_("industry"), max_length=120, blank=True)
    size = models.PositiveIntegerField(_("employees"), null=True, blank=True)
    phone = models.CharField(_("phone"), max_length=60, blank=True)
    phone_e164 = models.CharField(max_length=20, blank=True, db_index=True, editable=False)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.NONE)
    notes = models.TextField(_("notes"), blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="companies",
        verbose_name=_("owner"),
    )
    team = models.ForeignKey("teams.SalesTeam", models.PROTECT, related_name="companies", verbose_name=_("team"))
    tags = models.ManyToManyField(Tag, blank=True, related_name="+")
    custom = models.JSONField(default=dict, blank=True)
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="merged")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    is_demo = models.BooleanField(default=False, editable=False)

    objects = CustomerQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("company"), _("companies")
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="company_has_a_name"),
            models.UniqueConstraint(
                "domain",
                condition=~Q(domain="") & Q(merged_into__isnull=True),
                name="one_company_per_domain",
                violation_error_message=_("There is already a company with this domain."),
            ),
        ]
        indexes = [
            models.Index(Lower("name"), "id", name="company_by_name"),
            GinIndex(OpClass(models.F("name_key"), "gin_trgm_ops"), name="company_by_part_of_name"),
            models.Index(fields=["owner"], name="company_by_owner"),
            models.Index(fields=["domain"], name="merged_company_by_domain",
                         condition=Q(merged_into__isnull=False) & ~Q(domain="")),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("customers:company", args=[self.pk])


@pghistory.track(
    pghistory.UpdateEvent(),
    fields=[
        "name",
        "job_title",
        "email",
        "phone",
        "language",
        "street",
        "city",
        "postcode",
        "region",
        "country",
        "status",
        "custom",
        "notes",
        "owner",
        "company",
    ],
    model_name="ContactFieldHistory",
)
class Contact(CustomerVerbs, Address):
    """A person we know, usually at a company."""

    company = models.ForeignKey(
        Company, models.PROTECT, null=True, blank=True, related_name="contacts", verbose_name=_("company")
    )
    name = models.CharField(_("name"), max_length=300)
    name_key = models.CharField(max_length=300, blank=True, default="", editable=False)
    first_name = models.CharField(_("first name"), max_length=150, blank=True)
    last_name = models.CharField(_("last name"), max_length=150, blank=True)
    job_title = models.CharField(_("job title"), max_length=300, blank=True)
    email = models.CharField(_("e-mail"), max_length=320, blank=True)
    email_key = models.CharField(max_length=320, blank=True, db_index=True, editable=False)
    phone = models.CharField(_("phone"), max_length=60, blank=True)
    phone_e164 = models.CharField(max_length=20, blank=True, db_index=True, editable=False)
    language = models.CharField(_("language"), max_length=35, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.NONE)
    notes = models.TextField(_("notes"), blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="contacts",
        verbose_name=_("owner"),
    )
    team = models.ForeignKey("teams.SalesTeam", models.PROTECT, related_name="contacts", verbose_name=_("team"))
    tags = models.ManyToManyField(Tag, blank=True, related_name="+")
    custom = models.JSONField(default=dict, blank=True)
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="merged")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    is_demo = models.BooleanField(default=False, editable=False)

    objects = CustomerQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("contact"), _("contacts")
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="contact_has_a_name"),
            models.UniqueConstraint(
                "email_key",
                condition=~Q(email_key="") & Q(merged_into__isnull=True),
                name="one_contact_per_email",
                violation_error_message=_("There is already a contact with this e-mail."),
            ),
        ]
        indexes = [
            models.Index(Lower("name"), "id", name="contact_by_name"),
            GinIndex(OpClass(models.F("name_key"), "gin_trgm_ops"), name="contact_by_part_of_name"),
            models.Index(fields=["name_key"], name="contact_by_whole_name", condition=~Q(name_key="")),
            models.Index(fields=["owner"], name="contact_by_owner"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("customers:contact", args=[self.pk])


class ContactEmail(models.Model):
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="emails")
    email = models.CharField(max_length=320)
    key = models.CharField(max_length=320, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint("contact", "key", name="contact_holds_an_email_once")]


class ContactPhone(models.Model):
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="phones")
    number = models.CharField(max_length=60)
    e164 = models.CharField(max_length=20, blank=True, db_index=True)
    kind = models.CharField(max_length=20, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint("contact", "number", name="contact_holds_a_number_once")]


class CustomerEventKind(models.TextChoices):
    CREATED = "created", _("created")
    CHANGED = "changed", _("changed")
    NOTED = "noted", _("note")
    ASSIGNED = "assigned", _("owner changed")
    MERGED = "merged", _("merged")
    UNDONE = "undone", _("taken back")


class CompanyEvent(Event):
    # the database deletes along (migration 0004): the app's role may not delete events itself
    company = models.ForeignKey(Company, models.DO_NOTHING, related_name="events")
    kind = models.CharField(max_length=30, choices=CustomerEventKind)

    class Meta:
        indexes = [models.Index(fields=["company", "-occurred_at"], name="company_timeline")]


class ContactEvent(Event):
    # the database deletes along (migration 0004): the app's role may not delete events itself
    contact = models.ForeignKey(Contact, models.DO_NOTHING, related_name="events")
    kind = models.CharField(max_length=30, choices=CustomerEventKind)

    class Meta:
        indexes = [models.Index(fields=["contact", "-occurred_at"], name="contact_timeline")]


class CompanyPair(Pair):
    """Two companies somebody should look at."""

    side = "company"

    company = models.ForeignKey(Company, models.CASCADE, related_name="possible_duplicates")
    other = models.ForeignKey(Company, models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint("company", "other", name="one_row_per_company_pair"),
            models.CheckConstraint(condition=~Q(company=models.F("other")), name="company_is_not_its_own_duplicate"),
        ]
        indexes = [models.Index(fields=["-strength", "-id"], name="company_pairs_to_look_at", condition=Q(verdict=""))]


class ContactPair(Pair):
    """Two contacts somebody should look at."""

    side = "contact"

    contact = models.ForeignKey(Contact, models.CASCADE, related_name="possible_duplicates")
    other = models.ForeignKey(Contact, models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint("contact", "other", name="one_row_per_contact_pair"),
            models.CheckConstraint(condition=~Q(contact=models.F("other")), name="contact_is_not_its_own_duplicate"),
        ]
        indexes = [models.Index(fields=["-strength", "-id"], name="contact_pairs_to_look_at", condition=Q(verdict=""))]


class LookedThrough(models.Model):
    """How far the search for duplicates has come: each record is looked at once, soon after it came."""

    kind = models.CharField(max_length=20, primary_key=True)
    until = models.BigIntegerField(default=0)
