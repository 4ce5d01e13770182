"""Who wrote to Fjord & Finch, when, and what became of it: plain data, no database.

A story is a lead's raw entry and a list of steps. Times are minutes; `days_ago` counts back from the moment of loading.
Generated stories come from one seed, so that every installation shows the same demo.
"""

import random
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Step:
    """One thing somebody does `after` minutes after the capture."""

    verb: str
    after: float
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Story:
    channel: str
    days_ago: float
    raw: dict[str, str]
    source: str
    steps: tuple[Step, ...] = ()


def step(verb: str, after: float, **values: Any) -> Step:
    return Step(verb, after, values)


# Open ones, fresh on the day the demo is looked at
FRESH = (
    Story("chat", 0.003, {
        "name": "Tomás Ferreira", "company": "Costa Verde Hotels", "email": "tomas.ferreira@costaverde.example",
        "phone": "+351 21 555 0187", "country": "PT", "industry": "Hospitality", "employees": "420",
        "message": "Do your acoustic panels meet hotel fire class B-s1,d0? We open in Porto in May.",
        "job_title": "Project Lead", "expected_revenue": "128600"}, "Website"),
    Story("web_form", 0.0014, {
        "name": "Maya Lindqvist", "company": "Nordlys Interiors", "email": "maya@nordlys.example", "phone": "+46 40 555 01 42",
        "country": "SE", "city": "Malmö", "industry": "Interior design", "employees": "120", "job_title": "Head of Workplace",
        "message": "We are fitting out three showrooms in Malmö and need about 24 phone booths by March. "
        "Could you quote with installation?", "expected_revenue": "96000"}, "Website"),
    Story("email", 0.0132, {
        "name": "Aiko Tanaka", "company": "Hoshi Robotics Europe", "email": "a.tanaka@hoshi.example", "country": "NL",
        "industry": "Manufacturing", "employees": "310", "message": "Please send a catalogue and reseller terms."}, "Referral"),
    Story("social", 0.057, {
        "name": "Daniel Okafor", "company": "Lagos Freight Co", "email": "daniel@lagosfreight.example", "country": "NL",
        "industry": "Logistics", "employees": "85", "message": "Looking for 60 sit-stand desks, delivery to Rotterdam hub."},
        "Trade show"),
    Story("web_form", 0.0021, {
        "name": "Freja Nygaard", "company": "Nygaard Tegnestue", "email": "freja@nygaard.example", "phone": "+45 33 55 01 77",
        "country": "DK", "industry": "Architecture", "employees": "22", "job_title": "Partner",
        "message": "We draw a library in Aarhus and look for quiet booths for two.", "expected_revenue": "34000"}, "Referral"),
    Story("web_form", 0.0083, {
        "name": "Callum Reid", "company": "Clyde Biotech", "email": "callum.reid@clydebio.example", "country": "GB",
        "industry": "Health", "employees": "260", "message": "Lab benches for a second floor, about 40 places."}, "Website"),
    Story("event", 0.0174, {
        "name": "Signe Holmberg", "company": "Vinge & Co", "email": "signe@vinge.example", "phone": "+46 8 555 01 61",
        "country": "SE", "industry": "Coworking", "employees": "60", "message": "Met at the stand: lockers and hot desks."},
        "Trade show"),
    Story("web_form", 0.031, {
        "name": "Tuomas Laine", "company": "Laine Kalusteet", "email": "tuomas@laine.example", "country": "FI",
        "industry": "Retail", "employees": "35", "message": "Do you deliver to Tampere, and from how many chairs on?"}, "Newsletter"),
    Story("email", 0.0452, {
        "name": "Berit Aas", "company": "Nordfjord Hotell", "email": "berit.aas@nordfjord.example", "country": "NO",
        "industry": "Hospitality", "employees": "150", "message": "Reception and 30 rooms, opening in June."}, "Referral"),
)  # fmt: skip

# Open ones somebody works on
WORKING = (
    Story("event", 6, {
        "name": "Ingrid Solberg", "company": "Helio Energi", "email": "ingrid.solberg@helio.example", "phone": "+47 22 55 01 90",
        "country": "NO", "city": "Oslo", "industry": "Energy", "employees": "900", "job_title": "Facilities Director",
        "message": "Stopped at the stand: head office fit-out, about 300 desks.", "expected_revenue": "184000"}, "Trade show",
        (step("call", 42, outcome="reached", note="Wants a site visit before Christmas."),
         step("plan", 50, kind="meeting", summary="Site visit at Helio Energi HQ, Oslo", due=1.1))),
    Story("web_form", 3, {
        "name": "Pilar Romero", "company": "Clínica Levante", "email": "promero@clinicalevante.example", "country": "ES",
        "industry": "Health", "employees": "260", "message": "Waiting areas for two clinics."}, "Website",
        (step("call", 18, outcome="no_answer"), step("note", 20, text="Left a message at the reception."),
         step("plan", 22, kind="call", summary="Call again about the waiting areas", due=0.1))),
    Story("event", 9, {
        "name": "Jan de Vries", "company": "Polder Coworking", "email": "jan@poldercoworking.example", "phone": "+31 20 555 0123",
        "country": "NL", "industry": "Coworking", "employees": "45", "message": "Lockers and hot desks for a new floor."},
        "Trade show", (step("call", 55, outcome="reached"),
                       step("plan", 60, kind="meeting", summary="Demo with the facilities team", due=0.2))),
    Story("web_form", 12, {
        "name": "Henrik Nordahl", "company": "Skipet Logistikk", "email": "henrik.nordahl@skipet.example", "country": "NO",
        "industry": "Logistics", "employees": "140", "message": "Sit-stand desks, 40 places."}, "Webinar",
        (step("call", 200, outcome="reached"), step("plan", 210, kind="call", summary="Check budget approval", due=-1.5))),
    Story("email", 20, {
        "name": "Ruben Costa", "company": "Atelier Norte", "email": "ruben@ateliernorte.example", "country": "PT",
        "industry": "Architecture", "employees": "14", "message": "We specify furniture for clients. Do you have a partner programme?"},
        "Partner", (step("mail", 30),)),
)  # fmt: skip

# Deals on the board: the lead's story, then stage, amount, days in stage, next step
DEALS = (
    ("Phone booths, phase 2", "Baltic Timber", "Elena Petrova", "LV", "Needs agreed", 54000, 21, ("call", "Call about delivery window", -2), ["Booths", "Returning"]),
    ("40 booths, data hall offices", "Arctic Data Centre", "Lars Olsen", "NO", "Needs agreed", 142000, 4, ("meeting", "Demo with facilities team", 0.1), ["Tender"]),
    ("Hot-desk lockers", "Polder Coworking", "Anouk Smit", "NL", "Needs agreed", 31500, 6, ("meeting", "Meeting on site", 5), ["Storage"]),
    ("Library quiet zone", "Aalto Studio Nine", "Oskar Nyman", "FI", "Needs agreed", 27900, 9, ("email", "Send the drawings", 8), []),
    ("Meeting pods for new floor", "Skipet Logistikk", "Kari Moen", "NO", "Qualified", 22400, 3, ("call", "Call about pods", -2), ["Pods"]),
    ("Reception refit", "Abara Legal", "Grace Abara", "GB", "Qualified", 14200, 12, None, []),
    ("Lab desks and benches", "Hoshi Robotics Europe", "Kenji Mori", "NL", "Quote sent", 61700, 8, ("email", "Send revised quote Q-1042", -1), ["Desks"]),
    ("Acoustic panels, 86 rooms", "Costa Verde Hotels", "Inês Duarte", "PT", "Quote sent", 128600, 5, ("email", "Send fire certificates", 0.2), ["Acoustics", "Fire class"]),
    ("Clinic waiting areas", "Clínica Levante", "Marta Gil", "ES", "Quote sent", 44900, 3, ("call", "Call the procurement lead", 1), []),
    ("Headquarters fit-out, Oslo", "Helio Energi", "Sigrid Dahl", "NO", "Negotiation", 184000, 6, ("meeting", "Site visit", 0.3), ["Framework", "Tender"]),
    ("Sit-stand desks, Rotterdam hub", "Lagos Freight Co", "Amara Obi", "NL", "Negotiation", 38400, 34, None, ["Desks"]),
    ("Branch refresh, 6 sites", "Fjordbank", "Nils Berg", "NO", "Negotiation", 40000, 7, ("meeting", "Contract signing", 7), []),
)  # fmt: skip
# of the companies behind them: trade, people
BUYERS = {
    "Baltic Timber": ("Manufacturing", 180), "Arctic Data Centre": ("Energy", 140), "Polder Coworking": ("Coworking", 45),
    "Aalto Studio Nine": ("Architecture", 28), "Skipet Logistikk": ("Logistics", 90), "Abara Legal": ("Legal", 35),
    "Hoshi Robotics Europe": ("Manufacturing", 310), "Costa Verde Hotels": ("Hospitality", 420), "Clínica Levante": ("Health", 260),
    "Helio Energi": ("Energy", 900), "Lagos Freight Co": ("Logistics", 85), "Fjordbank": ("Retail", 1400),
}  # fmt: skip

FIRST = "Anna Ben Clara David Emma Felix Greta Hugo Ida Jonas Klara Leo Mia Noah Olga Paul Rosa Sven Tara Urs Vera Wim Yara Zoe".split()
LAST = "Berg Costa Dahl Eriksen Fischer Garcia Hansen Ivanova Jansen Keller Larsen Moreau Novak Olsson Petit Rossi Silva Weber".split()
# how gladly a trade buys, and what a source adds to it
TRADES = (("Interior design", 1.0), ("Hospitality", 0.9), ("Energy", 0.8), ("Architecture", 0.74), ("Health", 0.58),
          ("Coworking", 0.5), ("Manufacturing", 0.39), ("Logistics", 0.1), ("Retail", -0.14), ("Education", -0.22))  # fmt: skip
SOURCES = (("Referral", 0.5), ("Website", 0.2), ("Trade show", 0.0), ("Webinar", -0.28), ("Newsletter", -0.5))
COUNTRIES = ("NO", "SE", "DK", "NL", "DE", "ES", "PT", "GB", "FR")
CHANNEL_OF = {
    "Website": "web_form",
    "Trade show": "event",
    "Webinar": "event",
    "Newsletter": "web_form",
    "Referral": "email",
}


LEARNT = 55  # days ago: what had ended by then taught the first model, which scored all that came after
LONGEST = 9  # days a past story takes


def past(count: int = 220, seed: int = 46) -> list[Story]:
    """Closed leads of the last months: enough won and not won for a score that has learnt something.

    None is under way on the day the first model is learnt, so that no score comes from an outcome that was not known yet.
    """
    rng = random.Random(seed)
    stories = []
    for number in range(count):
        trade, fit = rng.choice(TRADES)
        source, pull = rng.choice(SOURCES)
        size = int(rng.lognormvariate(4.2, 1.1)) + 1
        chance = min(max(fit + pull + (0.12 if size > 80 else -0.08), 0.03), 0.95)
        first, last = rng.choice(FIRST), rng.choice(LAST)
        raw = {
            "name": f"{first} {last}", "company": f"{last} {rng.choice(['Group', 'Studio', 'AB', 'BV', 'GmbH', 'Lda'])} {number + 1}",
            "email": f"{first}.{last}@{last}{number + 1}.example".lower(), "country": rng.choice(COUNTRIES), "industry": trade,
            "employees": str(size), "message": rng.choice(
                ["Please send prices for desks.", "We move in spring and need booths.", "Can you quote 20 chairs?",
                 "Interested in acoustic panels.", "Two meeting rooms need screens.", "Please call about a new office.",
                 "Looking for lockers and benches.", "Do you rent furniture for events?"]),
        }  # fmt: skip
        first_try = rng.lognormvariate(2.2, 1.2)
        end = first_try + 60 * 24 * rng.uniform(1, LONGEST)
        outcome = rng.choice(["reached", "reached", "no_answer"])
        won = rng.random() < chance
        amount, then = round(rng.lognormvariate(9.6, 0.8), -2), rng.choice(["won", "won", "lost", "won"])
        reason = rng.choice(["No budget", "No need", "Not a fit", "No answer"])
        ago, end = _not_under_way(rng.uniform(14, 110), end)
        last_step = step("convert", end, amount=amount, then=then) if won else step("disqualify", end, reason=reason)
        stories.append(Story(CHANNEL_OF[source], ago, raw, source, (step("call", min(first_try, end / 2), outcome=outcome), last_step)))
    return sorted(stories, key=lambda story: -story.days_ago)


def _not_under_way(ago: float, end: float) -> tuple[float, float]:
    """Let a story of the days before the first model end before it was learnt; those of its last days come later."""
    left = ago - LEARNT
    if -3 < left <= 1:  # a week-end later is early enough, as captures are moved to working days
        return ago - 4, end
    return (ago, min(end, 60 * 24 * (left - 0.5))) if 1 < left < LONGEST + 5 else (ago, end)


def waiting_pool(count: int = 40, seed: int = 7) -> list[Story]:
    """Open leads of the last weeks, most of them contacted, so that lists and filters have something to show."""
    rng = random.Random(seed)
    stories = []
    for number, story in enumerate(past(count, seed)):
        tried = [step("call", rng.lognormvariate(1.8, 1.1), outcome=rng.choice(["reached", "no_answer"]))]
        if number % 2:
            what = rng.choice(
                [("call", "Ask how the plans stand"), ("email", "Send prices"), ("meeting", "Show the samples")]
            )
            tried.append(
                step("plan", 90, kind=what[0], summary=what[1], due=rng.choice([-2, -0.15, 0.06, 0.1, 1, 2, 4]))
            )
        raw = {**story.raw, "email": story.raw["email"].replace("@", f"@open{number}.")}
        stories.append(Story(story.channel, rng.uniform(0.3, 13), raw, story.source, tuple(tried)))
    return sorted(stories, key=lambda story: -story.days_ago)
