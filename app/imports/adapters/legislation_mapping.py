"""What becomes of every file and column of legislation.gov.uk's register: published in the documentation."""

import re

from app.imports.adapter import Becomes, Column
from app.imports.rows import NotTaken
from graph_schema.values import ChangeKind, Effect, Legislature

SCHEME, CHANGE = "legislation-gov-uk", "legislation-gov-uk-change"
SITE = "http://www.legislation.gov.uk/id/"

TYPES = {
    "EuropeanUnionDecision": "eudn",
    "EuropeanUnionRegulation": "eur",
    "NorthernIrelandAct": "nia",
    "NorthernIrelandStatutoryRule": "nisr",
    "ScottishAct": "asp",
    "ScottishStatutoryInstrument": "ssi",
    "UnitedKingdomDraftStatutoryInstrument": "ukdsi",
    "UnitedKingdomPublicGeneralAct": "ukpga",
    "UnitedKingdomStatutoryInstrument": "uksi",
    "WelshAssemblyMeasure": "mwa",
    "WelshNationalAssemblyAct": "anaw",
    "WelshStatutoryInstrument": "wsi",
}
"""document_main_type -> type code, for the rows whose address does not hold one."""

MADE_BY = {
    "ukpga": (ChangeKind.ACT, Legislature.UK),
    "asp": (ChangeKind.ACT, Legislature.HOLYROOD),
    "nia": (ChangeKind.ACT, Legislature.NI_ASSEMBLY),
    "anaw": (ChangeKind.ACT, Legislature.SENEDD),
    "asc": (ChangeKind.ACT, Legislature.SENEDD),
    "mwa": (ChangeKind.ACT, Legislature.SENEDD),
}
"""Type code -> kind of change and who made it; every other code is an instrument that ministers made."""

EFFECTS = tuple(
    (re.compile(pattern), effect)
    for pattern, effect in (
        (r".*(amendment to earlier|in earlier amending|earlier commencing)", Effect.AMEND),
        (r"commencement order|coming into force", Effect.COMMENCE),
        (r"power to .*conferred", Effect.OTHER),
        (r"inserted|added", Effect.INSERT),
        (r"(repealed|revoked|omitted|ceases to have effect)(?!.*(in part|except))", Effect.REPEAL),
        (r"excluded|disapplied", Effect.DISAPPLY),
        (r"applied|extended", Effect.APPLY),
        (r"modified|restricted|transfer of functions|certain functions|definition .*extended", Effect.MODIFY),
        (r"revived", Effect.REVIVE),
        (r".*(substituted|inserted|added|repealed|revoked|omitted|amended|renumbered)", Effect.AMEND),
    )
)
"""How the register's word for an effect begins -> ours; the first that fits. Words are amended."""

EXTENTS = {"E": "E", "W": "W", "S": "S", "N.I.": "NI"}

_ITEMS, _EFFECTS = "legislation_items.csv", "legislative_effects.csv"
_DOCUMENT, _EFFECT = (
    "CLML document (.xml)",
    "Atom feed (.feed, .xml) or CLML document: ukm:Effect, ukm:UnappliedEffect",
)

NOT_TAKEN = (
    NotTaken(f"{_ITEMS}: provisions", "a count of provisions in the document, not a fact about the law"),
    NotTaken(f"{_ITEMS}: source_file", "where the register's compiler found the row"),
    NotTaken(f"{_EFFECTS}: source_file", "where the register's compiler found the row"),
    NotTaken(
        f"{_EFFECTS}: Applied= inside in_force",
        "said again for each date; taken only where the effect has no applied flag of its own",
    ),
    NotTaken(f"{_EFFECTS}: notes, comments", "editors' remarks; AFFECTS has no fact for them"),
    NotTaken(f"{_EFFECTS}: modified", "says which edition the file is; no fact of the effect"),
    NotTaken("raw", "the documents the two tables were made from"),
)

NOT_TAKEN_OF_XML = (
    NotTaken("text, commentaries", "words of the law and of its editors; no kind holds them"),
    NotTaken("versions, alternatives, notes, statistics", "about the publication, not about the law"),
    NotTaken("Applied of ukm:InForce", "taken only where the effect has no Applied flag of its own"),
    NotTaken("Notes, Comments, AppendedCommentary", "editors' remarks; AFFECTS has no fact for them"),
    NotTaken("ukm:Savings", "names where savings are made; not for whom the earlier law goes on"),
    NotTaken(
        "ukm:CommencementAuthority, ukm:CommencingProvisions", "what sets the day; AFFECTS has no fact for it"
    ),
    NotTaken("AffectedExtent", "a provision's extent is read from its own document"),
)


def _columns(file: str, *rows: tuple[str, Becomes, str]) -> tuple[Column, ...]:
    return tuple(Column(file, *row) for row in rows)


def _left_out(each: NotTaken) -> Column:
    file, _, columns = each.what.partition(": ")
    return Column(file, columns or "all", "not taken", each.why)


MAPPING: tuple[Column, ...] = (
    *_columns(
        _ITEMS,
        ("id_uri", "key", "Legislation, scheme legislation-gov-uk, such as ukpga/2002/38; also uri"),
        ("doc_uri", "key", "the same, where id_uri is empty; several editions of one key are one record"),
        ("title", "fact", "Legislation.title; without one the key stands in, reported"),
        ("description", "fact", "Legislation.summary"),
        ("document_main_type", "key", "the type code, where no address holds one"),
        ("year", "fact", "Legislation.year"),
        ("number", "fact", "Legislation.number"),
        ("made_or_enacted", "fact", "Legislation.valid_from"),
        ("coming_into_force", "fact", "LegalChange.in_force_on where the item changes law; also a tag"),
        ("restrict_extent", "fact", "Provision.extent and LegalChange.extent; also the tag extent"),
        ("document_status", "tag", "document-status: final, revised or draft"),
        ("document_category", "tag", "document-category"),
        ("publisher", "tag", "publisher"),
        ("subjects", "tag", "subject, one for each"),
        ("modified", "tag", "modified; of several editions of one item the latest is taken"),
    ),
    *_columns(
        _EFFECTS,
        ("effect_id", "fact", "AFFECTS.effect_id"),
        ("type", "fact", "AFFECTS.effect by the first words that fit, AFFECTS.source_type as it stands"),
        ("affecting_uri", "key", "LegalChange, scheme legislation-gov-uk-change; RELATES to its Legislation"),
        ("affecting_title", "fact", "LegalChange.title, and Legislation.title of an item not held"),
        ("affecting_provisions", "fact", "AFFECTS.affecting_provision"),
        ("affected_uri", "link", "AFFECTS to the Legislation, or to its Provision where one is named"),
        ("affected_title", "fact", "Legislation.title of an item not held"),
        (
            "affected_provisions",
            "fact",
            "AFFECTS.affected_text; where it names one section, regulation, article, rule, schedule or "
            "paragraph, a Provision, whose intervals are those of the effects that commence, insert or "
            "repeal it. The register does not say what force a provision has: Provision.force stays empty",
        ),
        ("requires_applied", "fact", "AFFECTS.requires_applied: a fact, never a state"),
        ("applied", "fact", "AFFECTS.applied: a fact, never a state; empty is empty"),
        ("in_force", "fact", "AFFECTS.intervals, one an entry; AFFECTS.prospective where an entry says so"),
    ),
    *(_left_out(each) for each in NOT_TAKEN),
    *_columns(
        _DOCUMENT,
        (
            "IdURI, DocumentURI",
            "key",
            "as id_uri and doc_uri; of several documents the last modified is taken",
        ),
        ("dc:title, dc:description", "fact", "Legislation.title and summary; of several languages the first"),
        ("ukm:DocumentMainType, ukm:Year, ukm:Number", "key", "as the columns of these names"),
        ("ukm:Made, ukm:EnactmentDate", "fact", "Legislation.valid_from"),
        (
            "ukm:ComingIntoForce",
            "fact",
            "as coming_into_force; of an item with several days each is a tag, and LegalChange has none",
        ),
        (
            "RestrictExtent",
            "fact",
            "of the document as restrict_extent; of a provision, or what holds it, Provision.extent",
        ),
        (
            "ukm:DocumentStatus, ukm:DocumentCategory, dc:publisher, dc:subject, dc:modified",
            "tag",
            "as the columns",
        ),
        (
            "P1; Schedule without one",
            "key",
            "Provision by its IdURI, PART_OF its Legislation. Text quoted from other law makes none",
        ),
        ("Title over a provision", "tag", "heading"),
        (
            "RestrictStartDate, RestrictEndDate",
            "tag",
            "text-from, text-to: the days of a version of the text, never of its force",
        ),
        ("Status", "tag", "status, such as status:prospective; its force is that of the effects on it"),
    ),
    *_columns(
        _EFFECT,
        (
            "EffectId, Type, AffectingURI, AffectingTitle, AffectingProvisions, AffectedURI, AffectedTitle, "
            "AffectedProvisions, RequiresApplied, Applied",
            "fact",
            "as the columns of the table; an effect in several files once, as last modified",
        ),
        (
            "ukm:InForce: Date, Prospective",
            "fact",
            "AFFECTS.intervals, one an entry, and AFFECTS.prospective",
        ),
        (
            "ukm:InForce: Qualification, OtherQualification",
            "fact",
            "qualification of the interval; of Other, what OtherQualification says",
        ),
        (
            "AffectingTerritorialApplication, AffectingEffectsExtent",
            "fact",
            "extent of the intervals: where it applies, else extends to; none where that is as its target",
        ),
        ("Modified", "matching", "which of several statements of one effect is the last"),
    ),
    *(Column("CLML and Atom", each.what, "not taken", each.why) for each in NOT_TAKEN_OF_XML),
)
