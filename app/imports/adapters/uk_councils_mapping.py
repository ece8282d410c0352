"""What becomes of every file and column of the UK councils register: published in the documentation."""

from app.imports.adapter import Becomes, Column
from app.imports.adapters.uk_climate import DECLARATION_TEXTS, DECLARATIONS, PLAN_TAGS, PLANS, PROMISES
from app.imports.rows import NotTaken

TAGS = {
    "nice-name": "nice-name",
    "region": "region",
    "local-authority-type-name": "authority-type",
    "former-gss-codes": "former-gss",
    "powers": "powers",
    "lower-or-unitary": "lower-or-unitary",
    "BS-6879": "bs-6879",
    "ecode": "ecode",
    "even-older-register-and-code": "even-older-register",
    "mapit-area-code": "mapit-area",
    "ofcom": "ofcom",
    "old-ons-la-code": "old-ons",
    "old-register-and-code": "old-register",
    "open-council-data-id": "open-council-data",
    "os-file": "os-file",
    "os": "os",
    "snac": "snac",
    "wdtk-id": "wdtk",
}
"""Column of local_authorities.csv -> scheme of the tag that keeps it."""

_OF_AUTHORITY = "said of the authority in local_authorities.csv"
_GUIDANCE = "how to fill in a return, not a fact about the indicator"
NOT_TAKEN = (
    NotTaken(
        "local_authorities.csv: area, pop-2020, x, y, lat, long", "no kind holds statistics or positions"
    ),
    NotTaken(
        "local_authorities.csv: alt-names", "names hold commas and cannot be parted; the lookup has each"
    ),
    NotTaken("local_authorities.csv: current-authority", "says what end-date says"),
    NotTaken("lookup_name_to_registry.csv", "used to match lead councils, not kept"),
    NotTaken(
        "towns_fund_grant_awarded.csv: RDEL, CDEL", "parts of Total; taking them too would count pounds twice"
    ),
    NotTaken(
        "council_services_lgsl.csv: council_links", "a count of web links, not a fact about the service"
    ),
    NotTaken(f"{PROMISES}: data_checked, notes", "the compilers' remarks about their own work"),
    NotTaken(
        f"{PROMISES}: gss_code, region, local-authority-type-name, county-la, combined-authority",
        _OF_AUTHORITY,
    ),
    NotTaken(
        f"{DECLARATIONS}: gss_code, region, local-authority-type-name, county-la, combined-authority",
        _OF_AUTHORITY,
    ),
    NotTaken(
        f"{PLANS}: search_link, homepage_mention, dedicated_page, well_presented, baseline_analysis, notes, "
        "plan_due, title_checked, twitter_url, twitter_name",
        "empty in every row of this edition",
    ),
    NotTaken(
        f"{PLANS}: council, country, gss_code, county, population, start-date, end-date, replaced-by, "
        "website_url, region, local-authority-type-name, county-la, combined-authority",
        _OF_AUTHORITY,
    ),
    NotTaken("climate_plans_v0.3.3.csv", "an older edition of climate_plans.csv"),
    NotTaken(
        "towns_fund_outcome_definitions.csv: Evidence, Baseline Evidence, Additional information required",
        _GUIDANCE,
    ),
    NotTaken(
        "towns_fund_output_definitions.csv: Evidence, Baseline Evidence, Additional information required",
        _GUIDANCE,
    ),
    NotTaken("towns_fund_picklists.csv", "lists of words for returns, not records"),
)


def _columns(file: str, *rows: tuple[str, Becomes, str]) -> tuple[Column, ...]:
    return tuple(Column(file, *row) for row in rows)


def _left_out(each: NotTaken) -> Column:
    file, _, columns = each.what.partition(": ")
    return Column(file, columns or "all", "not taken", each.why)


MAPPING: tuple[Column, ...] = (
    *_columns(
        "local_authorities.csv",
        ("local-authority-code", "key", "Organisation, scheme local-authority-code"),
        ("official-name", "fact", "Organisation.title"),
        ("gss-code", "identifier", "Organisation, scheme gss; also gss_code"),
        ("gov-uk-slug", "identifier", "Organisation, scheme gov-uk-slug"),
        ("start-date", "fact", "Organisation.valid_from"),
        ("end-date", "fact", "Organisation.valid_to: 1 April as it stands, a last day plus one"),
        ("nation", "fact", "Organisation.nation, as E, W, S, NI"),
        ("local-authority-type", "fact", "Organisation.type"),
        ("notes", "fact", "Organisation.summary"),
        ("replaced-by", "link", "SUCCEEDED_BY to each authority named, on the end date"),
        ("county-la", "link", "RELATES, lies in county"),
        ("combined-authority", "link", "RELATES, is member of"),
        *((column, "tag", scheme) for column, scheme in TAGS.items()),
    ),
    *_columns(
        "lookup_name_to_registry.csv",
        ("la-name", "matching", "lead_council of places, without regard to case and outer spaces"),
        ("local-authority-code", "matching", "the authority of that name; of two, the current one"),
    ),
    *_columns(
        "towns_fund_projects.csv",
        ("project_id", "key", "Project, scheme towns-fund; also ref; a Town Deal's grant has the same code"),
        ("fund", "tag", "fund: town-deals or fhsf; each fund is one PolicyInstrument, family treasure"),
        ("place_name", "tag", "place; matched to towns_fund_places.csv for the organisation"),
        ("project_name", "fact", "Project.title"),
        ("status", "fact", "Project.state: Active is delivering; blank too, with the warning status_assumed"),
    ),
    *_columns(
        "towns_fund_places.csv",
        ("fund", "matching", "fund of the project"),
        ("place_name", "matching", "place_name of the project, without regard to case and outer spaces"),
        ("place_code", "matching", "code of the place's grant, for the Future High Streets Fund"),
        ("lead_council", "matching", "Project.organisation, through the lookup"),
    ),
    *_columns(
        "towns_fund_grant_awarded.csv",
        (
            "Index Code",
            "key",
            "Funding, scheme towns-fund-grant; FUNDED_BY from its projects and to its fund",
        ),
        ("Total", "fact", "Funding.amount, in pounds; a row without it makes none and is reported"),
    ),
    *_columns(
        "council_services_lgsl.csv",
        ("lgsl_code", "key", "ServiceType, scheme lgsl; also lgsl"),
        ("service_slug", "fact", "ServiceType.title; as it stands in the tag lgsl-slug"),
    ),
    *_columns(
        "towns_fund_outcome_definitions.csv",
        (
            "Indicator",
            "key",
            "Outcome, scheme towns-fund-indicator; also title; RELATES, reports on, from both funds",
        ),
        ("Unit of measurement", "fact", "Outcome.unit; also the tag unit"),
        ("Definition", "fact", "Outcome.summary"),
        ("Frequency of reporting", "tag", "reported"),
        ("ToC Results Level", "tag", "results-level"),
    ),
    *_columns(
        "towns_fund_output_definitions.csv",
        (
            "Indicator",
            "key",
            "Element, scheme towns-fund-indicator; also title; RELATES, reports on, from both funds",
        ),
        ("Unit of measurement", "tag", "unit"),
        ("Definition", "fact", "Element.summary"),
        ("Frequency of reporting", "tag", "reported"),
    ),
    *_columns(
        PROMISES,
        ("local-authority-code", "key", "PolicyGoal, scheme climate-promise, with the scope; organisation"),
        (
            "scope",
            "fact",
            "PolicyGoal.level: Council operations is corporate, else place; as it stands in the tag "
            "scope; No promise makes no goal",
        ),
        ("council", "fact", "PolicyGoal.adopted_by"),
        ("wording", "fact", "PolicyGoal.title"),
        ("target", "tag", "target-year"),
        ("source_name", "fact", "PolicyGoal.source_document; title of the Evidence"),
        ("source_url", "link", "RELATES, is stated in, to Evidence at that address"),
    ),
    *_columns(
        DECLARATIONS,
        ("local-authority-code", "key", "Evidence, scheme climate-declaration; organisation"),
        ("council", "fact", "Evidence.title; the key of a row without code"),
        (
            "date_made",
            "fact",
            "Evidence.dated; PolicyGoal.adopted_on of the authority's promises, joined by RELATES, "
            "is taken to be adopted with (derived: nothing in the files says when a promise was adopted)",
        ),
        ("made_declaration", "tag", "declared"),
        ("motion_url", "fact", "Evidence.url, where it is an address"),
        *((column, "fact", "Evidence.summary, a line each") for column in DECLARATION_TEXTS),
    ),
    *_columns(
        PLANS,
        (
            "local-authority-code",
            "key",
            "Evidence, scheme climate-document, with a print of the address; organisation",
        ),
        ("url", "key", "the same; also Evidence.url"),
        ("title", "fact", "Evidence.title; the key of a row without address"),
        ("type", "fact", "Evidence.kind"),
        *((column, "tag", scheme) for column, scheme in PLAN_TAGS.items()),
    ),
    *(_left_out(each) for each in NOT_TAKEN),
)
