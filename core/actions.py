"""What can be done from every page: registered once, it feeds menus, palette, shortcuts and the sheet of keys.

    register("new_lead", _("New lead"), "plus", "leads:new", order=10, key="c")

What a single page or record offers besides stands in that page itself (`data-key` on its link or button, words included);
static/js/actions.js puts both together. Apps register theirs in AppConfig.ready().
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from core.addresses import address_of


@dataclass(frozen=True)
class Action:
    """One thing to do: `key` is its letter (a page may use the letter for its own), `in_dialog` asks in the dialog.

    `menu` names the menu it stands in too: "account" or none.
    """

    name: str
    label: Any
    icon: str
    url_name: str
    order: int
    key: str = ""
    in_dialog: bool = False
    menu: str = ""
    allowed: Callable[[Any], bool] | None = None

    @property
    def url(self) -> str:
        return address_of(self.url_name)


_actions: dict[str, Action] = {}


def register(
    name: str, label: Any, icon: str, url_name: str, *, order: int, key: str = "", in_dialog: bool = False, menu: str = "",
    allowed: Callable[[Any], bool] | None = None,
) -> None:  # fmt: skip
    """Offer an action on every page; the same name again replaces it. allowed(user) hides it."""
    _actions[name] = Action(name, label, icon, url_name, order, key, in_dialog, menu, allowed)


def open_to(user: Any) -> list[Action]:
    """Return what somebody may do from every page, in order; what has no page yet is not offered."""
    if not user.is_authenticated:
        return []
    found = sorted(_actions.values(), key=lambda action: (action.order, action.name))
    return [action for action in found if action.url and (action.allowed is None or action.allowed(user))]
