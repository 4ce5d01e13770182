"""The Content-Security-Policy and, in one place, every exception from it (decision 41).

A view names its exception with `@csp_exception("embed")`; nothing else may change the header.
"""

from collections.abc import Callable
from functools import wraps

POLICY: dict[str, list[str]] = {
    "default-src": ["none"],
    "script-src": ["self"],
    "style-src": ["self"],
    "img-src": ["self"],
    "font-src": ["self"],
    "connect-src": ["self"],
    "manifest-src": ["self"],
    "form-action": ["self"],
    "base-uri": ["none"],
    "frame-ancestors": ["none"],
}

EXCEPTIONS: dict[str, str] = {
    "embed": "a public form shown inside the pages of the hosts its owner named (frame-ancestors only)",
    "mail-preview": "a mail document in a sandboxed frame: own inline styles, no script, no remote load",
}


def csp_exception(name: str, override: Callable[..., dict[str, list[str]]]):
    """Decorate a view whose response carries the policy changed by `override(request, **kwargs)`."""
    if name not in EXCEPTIONS:
        raise LookupError(f"{name} is not in core.csp.EXCEPTIONS")

    def decorator(view):
        @wraps(view)
        def wrapped(request, *args, **kwargs):
            response = view(request, *args, **kwargs)
            changed = {**POLICY, **override(request, **kwargs)}
            response._csp_config = {key: [f"'{v}'" if v in {"self", "none"} else v for v in values]
                                    for key, values in changed.items()}
            return response

        return wrapped

    return decorator
