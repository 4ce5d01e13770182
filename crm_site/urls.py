"""All addresses, by app. Nouns; names are `app:noun`."""

from django.contrib import admin
from django.urls import include, path

handler400 = "core.errors.bad_request"
handler403 = "core.errors.forbidden"
handler404 = "core.errors.not_found"
handler500 = "core.errors.server_error"

urlpatterns = [
    path("", include("core.urls")),
    path("", include("workspace.urls")),
    path("leads/", include("leads.urls")),
    path("opportunities/", include("opportunities.urls")),
    path("customers/", include("customers.urls")),
    path("import/", include("capture.imports.urls")),
    path("f/", include("capture.web_form.urls")),
    path("", include("capture.urls")),
    path("settings/demo/", include("crm_site.demo.urls")),
    path("settings/", include("teams.settings_urls")),
    path("settings/", include("teams.urls")),
    path("", include("assignment.urls")),
    path("", include("scoring.urls")),
    path("account/", include("teams.account_urls")),
    path("admin/", admin.site.urls),
]
