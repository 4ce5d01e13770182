"""Why a file can't be imported, as a code with values, worded in the user's words when shown."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from core import reasons

reasons.register(
    {
        "file_empty": _("This file is empty."),
        "file_no_rows": _("There are no rows in this file, only a header."),
        "file_too_large": _("This file is larger than %(most)s MB. Please split it."),
        "file_too_many_rows": _("This file has more than %(most)s rows. Please split it."),
        "file_too_many_columns": _("This file has %(columns)s columns; %(most)s are the most we can read. "
                                   "Please remove those you don't need."),
        "file_image": _("This is a picture. Please choose a CSV or Excel file."),
        "file_pdf": _("This is a PDF. Please export the table as CSV or Excel and choose that file."),
        "file_zip": _("This is a ZIP archive. Please unpack it and choose the table inside."),
        "file_old_excel": _("This is an old Excel file (.xls) or another Office file. Please save it as .xlsx or .csv."),
        "file_locked": _("This spreadsheet is protected by a password. Please save it without one."),
        "file_web_page": _("This is a web page, not a table. Please export the list again and choose the file itself."),
        "file_foreign": _("This is not a table. Please choose a CSV, text or Excel file."),
        "file_bomb": _("This file unpacks to far more than it should, so it was not opened."),
        "file_broken": _("This file is damaged and can't be read to its end."),
        "file_too_complex": _("This spreadsheet needs too much memory. Please save the sheet as CSV and choose that."),
        "file_no_sheet": _("There is no sheet with a table in this spreadsheet."),
        "file_encoding": _("The text of this file can't be read as %(encoding)s. Please choose another encoding."),
        "file_gone": _("The uploaded file is no longer there. Please upload it again."),
    }
)  # fmt: skip


class Refused(Exception):
    """A file that is not taken, or can't be read on."""

    def __init__(self, code: str, **values: Any):
        super().__init__(code)
        self.code, self.values = code, values

    def __str__(self) -> str:
        return reasons.word(self.code, self.values)
