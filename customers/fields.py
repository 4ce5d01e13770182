"""The company's fields that list filters may ask about: an allow-list."""

from django.contrib.auth import get_user_model
from django.utils.translation import gettext_lazy as _

from core.conditions import Field, register
from customers.models import Company, Status


def _people():
    return list(get_user_model().objects.by_name().values_list("pk", "name"))


def _teams():
    return list(Company._meta.get_field("team").related_model.objects.order_by("name").values_list("pk", "name"))


register(
    "company",
    Field("name", _("Name"), "text", column="name"),
    Field("status", _("Status"), "choice", column="status", options=list(Status.choices)),
    Field("industry", _("Industry"), "text", column="industry"),
    Field("size", _("Employees"), "number", column="size"),
    Field("city", _("City"), "text", column="city"),
    Field("country", _("Country"), "country", column="country"),
    Field("owner", _("Owner"), "person", column="owner_id", options=_people, cast=int),
    Field("team", _("Team"), "choice", column="team_id", options=_teams, cast=int),
)
register(
    "contact",
    Field("name", _("Name"), "text", column="name"),
    Field("job_title", _("Job title"), "text", column="job_title"),
    Field("email", _("E-mail"), "text", column="email"),
    Field("status", _("Status"), "choice", column="status", options=list(Status.choices)),
    Field("country", _("Country"), "country", column="country"),
    Field("owner", _("Owner"), "person", column="owner_id", options=_people, cast=int),
    Field("team", _("Team"), "choice", column="team_id", options=_teams, cast=int),
)
