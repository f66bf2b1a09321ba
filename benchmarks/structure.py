"""`python -m benchmarks structure`: how the house stands, in figures that a newcomer would feel, of any revision."""

import ast
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path
from tarfile import open as open_tar
from tempfile import TemporaryDirectory
from typing import Annotated

import lizard
import typer

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("isolation", "registry", "matcher", "crawler", "reports", "monitor")
LINES, FUNCTION_LINES, PATHS, ALIKE = 300, 40, 10, 6

# Asked of another process, since a revision's modules are found by the folder that the graph's builder runs in.
_CIRCLES = """
import sys, json
sys.path.insert(0, sys.argv[1])
import grimp, networkx
graph = grimp.build_graph(*sys.argv[2:], exclude_type_checking_imports=True, cache_dir=None)
ways = networkx.DiGraph()
for module in graph.modules:
    ways.add_edges_from((module, other) for other in graph.find_modules_directly_imported_by(module))
print(json.dumps([sorted(one) for one in networkx.strongly_connected_components(ways) if len(one) > 1]))
"""


@dataclass(frozen=True)
class Structure:
    """circles: sets of files that import one another, imports within functions counted, those for types alone not. tangled: the
    share of functions with more than PATHS independent paths (McCabe's cyclomatic complexity, by lizard). said: the share of
    public modules, classes and functions with a docstring. alike: pairs of stretches of ALIKE lines and more that are the same
    but for comments, docstrings, imports and signatures (pylint's duplicate-code). mocks: of this program's own code in tests.
    cli_median: lines of a function in monitor/cli."""

    circles: int
    largest_circle: int
    files: int
    long_files: int
    functions: int
    long_functions: int
    tangled: float
    said: float
    alike: int
    mocks: int
    cli_median: int


def structure(
    against: Annotated[str, typer.Option(help="A revision to measure as well.")] = "",
    list_them: Annotated[bool, typer.Option("--list", help="Name what is over a limit.")] = False,
) -> None:
    """Circles of files, long files and functions, tangled ones, docstrings, stretches alike, mocks of our own code."""
    say: Callable[[str], None] = typer.echo if list_them else lambda _: None
    made = {"here": measured(ROOT, say)}
    if against:
        with TemporaryDirectory() as name:
            archive = subprocess.run(["git", "archive", against], cwd=ROOT, check=True, capture_output=True).stdout
            with open_tar(fileobj=BytesIO(archive)) as tar:
                tar.extractall(name, filter="data")
            made[against] = measured(Path(name), lambda _: None)
    typer.echo(json.dumps({name: asdict(one) for name, one in made.items()}, indent=2))


def measured(root: Path, say: Callable[[str], None]) -> Structure:
    """root: of a working tree. say: takes a line for each thing that is over its limit."""
    rooms = [name for name in ROOMS if (root / name).is_dir()]
    files = [path for name in rooms for path in sorted((root / name).rglob("*.py"))]
    length = {path: len(path.read_text("utf-8").splitlines()) for path in files}
    functions = [one for path in files for one in lizard.analyze_file(str(path)).function_list]
    circles = _circles(root, rooms)
    long_files = [path for path in files if length[path] > LINES]
    long_functions = [one for one in functions if one.length > FUNCTION_LINES]
    tangled = [one for one in functions if one.cyclomatic_complexity > PATHS]
    mocks = [said for path in sorted((root / "tests").rglob("*.py")) for said in _mocks(path)]
    for circle in circles:
        say(f"circle: {' '.join(circle)}")
    for path in long_files:
        say(f"long file: {path.relative_to(root)} {length[path]}")
    for one in {*long_functions, *tangled}:
        where = Path(one.filename).relative_to(root)
        say(f"long or tangled: {where}:{one.start_line} {one.name}, {one.length} lines, {one.cyclomatic_complexity} paths")
    for mock in mocks:
        say(f"mock: {mock}")
    documented = [has for path in files for has in _docstrings(path)]
    in_cli = sorted(one.length for one in functions if "/monitor/cli/" in one.filename)
    return Structure(
        circles=len(circles),
        largest_circle=max(map(len, circles), default=0),
        files=len(files),
        long_files=len(long_files),
        functions=len(functions),
        long_functions=len(long_functions),
        tangled=round(len(tangled) / len(functions), 4),
        said=round(sum(documented) / len(documented), 3),
        alike=_alike(root, rooms),
        mocks=len(mocks),
        cli_median=in_cli[len(in_cli) // 2],
    )


def _circles(root: Path, rooms: list[str]) -> list[list[str]]:
    command = [sys.executable, "-c", _CIRCLES, str(root), *rooms]
    found: list[list[str]] = json.loads(subprocess.run(command, cwd=root, check=True, capture_output=True).stdout)
    return found


def _alike(root: Path, rooms: list[str]) -> int:
    options = [f"--min-similarity-lines={ALIKE}", "--disable=all", "--enable=duplicate-code", "--output-format=json2"]
    command = [sys.executable, "-m", "pylint", "--rcfile=/dev/null", *options, *rooms]
    said = subprocess.run(command, cwd=root, check=False, capture_output=True).stdout
    return sum(message["symbol"] == "duplicate-code" for message in json.loads(said)["messages"])


def _docstrings(path: Path) -> Iterator[bool]:
    """Of each public module, class, method and function that is no override, whether it has one."""
    tree = ast.parse(path.read_text("utf-8"))
    if path.name != "__init__.py" or tree.body:
        yield ast.get_docstring(tree) is not None
    places = [tree.body]
    while places:
        for node in places.pop():
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
                yield ast.get_docstring(node) is not None
                if isinstance(node, ast.ClassDef):
                    places.append(node.body)


def _mocks(path: Path) -> Iterator[str]:
    """Where a test puts something else in the place of what a room defines; a constant, such as a limit, may be set."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom | ast.Import) and "unittest.mock" in ast.unparse(node):
            yield f"{path.name}:{node.lineno} unittest.mock"
        if not isinstance(node, ast.Call) or not ast.unparse(node.func).endswith("monkeypatch.setattr"):
            continue
        said = [ast.unparse(argument).strip("'\"") for argument in node.args]
        target, name = (said[0].rpartition(".")[0], said[0].rpartition(".")[2]) if len(said) == 2 else said[:2]
        if target.partition(".")[0] in ROOMS and not name.strip("_").isupper():
            yield f"{path.name}:{node.lineno} {target}.{name}"
