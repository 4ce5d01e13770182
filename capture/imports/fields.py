"""What a column may become, and under which names such columns go in the files people send."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from capture.imports.dialects import folded

IGNORE, CUSTOM = "", "custom"  # CUSTOM: a custom field named after the column
LINE, REASON = "Line in the file", "Why it was not imported"  # columns we add to rejected rows, and leave out again


@dataclass(frozen=True)
class Target:
    """A field of a lead or a deal that a column can fill."""

    key: str
    label: Any
    names: str  # folded names of such columns, separated by |
    content: str = ""  # what its cells look like (capture.imports.contents)
    deals: bool = False  # offered for won and lost deals too
    leads: bool = True
    many: bool = False  # several columns may fill it: the first is the primary one


_TARGETS = [
    Target("name", _("Full name"), "name|full name|contact name|contact|person|person name|lead name|attendee|attendee name|badge name|"
           "user name (original name)|display name|ansprechpartner|kontakt|kontaktperson|vollstandiger name|vor- und nachname|nom complet|"
           "nom et prenom|nombre completo|nombre y apellidos|nome completo|nome e cognome|naam|volledige naam|nome e sobrenome"),
    Target("salutation", _("Salutation"), "salutation|title (mr/ms)|anrede|civilite|tratamiento|aanhef|titolo"),
    Target("first_name", _("First name"), "first name|firstname|first|given name|givenname|forename|vorname|prenom|nombre|nome|"
           "voornaam|fornavn|fornamn|etunimi|imie|person - first name|nome proprio"),
    Target("last_name", _("Last name"), "last name|lastname|last|surname|family name|familyname|nachname|name (nachname)|familienname|zuname|"
           "nom|nom de famille|apellido|apellidos|cognome|sobrenome|apelido|achternaam|etternavn|efternamn|sukunimi|nazwisko|person - last name"),
    Target("email", _("E-mail"), "email|e-mail|mail|email address|e-mail address|e-mail-adresse|emailadresse|mailadresse|email-adresse|"
           "adresse e-mail|adresse email|adresse mail|courriel|correo|correo electronico|indirizzo email|posta elettronica|e-post|epost|"
           "e-mailadres|sahkoposti|work email|business email|person - email|person - email - work|email 1|e-mail 1 - value|email (work)",
           content="email", many=True),
    Target("phone", _("Phone"), "phone|phone number|telephone|tel|tel.|telefon|telefonnummer|telefonnr|telefon nr.|telephone number|mobile|"
           "mobile phone|mobile phone number|mobile number|cell|cell phone|handy|handynummer|mobil|mobilnummer|mobiltelefon|rufnummer|durchwahl|"
           "numero de telephone|portable|telefono|movil|celular|cellulare|telefoon|mobiel|telefone|telemovel|puhelin|numer telefonu|"
           "work phone|business phone|office phone|home phone|person - phone|person - phone - work|phone 1|phone 2|tel 1|tel 2|telefon 1|telefon 2",
           content="phone", many=True),
    Target("job_title", _("Job title"), "job title|jobtitle|position|role|function|title|job|beruf|berufsbezeichnung|funktion|stellung|titel|"
           "fonction|poste|cargo|puesto|ruolo|functie|stilling|person - job title"),
    Target("company_name", _("Company"), "company|company name|organisation|organization|organisation name|organization name|account|account name|"
           "firm|firma|firmenname|unternehmen|societe|entreprise|raison sociale|empresa|compania|azienda|societa|ditta|bedrijf|bedrijfsnaam|"
           "org|employer|associated company|person - organization|organization - name|yritys|foretag|virksomhed|name of company|kunde|customer",
           deals=True),
    Target("website", _("Website"), "website|web site|web|url|homepage|website url|company website|webseite|internet|site web|site internet|"
           "sitio web|pagina web|sito web|company domain name|domain|organization - website", content="url"),
    Target("industry", _("Industry"), "industry|sector|branch|branche|secteur|secteur d'activite|sector de actividad|settore|industria|bransch"),
    Target("company_size", _("Company size"), "company size|employees|number of employees|no. of employees|no of employees|numberofemployees|headcount|"
           "staff|mitarbeiter|mitarbeiterzahl|anzahl mitarbeiter|ma|unternehmensgrosse|effectif|nombre d'employes|empleados|dipendenti|werknemers"),
    Target("street", _("Street"), "street|address|street address|address 1|address line 1|mailing street|strasse|str.|anschrift|adresse|rue|"
           "calle|direccion|via|indirizzo|straat|adres|home address 1|organization - address"),
    Target("street2", _("Address line 2"), "street 2|address 2|address line 2|adresszusatz|complement d'adresse|home address 2"),
    Target("postcode", _("Postcode"), "postcode|post code|postal code|zip|zip code|zip/postal code|mailing zip/postal code|plz|postleitzahl|code postal|"
           "codigo postal|cap|home zip|postnummer"),
    Target("city", _("City"), "city|town|mailing city|ort|stadt|wohnort|ville|ciudad|poblacion|citta|plaats|stad|home city|miasto|by"),
    Target("region", _("Region"), "region|state|state/region|state/province|mailing state/province|province|county|bundesland|kanton|provincia|"
           "departement|home state"),
    Target("country", _("Country"), "country|country/region|country/region name|country name|mailing country|land|staat|pays|pais|paese|nazione|"
           "home country|kraj|maa", content="country"),
    Target("language", _("Language"), "language|preferred language|sprache|langue|idioma|lingua|taal"),
    Target("title", _("Wants"), "subject|enquiry|inquiry|betreff|anliegen|interest|interested in|interesse|wants|interesse an|sujet|asunto|"
           "oggetto|product interest|lead title|deal title", deals=False),
    Target("message", _("Message"), "message|note|notes|comment|comments|description|remark|remarks|nachricht|notiz|notizen|bemerkung|bemerkungen|"
           "kommentar|mitteilung|beschreibung|commentaire|commentaires|remarque|mensaje|comentario|comentarios|notas|note libere|messaggio|"
           "opmerking|opmerkingen|anmerkung|anmerkungen|hall note"),
    Target("deal_name", _("Deal name"), "deal|deal name|deal title|deal - title|opportunity|opportunity name|name|title|betreff|projekt|project|"
           "verkaufschance|affaire", deals=True, leads=False),
    Target("expected_revenue", _("Expected revenue"), "expected revenue|amount|value|deal value|deal - value|deal amount|revenue|budget|estimated value|"
           "umsatz|betrag|auftragswert|wert|summe|volumen|montant|chiffre d'affaires|importe|valor|importo|valore|bedrag|lead value|expected amount|price",
           content="amount", deals=True),
    Target("currency", _("Currency"), "currency|currency code|deal - currency|wahrung|waehrung|devise|moneda|divisa|valuta", content="currency", deals=True),
    Target("source", _("Source"), "source|lead source|original source|original traffic source|quelle|herkunft|source du lead|origen|fuente|fonte|origine|"
           "deal - source|how did you hear about us", deals=True),
    Target("medium", _("Medium"), "medium|utm medium|utm_medium"),
    Target("campaign", _("Campaign"), "campaign|campaign name|utm campaign|utm_campaign|kampagne|campagne|campana|campagna|event name", deals=True),
    Target("referred_by", _("Referred by"), "referred by|referrer|referral|empfohlen von|empfehlung|recommande par"),
    Target("tags", _("Tags"), "tag|tags|label|labels|schlagwort|schlagworte|etiquettes|etiquetas|person - labels"),
    Target("visits", _("Visits"), "visits|number of visits|website visits|web visits|sessions|number of sessions|total visits|totalvisits|besuche|"
           "anzahl besuche|visites|visitas|visite"),
    Target("pages_viewed", _("Pages viewed"), "pages viewed|page views|pageviews|number of pageviews|views|page views per visit|seitenaufrufe|pages vues"),
    Target("seconds_on_site", _("Seconds on site"), "seconds on site|time on site|time on website|total time spent on website|time spent (seconds)|"
           "time on page|verweildauer|temps passe"),
    Target("emails_opened", _("E-mails opened"), "emails opened|marketing emails opened|email opens|opens|e-mails opened|geoffnete e-mails|emails ouverts"),
    Target("emails_clicked", _("E-mails clicked"), "emails clicked|marketing emails clicked|email clicks|clicks|e-mails clicked|klicks|clics"),
    Target("emails_replied", _("E-mails replied to"), "emails replied|marketing emails replied|email replies|replies|sales emails replied|antworten|reponses"),
    Target("last_engaged_at", _("Last engaged"), "last engaged|last engagement date|last seen|last visit|"
           "time last seen|time of last visit|last open date|letzter besuch|derniere visite", content="date"),
    Target("occurred_at", _("Happened at"), "created|created at|create date|created date|date|date created|scan time|scanned at|time|timestamp|submitted at|"
           "submission date|order date|registration time|datum|erfasst am|erstellt am|kontaktdatum|besuchsdatum|zeit|zeitpunkt|date de creation|"
           "fecha|data|creation date|person - created|contact date|lead created", content="date"),
    Target("opened_at", _("Opened on"), "created|created at|create date|created date|deal created|opened|open date|start date|erstellt am|deal - created",
           content="date", deals=True, leads=False),
    Target("closed_at", _("Closed on"), "close date|closed|closed at|closing date|won time|lost time|end date|abschlussdatum|geschlossen am|"
           "deal - won time|deal - deal closed on|date de cloture", content="date", deals=True, leads=False),
    Target("outcome", pgettext_lazy("import column", "Outcome"), "outcome|status|lead status|deal status|stage|deal stage|state|result|ergebnis|resultat|statut|estado|stato|phase|"
           "deal - status|won|closed won|is won|attendee status", deals=True),
    Target("lost_reason", _("Why lost"), "lost reason|reason lost|loss reason|closed lost reason|deal - lost reason|verlustgrund|grund",
           deals=True, leads=False),
]  # fmt: skip
OURS = {folded(LINE), folded(REASON)}
TARGETS = {target.key: target for target in _TARGETS}

PRESETS = {
    # the headers by which the export of another product is known, and columns of it that mean nothing to us
    "HubSpot": ({"record id", "lifecycle stage"}, {"record id": IGNORE, "contact owner": IGNORE, "deal owner": IGNORE,
                "lead status": CUSTOM, "lifecycle stage": CUSTOM, "create date": "occurred_at", "associated company": "company_name",
                "last activity date": IGNORE, "marketing contact status": CUSTOM}),
    "Pipedrive": ({"person - name", "person - email"}, {"person - id": IGNORE, "person - owner": IGNORE, "person - name": "name"}),
    "Pipedrive deals": ({"deal - title", "deal - status"}, {"deal - id": IGNORE, "deal - owner": IGNORE, "deal - title": "deal_name",
                        "deal - pipeline": CUSTOM, "deal - stage": CUSTOM, "deal - status": "outcome",
                        "deal - organization": "company_name"}),
    "Salesforce": ({"lead id", "lead owner"}, {"lead id": IGNORE, "lead owner": IGNORE, "company / account": "company_name", "title": "job_title",
                   "lead status": CUSTOM, "rating": CUSTOM, "street": "street", "annual revenue": CUSTOM}),
    "Salesforce opportunities": ({"opportunity name", "stage"}, {"opportunity owner": IGNORE, "opportunity name": "deal_name", "stage": "outcome",
                                 "fiscal period": IGNORE, "age": CUSTOM}),
    "Eventbrite": ({"order #", "order date"}, {"order #": IGNORE, "attendee #": IGNORE, "group": IGNORE, "quantity": IGNORE, "price tier": IGNORE,
                   "total paid": IGNORE, "fees paid": IGNORE, "eventbrite fees": IGNORE, "eventbrite payment processing": IGNORE,
                   "currency": IGNORE, "ticket type": CUSTOM, "order type": IGNORE, "attendee status": CUSTOM, "checked in": CUSTOM,
                   "order date": "occurred_at", "event date": IGNORE, "promo code": CUSTOM, "affiliate": IGNORE}),
    "Zoom": ({"attended", "join time", "leave time"}, {"attended": CUSTOM, "registration time": "occurred_at", "join time": IGNORE,
             "leave time": IGNORE, "approval status": IGNORE, "is guest": IGNORE, "time in session (minutes)": CUSTOM,
             "user name (original name)": "name"}),
}  # fmt: skip


def offered(kind: str) -> list[Target]:
    """Return the fields a file of this kind may fill; owner, team, score and rights are never among them."""
    return [target for target in TARGETS.values() if (target.deals if kind == "deals" else target.leads)]


@cache
def _by_name(kind: str) -> dict[str, str]:
    return {name: target.key for target in reversed(offered(kind)) for name in target.names.split("|")}


def named(header: str, kind: str) -> str:
    """Return the target whose names hold this header, or ""."""
    known = _by_name(kind)
    name = folded(header)
    plain = re.sub(r"[^\w#/&']+", " ", re.sub(r"\(\d+\)$|\*", "", name)).replace("_", " ").strip()
    for candidate in (name, plain, plain.removeprefix("lead ").removeprefix("contact "), plain.replace(" ", "")):
        if candidate in known:
            return known[candidate]
    without_number = re.sub(r"\s*\d$", "", plain)
    return known.get(without_number, "")


def preset_of(headers: list[str]) -> str:
    """Return the name of the product whose export has these headers, or ""."""
    seen = {folded(header) for header in headers}
    return next((name for name, (marks, _columns) in PRESETS.items() if marks <= seen), "")
