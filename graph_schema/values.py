"""The values facts are made of: text, days, money, codes and the closed lists of the domain."""

import re
import unicodedata
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    StringConstraints,
)
from pydantic_core import CoreSchema, PydanticCustomError, PydanticKnownError, core_schema

UNSEEN = re.compile("[\u00ad\u180e\u200b\u200e\u200f\u061c\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]")
"""Characters that draw text in another order than it is stored, or not at all."""
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
UNSAFE = re.compile(f"{UNSEEN.pattern}|{_CONTROL.pattern}")
"""Characters no fact may hold; in text that is only shown, they are replaced."""
_BREAK = re.compile("[\n\r\t\u2028\u2029]")
_SURROGATE = re.compile("[\ud800-\udfff]")


def clean(text: str) -> str:
    """Text as it is kept: NFC, without spaces at its ends. Refuses what cannot be shown as it is stored."""
    if text.isascii() and text.isprintable():
        return text.strip()
    if _SURROGATE.search(text):
        raise PydanticCustomError(
            "text_not_unicode", "The text holds half of a surrogate pair; send whole characters."
        )
    if _CONTROL.search(text):
        raise PydanticCustomError("text_control_character", "The text holds a control character; remove it.")
    if UNSEEN.search(text):
        raise PydanticCustomError(
            "text_deceptive_character",
            "The text holds an invisible or direction-changing character; remove it.",
        )
    return unicodedata.normalize("NFC", text).strip()


def _one_line(text: str) -> str:
    if _BREAK.search(text):
        raise PydanticCustomError("text_one_line", "The text must be on one line.")
    if not text:
        raise PydanticCustomError("text_empty", "The text must not be empty.")
    return text


def _at_most(length: int) -> AfterValidator:
    """The text as it is kept must fit too: a few characters become two or three when they are composed."""

    def fits(text: str) -> str:
        if len(text) > length:
            raise PydanticKnownError("string_too_long", {"max_length": length})
        return text

    return AfterValidator(fits)


Line = Annotated[
    str, Field(max_length=1_000), AfterValidator(clean), _at_most(1_000), AfterValidator(_one_line)
]
"""One line of text, 1 to 1,000 characters."""

Prose = Annotated[str, Field(max_length=8_000), AfterValidator(clean), _at_most(8_000)]
"""Text of several lines, at most 8,000 characters."""

Code = Annotated[str, Field(max_length=200), AfterValidator(clean), _at_most(200), AfterValidator(_one_line)]
"""A short code or name out of somebody's list, 1 to 200 characters."""

URL_FORM = r"^https?://[^\s/?#]+[^\s]*$"
Url = Annotated[str, Field(max_length=2_000, pattern=URL_FORM), AfterValidator(clean)]
"""An http or https address."""

TAG_FORM = r"^[a-z0-9][a-z0-9_.-]*:\S(.*\S)?$"

Tag = Annotated[
    str,
    StringConstraints(max_length=200, pattern=TAG_FORM),
    AfterValidator(clean),
    AfterValidator(_one_line),
]
"""A tag, `scheme:code`."""

KEY_FORM = r"^[a-z0-9][a-z0-9_.-]{0,59}\|.{1,400}$"
"""A key by which a record is looked up, `scheme|value`."""

ID_FORM = r"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"
RecordId = Annotated[str, StringConstraints(pattern=ID_FORM)]
"""The service's own opaque id of a record or link (UUID version 7)."""


def _day(value: Any) -> Any:
    if isinstance(value, date) or (isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value)):
        return value
    raise PydanticCustomError("day_format", "A day is written YYYY-MM-DD.")


Day = Annotated[date, BeforeValidator(_day), Field(ge=date(1000, 1, 1), le=date(9999, 12, 30))]
"""A calendar day, `YYYY-MM-DD`, from 1000-01-01 to 9999-12-30."""

FinancialYear = Annotated[int, Field(strict=True, ge=1900, le=2200)]
"""A financial year by its first calendar year: 2026 is 1 April 2026 to 31 March 2027."""

Share = Annotated[Decimal, Field(ge=0, le=1, max_digits=7, decimal_places=6)]
"""A part of a whole, 0 to 1, to the millionth."""

Count = Annotated[int, Field(strict=True, ge=0, le=10**15)]
"""How many, a whole number from 0."""


def _exact(number: Decimal) -> Decimal:
    if len(number.normalize().as_tuple().digits) > 15:
        raise PydanticCustomError("too_many_digits", "A number has at most 15 digits.")
    return number


Measure = Annotated[
    Decimal, Field(allow_inf_nan=False, max_digits=18, decimal_places=6), AfterValidator(_exact)
]
"""A measured number: 12 digits before the point, 6 after it, 15 in all, so that none is lost in the store."""


class Money(int):
    """An amount in whole minor units (pence).

    In JSON it is a decimal string ("1234.50"); a JSON number is refused, since it loses pennies.
    In the store and in Python it is the integer number of pence.
    """

    _written = re.compile(r"-?[0-9]{1,15}(\.[0-9]{2})?")

    @classmethod
    def of(cls, written: str) -> Self:
        """The amount a decimal string states, for example "1234.50" or "1234"."""
        if not cls._written.fullmatch(written):
            raise PydanticCustomError(
                "money_format", 'An amount is a string of pounds and pence such as "1234.50".'
            )
        return cls(int(Decimal(written).scaleb(2)))

    @classmethod
    def _read(cls, value: Any) -> Self:
        if isinstance(value, cls):
            return value
        if isinstance(value, str):
            return cls.of(value)
        raise PydanticCustomError("money_number", 'An amount is a string such as "1234.50", not a number.')

    def __str__(self) -> str:
        pounds, pence = divmod(abs(int(self)), 100)
        return f"{'-' if self < 0 else ''}{pounds}.{pence:02d}"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls._read, serialization=core_schema.plain_serializer_function_ser_schema(str, when_used="json")
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"type": "string", "pattern": r"^-?\d{1,15}(\.\d{2})?$", "examples": ["1234.50"]}


class Currency(StrEnum):
    """Currencies an amount can be in: those with two decimal places that registers here have used or may."""

    GBP, EUR, USD, CAD, AUD, NZD, CHF, DKK, NOK, SEK = (
        "GBP", "EUR", "USD", "CAD", "AUD", "NZD", "CHF", "DKK", "NOK", "SEK",
    )  # fmt: skip


class Status(StrEnum):
    """Whether a record is in use."""

    LIVE, RETIRED = "live", "retired"


class Sensitivity(StrEnum):
    """Who may see a record: everybody; everybody its outline only; its own organisation alone."""

    OPEN, DISCOVERABLE, RESTRICTED = "open", "discoverable", "restricted"


class Standing(StrEnum):
    """How far a link has got between the two sides."""

    PROPOSED, ACCEPTED, DISPUTED, WITHDRAWN = "proposed", "accepted", "disputed", "withdrawn"


class Strength(StrEnum):
    """How much the lower end does for the upper, in rising order."""

    WEAK, MODERATE, STRONG, DIRECT = "weak", "moderate", "strong", "direct"


class Nation(StrEnum):
    """England, Wales, Scotland, Northern Ireland: parts of the United Kingdom law can extend to."""

    E, W, S, NI = "E", "W", "S", "NI"


class Force(StrEnum):
    """What a provision does."""

    DUTY, POWER, PROHIBITION, CONDITION = "duty", "power", "prohibition", "condition"


class DutyKind(StrEnum):
    """How binding a duty is: a specific act, a target, or a matter to have regard to."""

    SPECIFIC, TARGET, HAVE_REGARD = "specific", "target", "have_regard"


class EndedBy(StrEnum):
    """What ended an interval of force."""

    REPEAL, SUNSET, QUASHED = "repeal", "sunset", "quashed"


class ChangeKind(StrEnum):
    """What kind of instrument changes the law."""

    ACT, BILL, DRAFT_SI, MADE_SI = "act", "bill", "draft_si", "made_si"
    COMMENCEMENT_ORDER, BYELAW, CONSTITUTION_CHANGE = "commencement_order", "byelaw", "constitution_change"
    GUIDANCE, CONSULTATION = "guidance", "consultation"


class Legislature(StrEnum):
    """Who makes the change."""

    UK, SENEDD, HOLYROOD, NI_ASSEMBLY = "uk", "senedd", "holyrood", "ni_assembly"
    MINISTER, COUNCIL, CONFIRMING_AUTHORITY = "minister", "council", "confirming_authority"


class ChangeStage(StrEnum):
    """How far a change in the law has got on its way to being made."""

    PROPOSED, CONSULTATION, DRAFT, INTRODUCED = "proposed", "consultation", "draft", "introduced"
    FIRST_HOUSE, SECOND_HOUSE, FINAL_STAGES, ASSENT = "first_house", "second_house", "final_stages", "assent"


class ChangeOutcome(StrEnum):
    """What became of a change in the law."""

    PENDING, MADE, IN_FORCE, WITHDRAWN = "pending", "made", "in_force", "withdrawn"
    DEFEATED, FELL, QUASHED, SUPERSEDED = "defeated", "fell", "quashed", "superseded"


class Effect(StrEnum):
    """What a change does to a provision."""

    INSERT, AMEND, REPEAL, COMMENCE = "insert", "amend", "repeal", "commence"
    DISAPPLY, APPLY, MODIFY, REVIVE, OTHER = "disapply", "apply", "modify", "revive", "other"


class GoalLevel(StrEnum):
    """Whose aim it is, in rising order."""

    SERVICE, CORPORATE, PLACE, REGIONAL, NATIONAL = "service", "corporate", "place", "regional", "national"


class Direction(StrEnum):
    """Which way a measure should move."""

    RISE, FALL, HOLD = "rise", "fall", "hold"


class InstrumentFamily(StrEnum):
    """Hood's four families: knowing, commanding, paying, doing."""

    NODALITY, AUTHORITY, TREASURE, ORGANISATION = "nodality", "authority", "treasure", "organisation"


class InstrumentState(StrEnum):
    """Where an instrument stands in its life."""

    EXISTING, PROPOSED, RETIRING = "existing", "proposed", "retiring"


class ProjectState(StrEnum):
    """How far the work has got."""

    IDEA, PROPOSED, APPROVED = "idea", "proposed", "approved"
    DELIVERING, CLOSED, STOPPED = "delivering", "closed", "stopped"


class CaseStage(StrEnum):
    """Strategic outline, outline or full business case."""

    SOC, OBC, FBC = "SOC", "OBC", "FBC"


class ProjectLabel(StrEnum):
    """What the project calls itself."""

    ENABLER, IMPROVEMENT, TRANSFORMATION = "enabler", "improvement", "transformation"
    STATUTORY, KEEP_RUNNING = "statutory", "keep_running"


class Depth(StrEnum):
    """How deep a change goes, in rising order."""

    INTERFACE, PROCESS, RULES, INSTRUMENT = "interface", "process", "rules", "instrument"


class ChangeMode(StrEnum):
    """What the project does to the process or instrument."""

    INTRODUCES, ALTERS, MERGES, RETIRES = "introduces", "alters", "merges", "retires"


class Polarity(StrEnum):
    """Whether an instrument helps or harms a goal."""

    HELPS, HARMS = "helps", "harms"


class Basis(StrEnum):
    """Whether the law requires it or allows it."""

    DUTY, POWER = "duty", "power"


class Need(StrEnum):
    """How much depends on a change in the law."""

    BLOCKING, PARTIAL, HELPFUL = "blocking", "partial", "helpful"


class Confidence(StrEnum):
    """Delivery confidence, in the five ratings of the Government Major Projects Portfolio."""

    GREEN, AMBER_GREEN, AMBER, AMBER_RED, RED = "green", "amber_green", "amber", "amber_red", "red"


class CostCategory(StrEnum):
    """What the money is spent on."""

    BUILD, RUN, MAINTAIN, REDESIGN, EXIT = "build", "run", "maintain", "redesign", "exit"


class BenefitCategory(StrEnum):
    """The Green Book's kinds of benefit."""

    CASH_RELEASING, NON_CASH_RELEASING = "cash_releasing", "non_cash_releasing"
    QUANTIFIABLE, QUALITATIVE = "quantifiable", "qualitative"


class PriceBasis(StrEnum):
    """Whether inflation is in the figure."""

    NOMINAL, REAL = "nominal", "real"


class CaseVersion(StrEnum):
    """Which version of the case states the figure."""

    BASELINE, FORECAST, ACTUAL = "baseline", "forecast", "actual"


class FundingType(StrEnum):
    """Capital or revenue."""

    CAPITAL, REVENUE = "capital", "revenue"


class Certainty(StrEnum):
    """How sure a benefit is."""

    LOW, MEDIUM, HIGH = "low", "medium", "high"


class Discipline(StrEnum):
    """The profession a post brings to the table."""

    DIGITAL, POLICY, FINANCE, LEGAL, SERVICE = "digital", "policy", "finance", "legal", "service"


class EvidenceGrade(StrEnum):
    """How good the evidence is, A the best."""

    A, B, C, D, E = "A", "B", "C", "D", "E"


class Maturity(StrEnum):
    """How far an asset is proven."""

    EXPERIMENTAL, PILOT, LIVE, RETIRING = "experimental", "pilot", "live", "retiring"
