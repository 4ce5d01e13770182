"""Form fields as the design draws them: {{ field.as_field_group }} renders templates/ui/field.html."""

from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect, Select, Textarea
from django.forms.renderers import TemplatesSetting
from django.forms.widgets import FileInput, Input


class StyledField(BoundField):
    """A bound field whose widget carries the class of its control, unless it names its own."""

    def build_widget_attrs(self, attrs, widget=None):
        widget = widget or self.field.widget
        attrs = super().build_widget_attrs(attrs, widget)
        if not widget.is_hidden and "class" not in widget.attrs and (css := control_class(widget)):
            attrs.setdefault("class", css)
        return attrs


def control_class(widget) -> str:
    """Return the class of app.css for a widget: input, select, textarea or check."""
    if isinstance(widget, CheckboxInput | CheckboxSelectMultiple | RadioSelect):
        return "check"
    if isinstance(widget, Select):
        return "select"
    if isinstance(widget, Textarea):
        return "textarea"
    if isinstance(widget, FileInput):
        return "input file"
    return "input" if isinstance(widget, Input) else ""


class Renderer(TemplatesSetting):
    field_template_name = "ui/field.html"
    bound_field_class = StyledField
