"""What of each kind the portfolio keeps as columns. A kind or a fact more is one line here.

Every record has an organisation, a sensitivity, a status, dates and a print; every link its two ends, dates
and a standing.
"""

from collections.abc import Mapping

import numpy as np

from app.portfolio.columns import (
    ALWAYS,
    Column,
    amount,
    code,
    day,
    fingerprint,
    flag,
    number,
    several,
    share,
    stated,
    text,
    upkeep,
    whole,
    word,
)
from graph_schema import values
from graph_schema.law import LegalChange, Provision
from graph_schema.links import Affects

_DATES = (day("valid_from", ALWAYS), day("valid_to"))
_RECORD = (
    *_DATES,
    word("organisation"),
    code("sensitivity", values.Sensitivity),
    code("status", values.Status),
    fingerprint("print"),
)
_NAMED = (text("title"), text("ref"), several("tags"))
_MONEY = (amount("amount"), word("currency"), number("year"), several("tags"))
_CASE = (
    *_MONEY, word("line"), word("price_basis"), number("price_year"),
    code("case_version", values.CaseVersion),
)  # fmt: skip

RECORDS: Mapping[str, tuple[Column, ...]] = {
    kind: (*_RECORD, *own)
    for kind, own in {
        "PolicyGoal": (
            *_NAMED, code("level", values.GoalLevel), number("priority"), stated("adopted", "adopted_by"),
            day("adopted_on"), flag("statutory"),
        ),
        "PolicyInstrument": (
            *_NAMED, code("state", values.InstrumentState), code("family", values.InstrumentFamily),
            day("legal_review_on"),
        ),
        "Process": (
            *_NAMED, number("volume"), number("unit_cost"), word("unit_cost_currency"),
            stated("standardised", "standard_ref"),
        ),
        "Project": (
            *_NAMED, code("state", values.ProjectState), code("label", values.ProjectLabel),
            code("stated_depth", values.Depth), day("start"), day("go_live"), day("end"),
            word("declared_by", "not_applicable_declared_by"),
            word("declaration_accepted_by", "not_applicable_accepted_by"),
            day("declaration_accepted_on", of="not_applicable_accepted_on"),
            day("declaration_expires", ALWAYS, of="not_applicable_expires"),
        ),
        "Organisation": (*_NAMED, code("nation", values.Nation), word("type")),
        "Portfolio": _NAMED,
        "ServiceType": _NAMED,
        "Asset": (*_NAMED, code("maturity", values.Maturity), flag("open_standard")),
        "Post": (*_NAMED, code("discipline", values.Discipline), word("holder")),
        "Legislation": (*_NAMED, word("type"), text("uri")),
        "Provision": (whole(Provision),),
        "LegalChange": (whole(LegalChange), word("source_system")),
        "Cost": (
            *_CASE, code("category", values.CostCategory), code("funding", values.FundingType),
            word("fund"), flag("committed"),
        ),
        "Benefit": (*_CASE, code("category", values.BenefitCategory), day("realised_on"), day("due")),
        "Funding": (*_MONEY, code("funding", values.FundingType)),
        "Outcome": _NAMED,
        "Evidence": (*_NAMED, code("grade", values.EvidenceGrade), day("dated"), day("expires")),
        "Decision": _NAMED,
        "Element": _NAMED,
        "Person": (),
    }.items()
}  # fmt: skip
"""Kind -> its columns, for every kind. Those of routes come first, from goal to project; of a person nothing
is kept that says who it is."""

LADDER = ("PolicyGoal", "PolicyInstrument", "Process", "Project")
"""The kinds a route is made of, from its end to its beginning."""

_LINK = (
    number("source", np.int32), number("target", np.int32), *_DATES, code("standing", values.Standing),
)  # fmt: skip
_PRINTS = (fingerprint("source_print"), fingerprint("target_print"))
_TRACES = (*_LINK, *_PRINTS, upkeep(), code("strength", values.Strength), share("share"))

LINKS: Mapping[str, tuple[Column, ...]] = {
    "ADVANCES": (*_TRACES, code("polarity", values.Polarity)),
    "OPERATES": _TRACES,
    "CHANGES": (*_TRACES, code("mode", values.ChangeMode), code("depth", values.Depth)),
    "ENABLES": _TRACES,
    "PART_OF": (*_LINK, *_PRINTS, upkeep()),
    "CLAIMS": _LINK,
    "GROUNDED_IN": (
        *_LINK, *_PRINTS, upkeep(), code("basis", values.Basis), day("reviewed_on"),
        day("accepted_on"), stated("confirmed_by", "purpose_confirmed_by"),
        stated("confirmed_on", "purpose_confirmed_on"),
    ),
    "NEEDS_CHANGE": (*_LINK, code("need", values.Need), day("needed_by")),
    "AFFECTS": (*_LINK, whole(Affects)),
    "SUCCEEDED_BY": (*_LINK, share("share"), day("on")),
    "INCURS": _LINK,
    "EXPECTS": (*_LINK, share("attribution")),
    "FUNDED_BY": _LINK,
    "FALLS_TO": (*_LINK, share("share"), flag("agreed_by_bearer"), day("agreed_on")),
    "CONTRIBUTES_TO": _LINK,
    "INSTANCE_OF": _LINK,
    "REUSES": _LINK,
    "PRODUCES": _LINK,
    "DEPENDS_ON": (*_LINK, day("needed_by")),
    "OWNS": (*_LINK, flag("accountable")),
    "MEASURED_BY": _LINK,
    "ESTABLISHED_BY": _LINK,
    "RELATES": _LINK,
}  # fmt: skip
"""Label -> its columns, for every kind of link."""

TRACES = ("ADVANCES", "OPERATES", "CHANGES", "ENABLES")
"""The links a route is made of, in the order in which a value is lifted over them."""
