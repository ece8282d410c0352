"""The rules of the house that a machine can hold: what files say, where they stand and how large they are."""

import ast
import inspect
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.questions import QUESTIONS
from app.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("app", "graph_schema", "migrations")
LONGEST_FILE = 400
DECISIONS = sorted((ROOT / "docs" / "adr").glob("*.md"))


def _tracked() -> list[Path]:
    """Every file git knows and the working tree still has."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def _modules(*folders: str) -> list[Path]:
    return sorted(module for folder in folders for module in (ROOT / folder).rglob("*.py"))


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def _imported(tree: ast.Module) -> Iterator[str]:
    """The full name of each module the file imports from elsewhere."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module


def _canonical(requirement: str) -> str:
    """The package a requirement names, as registries compare names."""
    matched = re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*", requirement)
    assert matched, f"not a requirement: {requirement!r}"
    return re.sub(r"[-_.]+", "-", matched[0]).lower()


def _pyproject() -> dict[str, Any]:
    return tomllib.loads(_text(ROOT / "pyproject.toml"))


def _direct() -> set[str]:
    """The packages pyproject.toml asks for, for use and for development."""
    project = _pyproject()["project"]
    asked = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    return {_canonical(requirement) for requirement in asked}


def _locked() -> list[str]:
    """Each requirement of the lock with its hashes, continued lines joined and comments left out."""
    text = _text(ROOT / "requirements.txt").replace("\\\n", " ")
    return [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]


# The lock


def test_lock_files_name_no_registry() -> None:
    host = re.compile(r"https?://|^\s*--(extra-)?index-url|^\s*--find-links|pypi\.org|pythonhosted", re.M)
    locks = [
        path
        for path in _tracked()
        if path.suffix in {".lock", ".sha256"} or re.search(r"requirements|\.lock\.toml$", path.name)
    ]
    assert ROOT / "requirements.txt" in locks
    assert [_name(path) for path in locks if host.search(_text(path))] == []


def test_every_locked_requirement_has_one_version_and_a_hash() -> None:
    whole = re.compile(r"^[\w.-]+(\[[\w,-]+\])?==\S+( ;[^#]*?)?(\s+--hash=sha256:[0-9a-f]{64})+\s*$")
    locked = _locked()
    assert locked
    assert [line[:80] for line in locked if not whole.match(line)] == []


def test_the_lock_holds_every_direct_dependency_and_the_build_backend() -> None:
    build = _pyproject()["build-system"]["requires"]
    wanted = _direct() | {_canonical(requirement) for requirement in build} | {"editables"}
    assert wanted - {_canonical(line) for line in _locked()} == set()


def test_the_page_of_dependencies_has_one_row_for_each_and_no_other() -> None:
    page = _text(ROOT / "docs" / "dependencies.md")
    rows = re.findall(r"^\| ([a-z0-9-]+) \|", page, re.M)
    assert sorted(rows) == sorted(_direct())


# Files


def test_tracked_files_hold_no_paths_of_one_machine() -> None:
    path_of_a_machine = re.compile(r"(?:^|[^a-zA-Z0-9_.])/(?:work|root|farm|Users)/", re.M)
    texts = [path for path in _tracked() if path.suffix not in {".lock", ".csv", ".jsonl"}]
    assert [_name(path) for path in texts if path_of_a_machine.search(_text(path))] == []


def test_no_module_is_an_attic() -> None:
    attics = {"utils", "util", "helpers", "helper", "common", "base", "manager", "constants"}
    modules = [path.relative_to(ROOT) for path in _tracked() if path.suffix == ".py"]
    assert [path.as_posix() for path in modules if attics & {path.stem, *path.parts[:-1]}] == []


def test_no_file_of_the_product_is_too_long() -> None:
    lengths = {_name(path): len(_text(path).splitlines()) for path in _modules(*PRODUCT)}
    assert {name: lines for name, lines in lengths.items() if lines >= LONGEST_FILE} == {}


# Imports


def _is_an_import(node: ast.AST) -> bool:
    if isinstance(node, ast.Call):
        return ast.unparse(node.func) in {"__import__", "import_module", "importlib.import_module"}
    return isinstance(node, ast.Import | ast.ImportFrom)


def _imports_inside_functions(tree: ast.Module) -> set[int]:
    """The lines on which a function imports, by statement or by call."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
    functions = [node for node in ast.walk(tree) if isinstance(node, kinds)]
    inner = [node for function in functions for node in ast.walk(function) if _is_an_import(node)]
    return {node.lineno for node in inner if isinstance(node, ast.stmt | ast.expr)}


def test_nothing_is_imported_inside_a_function() -> None:
    # Migrations written in Python are found by number, so the runner, and it alone, loads modules by name.
    modules = [path for path in _modules(*PRODUCT, "tests") if _name(path) != "migrations/runner.py"]
    found = {_name(path): _imports_inside_functions(_tree(path)) for path in modules}
    assert {name: lines for name, lines in found.items() if lines} == {}


def test_nothing_is_imported_for_type_checkers_only() -> None:
    def names_it(node: ast.AST) -> bool:
        if isinstance(node, ast.alias):
            return node.name == "TYPE_CHECKING"
        return getattr(node, "id", getattr(node, "attr", None)) == "TYPE_CHECKING"

    modules = _modules(*PRODUCT, "tests")
    assert [_name(path) for path in modules if any(names_it(node) for node in ast.walk(_tree(path)))] == []


def test_the_kinds_stand_on_pydantic_and_the_standard_library_alone() -> None:
    allowed = {*sys.stdlib_module_names, "pydantic", "pydantic_core", "graph_schema"}
    strangers = {
        f"{_name(path)}: {module}"
        for path in _modules("graph_schema")
        for module in _imported(_tree(path))
        if module.split(".")[0] not in allowed
    }
    assert strangers == set()


def test_the_tests_double_nothing_of_ours() -> None:
    doubles = {"mock", "unittest.mock", "respx", "pytest_httpx"}
    using = [_name(path) for path in _modules("tests") if doubles & set(_imported(_tree(path)))]
    assert using == []


@pytest.mark.parametrize("folder", ["app", "tests"])
def test_the_http_client_is_imported_in_one_place(folder: str) -> None:
    using = [_name(path) for path in _modules(folder) if "httpx" in set(_imported(_tree(path)))]
    assert len(using) <= 1, f"see docs/adr/0006: {using}"


# Documents


@pytest.mark.parametrize("record", DECISIONS, ids=lambda path: path.stem[:4])
def test_every_decision_record_has_its_four_parts(record: Path) -> None:
    parts = re.findall(r"^## (.+)$", _text(record), re.M)
    assert parts == ["Context", "Decision", "Consequences", "Alternatives"]
    assert re.match(rf"# {record.name[:4]}\. \S", _text(record))


def test_decision_records_are_numbered_without_gap_or_double() -> None:
    numbers = [int(path.name[:4]) for path in DECISIONS]
    assert numbers == list(range(len(numbers)))


@pytest.mark.parametrize("field", sorted(Settings.model_fields))
def test_every_setting_has_a_description(field: str) -> None:
    assert Settings.model_fields[field].description


def test_every_setting_is_documented() -> None:
    page = ROOT / "docs" / "settings.md"
    if not page.exists():
        pytest.skip("docs/settings.md is not there; `make docs` writes it, `make check` misses it")
    documented = set(re.findall(r"\bGOLDEN_THREAD_[A-Z0-9_]+\b", _text(page)))
    assert {f"GOLDEN_THREAD_{field.upper()}" for field in Settings.model_fields} - documented == set()


def test_a_question_that_waits_for_nothing_is_answered_beside_other_requests() -> None:
    on_the_loop = [
        each.name
        for each in QUESTIONS
        if not each.reads_nothing
        and not any(isinstance(node, ast.Await) for node in ast.walk(ast.parse(inspect.getsource(each))))
    ]
    assert on_the_loop == []
