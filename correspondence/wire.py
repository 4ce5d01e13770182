"""Messages as they go over the wire: header tokens longer than 77 characters stay as they are."""

import email.policy
from email.policy import EmailPolicy

from django.core.mail import EmailMultiAlternatives

RAW = {"list-unsubscribe", "list-unsubscribe-post", "in-reply-to", "references"}


class WirePolicy(EmailPolicy):
    """Python writes RFC 2047 words into long tokens of any header, which kills one-click unsubscribe and threads."""

    def _fold(self, name, value, refold_binary=False):
        if name.lower() in RAW and str(value).isascii():
            folded = str(value).replace(", <", f",{self.linesep} <").replace("> <", f">{self.linesep} <")
            return f"{name}: {folded}{self.linesep}"
        return super()._fold(name, value, refold_binary)


class CrmMessage(EmailMultiAlternatives):
    def message(self, *, policy=email.policy.default):
        return super().message(policy=WirePolicy(linesep=policy.linesep, max_line_length=policy.max_line_length))
