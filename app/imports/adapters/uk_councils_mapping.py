"""What becomes of every file and column of the UK councils register: published in the documentation."""

from app.imports.adapter import Becomes, Column
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

_LATER = "goals and plans come with the next registers"

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
    NotTaken("climate_promises.csv", _LATER),
    NotTaken("climate_declarations.csv", _LATER),
    NotTaken("climate_plans.csv", _LATER),
    NotTaken("climate_plans_v0.3.3.csv", "an older edition of climate_plans.csv"),
    NotTaken("towns_fund_outcome_definitions.csv", _LATER),
    NotTaken("towns_fund_output_definitions.csv", _LATER),
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
    *(_left_out(each) for each in NOT_TAKEN),
)
