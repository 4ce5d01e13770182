"""Whom the made-up leads are: names in the scripts people write them in, companies, where they sit and what they want."""

from dataclasses import dataclass
from itertools import product

from leads.cleaning import fold_company, fold_name
from leads.texts import unaccented

FIRST = (
    "Nora Jonas Maja Emil Ingrid Åse Søren Björn Łukasz Zoë José María François Élodie Jürgen Käthe Gökçe Şule Đorđe Čedomir "
    "Anna Paul Laura Tim Sofia Marco Giulia Pedro Inês Ewa Piotr Katarzyna Tomáš Lucie Eszter Gábor Andrei Ioana Mihai Aoife "
    "Siobhán Owen Ffion Mark Emily James Olivia William Charlotte Henry Amelia Mehmet Ayşe Hồng Minh Linh Priya Arjun Siti Budi "
    "Иван Мария Олена Сергій Борис Νίκος Ελένη Γιώργος محمد فاطمة أحمد ليلى דוד שרה राजेश सीता প্রিয়া 伟 芳 健太 さくら 민준 서연 สมชาย"
).split()
LAST_STARTS = (
    "Berg Lind Nord Sand Holm Stein Wald Rosen Kirch Neu Ober Hof Bruck Feld Kess Mor Tan Vel Kor Dal Ash Hart Wind Brad "
    "Crof Lang Whit Mar Pet Jo Ander Gustav Hend Kow Nov Dvor Hor Szab Pop Ion Rod Fern Gon Lop Sil Cost Ross Bian Cont Dub"
).split()
LAST_ENDS = (
    "mann strøm sen son quist bäck gård dahl eira ski owska ák ova escu ez es i etti ois ard by field ton ley worth wood er ner inger"
).split()
LAST_OTHER = (
    "Müller Nguyễn Ångström O’Connor Иванов Петрова Шевченко Коваленко Παπαδόπουλος Οικονόμου الخطيب المصري כהן לוי शर्मा पटेल সরকার 王 李 张 陈 "
    "佐藤 鈴木 高橋 김 이 박 ใจดี"
).split()
COMPANY_STARTS = (
    "Nordvik Sundt Alba Kestrel Halden Brevik Orion Vega Tellus Aurora Meridian Kappa Lumen Atlas Borealis Cobalt Delta Ember Fjord "
    "Granit Helix Iris Juno Kobra Lotus Magna Nimbus Opal Polaris Quarz Rubin Sirius Titan Ultra Vista Wega Xenon Ypsilon Zenit "
    "Østfold Ærø Łódź Škoda Müritz Θάλασσα Восток 东方 さくら 한빛 شمس"
).split()
COMPANY_MIDDLES = "Tech Data Werk Marine Foods Solar Bio Med Print Steel Timber Glass Textile Wind Water Freight Build Soft Lab Design".split()
COMPANY_KINDS = "Systems Group Partners Trading Services Industries Works Solutions".split()
FORMS = ("GmbH", "AS", "Ltd", "SARL", "S.p.A.", "AB", "B.V.", "Sp. z o.o.", "Inc.", "Oy")
INDUSTRIES = "Energy Retail Health Logistics Manufacturing Software Education Construction Finance Hospitality Farming Media".split()
PLACES = (
    ("DE", "Berlin", "de", "4930"), ("DE", "München", "de", "4989"), ("NO", "Oslo", "nb", "4722"), ("NO", "Tromsø", "nb", "4777"),
    ("SE", "Göteborg", "sv", "4631"), ("DK", "Århus", "da", "4586"), ("FI", "Jyväskylä", "fi", "35814"), ("PL", "Łódź", "pl", "4842"),
    ("FR", "Orléans", "fr", "3323"), ("ES", "Málaga", "es", "3495"), ("IT", "Forlì", "it", "3905"), ("GB", "Leeds", "en", "4411"),
    ("IE", "Cork", "en", "35321"), ("NL", "Zwolle", "nl", "3138"), ("CZ", "Plzeň", "cs", "4203"), ("GR", "Θεσσαλονίκη", "el", "3023"),
    ("UA", "Львів", "uk", "38032"), ("JP", "大阪", "ja", "8166"), ("US", "Austin", "en", "1512"), ("AE", "دبي", "ar", "9714"),
)  # fmt: skip
WISHES = (
    "", "", "Offer for 40 seats", "Call about prices", "Demo next week", "Replacement of the old system", "Renewal", "Trial",
    "Training for new staff", "Angebot für zwei Standorte", "Devis pour 12 postes", "Service contract",
)  # fmt: skip
MESSAGES = (
    "Please send us an offer.", "We saw you at the fair and would like a demo.", "Our contract ends in spring; what would a move cost?",
    "Could somebody call me back in the afternoon?", "Wir suchen eine Lösung für zwölf Standorte.", "",
)  # fmt: skip
FREE_MAIL = ("filler.example", "filler.example", "post.example")


@dataclass(frozen=True)
class Table:
    """Columns of texts by number, as the filler's statements read them."""

    name: str
    columns: dict[str, list]


def tables() -> list[Table]:
    """Return the first names, last names and companies, each with its folded form and what an address makes of it."""
    last = [*LAST_OTHER, *(f"{start}{end}" for end, start in product(LAST_ENDS, LAST_STARTS))]
    return [_people("bench_first", FIRST), _people("bench_last", last), _companies()]


def _people(name: str, said: list[str]) -> Table:
    return Table(name, {
        "said": said, "folded": [unaccented(one) for one in said], "key": [fold_name(one) for one in said],
        "slug": [_slug(one, "mail") for one in said],
    })  # fmt: skip


def _companies() -> Table:
    said = [
        f"{start} {middle} {kind} {FORMS[number % len(FORMS)]}"
        for number, (kind, middle, start) in enumerate(product(COMPANY_KINDS, COMPANY_MIDDLES, COMPANY_STARTS))
    ]
    return Table("bench_company", {
        "said": said, "folded": [unaccented(one) for one in said], "key": [fold_company(one) for one in said],
        "slug": [f"{_slug(one.rpartition(' ')[0].partition(' Sp.')[0], 'firma')}-{number}.example" for number, one in enumerate(said)],
    })  # fmt: skip


def _slug(text: str, otherwise: str) -> str:
    """Return what stands for it in an address: its plain letters, or a word when it is written in another script."""
    plain = "".join(letter for letter in unaccented(text).replace(" ", "-") if letter.isascii() and (letter.isalnum() or letter == "-"))
    return plain.strip("-") or otherwise
