"""The Django admin as it is used here: set-up tables only, behind our own sign-in, every change audited.

Records (leads, opportunities, customers, events) are never registered: a class that is not a SetUpTable is left out, so
what packages bring along does not appear. What one may not enter answers 404 like everything else (decision 27).
"""

from functools import update_wrapper
from typing import Any

from django.contrib.admin import AdminSite, ModelAdmin
from django.contrib.admin.utils import NestedObjects
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.db import router
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from core.audit import note
from core.errors import signed_out

LEFT_OUT = {
    "view_on_site",  # it tells whether any record of any kind exists
    "password_change", "password_change_done",  # ours count the tries and end the sessions
}  # fmt: skip


class SetUpSite(AdminSite):
    site_header = site_title = _("Catchment set-up tables")
    index_title = _("Set-up tables")
    site_url = None
    enable_nav_sidebar = True

    def register(self, model_or_iterable, admin_class=None, **options) -> None:
        if admin_class is not None and issubclass(admin_class, SetUpTable):
            super().register(model_or_iterable, admin_class, **options)

    def get_app_list(self, request, app_label=None) -> list[dict]:
        """Call the tables what they are to a person."""
        apps = super().get_app_list(request, app_label)
        for app in apps:
            for model in app["models"]:
                model["name"] = _("Audit") if model["object_name"] == "AuditEntry" else model["name"]
        return apps

    def get_urls(self) -> list:
        return [pattern for pattern in super().get_urls() if getattr(pattern, "name", None) not in LEFT_OUT]

    def admin_view(self, view, cacheable: bool = False):
        inner = super().admin_view(view, cacheable)

        def wrapped(request: HttpRequest, *args, **kwargs):
            if request.user.is_authenticated and not self.has_permission(request):
                raise Http404
            try:
                return inner(request, *args, **kwargs)
            except PermissionDenied:
                raise Http404 from None

        return update_wrapper(wrapped, inner)

    @method_decorator(login_not_required)
    def login(self, request: HttpRequest, extra_context=None) -> HttpResponse:
        """Lead to our own sign-in, which counts the tries and asks for the second factor."""
        if request.user.is_authenticated:
            raise Http404
        if request.headers.get("HX-Request") == "true":
            return signed_out()
        from django.conf import settings
        from django.shortcuts import resolve_url

        wanted = request.GET.get("next", "")
        return redirect(resolve_url(settings.LOGIN_URL) + (f"?{urlencode({'next': wanted})}" if wanted else ""))


class SetUpTable(ModelAdmin):
    """A table of the set-up: whoever may change it is asked of the user; every change is audited."""

    view_on_site = False
    list_per_page = 50
    list_max_show_all = 200
    show_full_result_count = False
    save_on_top = False

    def log_addition(self, request, obj, message):
        self._note("added", request, obj)
        return super().log_addition(request, obj, message)

    def log_change(self, request, obj, message):
        fields = [name for part in message if isinstance(part, dict) for name in part.get("changed", {}).get("fields", [])]
        self._note("changed", request, obj, fields=[str(name) for name in fields])
        return super().log_change(request, obj, message)

    def log_deletions(self, request, queryset):
        for obj in queryset:
            self._note("deleted", request, obj)
        return super().log_deletions(request, queryset)

    def _note(self, what: str, request, obj, **details: Any) -> None:
        note(f"set-up {what}", target=f"{obj._meta.label_lower} {obj.pk}", by=request.user, request=request,
             name=str(obj)[:200], **self.details_of(obj), **details)

    def details_of(self, obj) -> dict[str, Any]:
        """Return what the audit keeps of a row besides its name."""
        return {}

    def _get_obj_does_not_exist_redirect(self, request, opts, object_id):
        """A row one may not see is not there; the package would lead to the index with a message."""
        raise Http404

    def get_deleted_objects(self, objs, request):
        """Name what is deleted itself, and only count what hangs on it: that may be records the asker does not see."""
        collector = NestedObjects(using=router.db_for_write(self.model), origin=objs)
        collector.collect(objs)
        names = [format_html("{}: {}", capfirst(self.opts.verbose_name), obj) for obj in objs]
        counts = {model._meta.verbose_name_plural: len(rows) for model, rows in collector.model_objs.items()}
        needed = {self.opts.verbose_name for obj in objs if not self.has_delete_permission(request, obj)}
        in_use = _("in use: retire it instead")
        protected = [format_html("{} ({})", obj, in_use) for obj in objs] if collector.protected else []
        return names, counts, needed, protected


