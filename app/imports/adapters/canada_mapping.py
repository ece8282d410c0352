"""What becomes of every file and column of the GC InfoBase register: published in the documentation."""

from app.imports.adapter import Becomes, Column
from app.imports.rows import NotTaken

ORGANISATION, LAW = "canada-org", "canada-enabling-instrument"
GOAL, PROGRAM, RESULT = "canada-core-responsibility", "canada-program", "canada-result"
COST, PROJECT = "canada-spending", "canada-it-project"

FILES = (
    "igoc.csv",
    "crso.csv",
    "program.csv",
    "results.csv",
    "pi_dr_links.csv",
    "program_spending.csv",
    "program_tags.csv",
    "tags_to_programs.csv",
    "ministries.csv",
    "ministers.csv",
    "org_to_minister.csv",
    "goc-org-variants.csv",
    "gc-it-projects-2022.csv",
)

_FRENCH = "the records are kept in one language; the key finds the French text"

NOT_TAKEN = (
    NotTaken("igoc.csv: legal_title_fr, applied_title_fr, abbr_fr, description_fr", _FRENCH),
    NotTaken("igoc.csv: enabling_instrument_fr, federal_ownership_fr, auditor_fr, notes_fr", _FRENCH),
    NotTaken("igoc.csv: auditor_en, federal_ownership_en, notes_en", "no kind holds them"),
    NotTaken("igoc.csv: dept_website_en, eval_url_en, article1_fr, article2_fr", "web pages and grammar"),
    NotTaken("igoc.csv: old_applied_title_fr, dept_website_fr, eval_url_fr", _FRENCH),
    NotTaken("crso.csv: name_fr, desc_fr", _FRENCH),
    NotTaken("crso.csv: is_drf", "the same in every row"),
    NotTaken("program.csv: name_fr, old_name_fr, desc_fr", _FRENCH),
    NotTaken("results.csv: name_fr", _FRENCH),
    NotTaken("ministries.csv: name_fr", _FRENCH),
    NotTaken("ministers.csv: name_fr", _FRENCH),
    NotTaken("program_tags.csv: name_en, desc_en, name_fr, desc_fr", "a tag is kept by its code", 127),
    NotTaken("program_tag_types.csv", "words for the roots of the tag tree", 3),
    NotTaken("inst_forms.csv", "words for institutional_form, which is kept by its code", 21),
    NotTaken("goc-org-variants.csv", "used to match departments, not kept", 1_275),
    NotTaken("gc-it-projects-2022.csv: yearsRemaining, isOver10M, isOver100M", "worked out of other columns"),
    NotTaken(
        "gc-it-projects-2022.csv: shortcode, originalDocumentOrder", "parts of uniqueId and the paper's order"
    ),
)


def _columns(file: str, *rows: tuple[str, Becomes, str]) -> tuple[Column, ...]:
    return tuple(Column(file, *row) for row in rows)


def _left_out(each: NotTaken) -> Column:
    file, _, columns = each.what.partition(": ")
    return Column(file, columns or "all", "not taken", each.why)


_YEARS = "drrNN and dpNN are the financial year that begins in 20NN (inferred: nothing in the folder says it)"

MAPPING: tuple[Column, ...] = (
    *_columns(
        "igoc.csv",
        ("org_id", "key", f"Organisation, scheme {ORGANISATION}"),
        ("dept_code", "identifier", "Organisation, scheme canada-dept; also ref"),
        ("applied_title_en", "fact", "Organisation.title; where empty, legal_title_en"),
        ("legal_title_en", "tag", "legal-title"),
        ("old_applied_title_en", "tag", "former-title"),
        ("abbr_en, PAS", "tag", "abbreviation, public-accounts"),
        ("description_en", "fact", "Organisation.summary"),
        ("ministry", "tag", "ministry, by its name in ministries.csv"),
        ("institutional_form", "fact", "Organisation.type"),
        ("incorp_yr", "fact", "Organisation.valid_from, 1 January: the register has years alone; also a tag"),
        (
            "end_yr",
            "fact",
            "Organisation.valid_to, 1 January after: the register has years alone; also a tag",
        ),
        ("status, dp_status", "tag", "status, dp-status"),
        ("FAA_schedule_institutional, FAA_schedule_HR_status", "tag", "faa-schedule, faa-hr-status"),
        (
            "enabling_instrument_en",
            "link",
            f"ESTABLISHED_BY to each instrument named: Legislation, scheme {LAW}, one for each title and "
            "jurisdiction however it is cited; year and number from the citation; sections are left out",
        ),
    ),
    *_columns(
        "crso.csv",
        ("id", "key", f"PolicyGoal, scheme {GOAL}, level national"),
        ("dept_code", "fact", "PolicyGoal.organisation and adopted_by"),
        ("name_en", "fact", "PolicyGoal.title"),
        ("desc_en", "fact", "PolicyGoal.summary"),
        ("is_active, is_internal_service", "tag", "active, internal-service: yes or no"),
        (
            "(derived)",
            "fact",
            "PolicyGoal.adopted_on: 1 April of the earliest document year that names it or one of its "
            f"programs; without one it stays not adopted, reported. {_YEARS}",
        ),
    ),
    *_columns(
        "program.csv",
        ("dept_code, activity_code", "key", f"PolicyInstrument, scheme {PROGRAM}, joined by a hyphen"),
        ("crso_id", "link", "ADVANCES, stated accepted by the organisation on the day the goal was adopted"),
        ("name_en", "fact", "PolicyInstrument.title"),
        ("old_name_en", "tag", "former-title"),
        ("desc_en", "fact", "PolicyInstrument.summary"),
        (
            "is_active, is_internal_service, is_fake_program, is_crown",
            "tag",
            "active, internal-service, placeholder, crown: yes or no",
        ),
    ),
    *_columns(
        "tags_to_programs.csv",
        ("program_id", "matching", "the program"),
        ("tag_id", "tag", "of the program, under the root of its tree: hwh, goco or wwh, such as hwh:MOD001"),
    ),
    *_columns("program_tags.csv", ("tag_id, parent_id", "matching", "the root of a tag's tree")),
    *_columns(
        "results.csv",
        ("stable_id", "key", f"Outcome, scheme {RESULT}: one for all its documents"),
        ("id", "matching", "pi_dr_links.csv"),
        (
            "subject_id",
            "link",
            "MEASURED_BY from a core responsibility; RELATES, has result, from a program: CONTRIBUTES_TO is "
            "only what pi_dr_links.csv states",
        ),
        ("name_en", "fact", "Outcome.title, from the latest document; another name before is reported"),
        ("doc", "fact", f"valid_from and valid_to of Outcome and links, and the tag document. {_YEARS}"),
    ),
    *_columns(
        "pi_dr_links.csv",
        (
            "program_id, result_id",
            "link",
            "CONTRIBUTES_TO from first document year to last; a gap is reported",
        ),
    ),
    *_columns(
        "program_spending.csv",
        ("dept_code, activity_code", "link", "INCURS from the program to each Cost"),
        (
            ", ".join(f"pa_last_year{tail}_exp" for tail in ("_5", "_4", "_3", "_2", "")),
            "fact",
            "Cost.amount, actual, CAD; the last year is that of the latest results report (inferred)",
        ),
        ("pa_last_year_planned", "fact", "Cost.amount, forecast, of the last actual year"),
        (
            "planning_year_1, planning_year_2, planning_year_3",
            "fact",
            "Cost.amount, forecast; the first year is that of the latest plan (inferred)",
        ),
    ),
    *_columns("ministries.csv", ("id, name_en", "matching", "ministry of an organisation")),
    *_columns("ministers.csv", ("id, name_en", "tag", "minister of an organisation")),
    *_columns("org_to_minister.csv", ("department, minister", "matching", "minister of an organisation")),
    *_columns(
        "goc-org-variants.csv", ("org_name_variant, org_id", "matching", "department of an IT project")
    ),
    *_columns(
        "gc-it-projects-2022.csv",
        ("uniqueId", "key", f"Project, scheme {PROJECT}; also ref"),
        (
            "department",
            "fact",
            "Project.organisation by name, variant or acronym; two in one cell: RELATES, is run by, to each",
        ),
        ("deptAcronym", "matching", "the organisation, where the name is unknown"),
        ("projectName", "fact", "Project.title"),
        ("description", "fact", "Project.summary"),
        ("totalBudget", "fact", "Cost.amount, whole life, CAD; one without is reported and makes none"),
        ("estimatedCompletionDate", "fact", "Project.end"),
        ("rawProvidedDate", "tag", "date-given, where it is not that day; reported"),
        ("source, asOfDate", "tag", "sessional-paper, as-of"),
        ("(assumed)", "fact", "Project.state: delivering; the paper lists projects under way, reported"),
    ),
    *(_left_out(each) for each in NOT_TAKEN),
)
