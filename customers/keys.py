"""What makes two customers the same: keys derived on every write.

The rules are those of the leads' cleaning, which stands above this app and hands them in when it is ready (`use`), so
that a lead and a contact with the same address always have the same key.
"""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass
class Rules:
    email_key: Callable[[str], str] = str.lower
    phone: Callable[[str, str], str] = lambda text, country: ""
    fold_company: Callable[[str], str] = str.lower
    fold_name: Callable[[str], str] = str.lower
    domain_of: Callable[[str], str] = str.lower
    is_free_mail: Callable[[str], bool] = lambda domain: False


rules = Rules()


def use(**given: Callable) -> None:
    """Take the rules of cleaning."""
    for name, rule in given.items():
        setattr(rules, name, rule)


def domain_of_site(website: str) -> str:
    """Return the domain of a web site, or "" where it says nothing about whose site it is."""
    try:
        host = urlsplit(website if "://" in website else f"https://{website}").hostname or ""
    except ValueError:
        return ""
    domain = rules.domain_of(host)
    return "" if rules.is_free_mail(domain) else domain


def derive(customer, *, apart: bool = False) -> tuple[str, ...]:
    """Set the derived columns of a company or contact and return their names.

    `apart` leaves the key out that only one may have: another record, which the person can't see, has it already.
    """
    customer.phone_e164 = rules.phone(customer.phone, customer.country) if customer.phone else ""
    if hasattr(customer, "email_key"):
        customer.email_key = rules.email_key(customer.email) if customer.email and not apart else ""
        customer.name_key = rules.fold_name(customer.name)[:300]
        return "phone_e164", "email_key", "name_key"
    customer.name_key = rules.fold_company(customer.name)[:300]
    if apart:
        customer.domain = ""
    elif not customer.domain and customer.website:
        customer.domain = domain_of_site(customer.website)
    return "phone_e164", "name_key", "domain"
