"""Set-up tables that go out and come in as CSV: columns named one by one, live formulas disarmed."""

import tablib
from django.contrib.admin.options import ActionLocation
from import_export.admin import ImportExportModelAdmin
from import_export.formats.base_formats import CSV
from import_export.forms import ExportForm

from core import formulas
from core.audit import note
from core.set_up_site import SetUpTable


class HarmlessCSV(CSV):
    """CSV whose cells no spreadsheet computes, read back as they were."""

    def export_data(self, dataset, **kwargs):
        safe = tablib.Dataset(headers=dataset.headers)
        for row in dataset:
            safe.append([formulas.defused(cell) if isinstance(cell, str) else cell for cell in row])
        return super().export_data(safe, **kwargs)

    def create_dataset(self, in_stream, **kwargs):
        read = super().create_dataset(in_stream, **kwargs)
        exact = tablib.Dataset(headers=read.headers)
        for row in read:
            exact.append([formulas.armed(cell) if isinstance(cell, str) else cell for cell in row])
        return exact


class ExchangeableTable(ImportExportModelAdmin, SetUpTable):
    """A set-up table with export and import. Name its columns in `resource_classes`."""

    export_form_class = ExportForm  # all columns, without scripts
    formats = [HarmlessCSV]
    import_formats = export_formats = [HarmlessCSV]
    import_error_display = ("message",)
    show_change_form_export = False

    skip_admin_log = True  # one line of the audit per import says it

    def get_actions(self, request, action_location=ActionLocation.CHANGE_LIST):
        """Leave out the package's own action; its signature is not that of this Django yet."""
        return SetUpTable.get_actions(self, request, action_location)

    def get_export_data(self, file_format, request, queryset, **kwargs):
        self._note_file("exported", request)
        return super().get_export_data(file_format, request, queryset, **kwargs)

    def process_result(self, result, request):
        self._note_file("set-up imported", request, **{str(kind): count for kind, count in result.totals.items() if count})
        return super().process_result(result, request)

    def _note_file(self, what: str, request, **details) -> None:
        note(what, target=self.opts.label_lower, by=request.user, request=request, **details)

    def has_export_permission(self, request) -> bool:
        return self.has_view_permission(request)

    def has_import_permission(self, request) -> bool:
        return self.has_add_permission(request) and self.has_change_permission(request)
