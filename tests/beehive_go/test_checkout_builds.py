"""A checkout is built once for each content of it, and whatever is wrong with it is said in a few lines."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from beehive_go import cache, compiling
from beehive_go.bridge import Bridge, Histories
from beehive_go.build import BuildStage, Built, build, state
from beehive_go.errors import BuildError, SourceError
from beehive_go.source import checkout

pytest.importorskip("cffi", reason="the extra [go] is not installed")

CONTEXT = "pkg/core/channel"
HARMLESS = "package channel\n\n// Nobody uses it.\nfunc unused() {}\n"


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache in which nothing has been built."""
    # Not by the environment, because Go keeps its own cache below the same folder.
    monkeypatch.setattr(cache, "cache_folder", lambda: tmp_path / "cache")
    return tmp_path / "cache" / "go"


def built(folder: Path) -> Built:
    return build(checkout(str(folder)))


def add(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_a_copy_is_another_build_than_the_version_but_the_same_as_another_copy(copied: Path, released: Path) -> None:
    one, other = built(copied), built(released)
    assert one.folder == other.folder
    assert one.folder.name.startswith("checkout-")
    assert state(checkout(str(copied))).stage is BuildStage.BUILT
    with Bridge(one) as bridge:
        assert msgspec.msgpack.decode(bridge.hello())["version"] == checkout(str(released)).version
        (result,) = bridge.run([msgspec.msgpack.encode({"steps": []})])
    assert isinstance(result, Histories)


@pytest.mark.slow
@pytest.mark.usefixtures("empty_cache")
def test_an_edited_checkout_is_built_again(copied: Path) -> None:
    before = built(copied)
    add(copied, f"{CONTEXT}/new.go", HARMLESS)
    assert state(checkout(str(copied))).stage is BuildStage.CAN_BE_BUILT
    after = built(copied)
    assert after.folder != before.folder
    add(copied, f"{CONTEXT}/new_test.go", "this is no Go")
    add(copied, "vendor/modules.txt", "broken")
    add(copied, "test/broken/broken.go", "package broken\n\nvar x int = text\n")
    (copied / "vendor" / "github.com").symlink_to("nothing")
    with Bridge(built(copied)) as bridge:
        assert bridge.hello()


@pytest.mark.slow
@pytest.mark.usefixtures("empty_cache")
def test_two_that_build_a_checkout_at_once_build_it_once(copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add(copied, f"{CONTEXT}/new.go", HARMLESS.replace("unused", "alsoUnused"))
    compiled: list[Path] = []
    compile_worker = compiling.compile_worker

    def counted(work: Path, *of: object, faults: bool) -> None:
        compiled.append(work)
        compile_worker(work, *of, faults=faults)  # type: ignore[arg-type]

    monkeypatch.setattr(compiling, "compile_worker", counted)
    found: list[Built] = []
    threads = [threading.Thread(target=lambda: found.append(built(copied))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found[0] == found[1]
    assert len(compiled) == 1


@pytest.mark.slow
def test_an_interrupted_build_leaves_nothing(
    copied: Path, empty_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*of: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(compiling, "_compile", interrupted)
    with pytest.raises(KeyboardInterrupt):
        built(copied)
    assert [path.name for path in empty_cache.iterdir()] == [".lock"]


def test_a_checkout_that_changes_before_it_is_built_is_not_built(copied: Path) -> None:
    add(copied, f"{CONTEXT}/new.go", HARMLESS.replace("unused", "neverBuilt"))
    named = checkout(str(copied))
    add(copied, f"{CONTEXT}/new.go", HARMLESS.replace("unused", "neverBuiltEither"))
    with pytest.raises(SourceError, match="was changed after the command began; run it again"):
        build(named)


def test_the_first_lines_of_the_compiler_are_shown(copied: Path) -> None:
    lines = "\n".join(f"var v{number} int = {'text' * number}" for number in range(1, 8))
    add(copied, f"{CONTEXT}/new.go", f"package channel\n\n{lines}\n")
    with pytest.raises(BuildError) as raised:
        built(copied)
    found = str(raised.value).splitlines()
    place = f"{CONTEXT}/new.go"
    assert found[0] == f"the checkout cannot be built: {place}:3:14: undefined: text"
    assert found[1:] == [
        *(f"  {place}:{number + 2}:14: undefined: {'text' * number}" for number in range(2, 6)),
        "  and 2 more lines",
    ]


@pytest.mark.parametrize(
    ("name", "text", "error"),
    [
        (f"{CONTEXT}/new.go", "package channel\nno Go\n", f"{CONTEXT}/new.go:2:1: syntax error: non-declaration"),
        ("go.mod", "module github.com/kubeedge/beehive\n\ngo 1.99\n", "it requires go >= 1.99 (running go"),
        (
            "go.mod",
            "module github.com/kubeedge/beehive\n\nrequire k8s.io/klog/v2 v2.0.77\n",
            "k8s.io/klog/v2@v2.0.77: reading file:///nowhere/k8s.io/klog/v2/@v/v2.0.77.mod: no such file",
        ),
        (
            "go.mod",
            "module github.com/kubeedge/beehive\n\nreplace k8s.io/klog/v2 => ../klog\n",
            "its go.mod replaces k8s.io/klog/v2 by the folder ../klog; expected a replacement by a version",
        ),
        ("go.mod", "module github.com/kubeedge/beehive\n\nrequire (\n", "go.mod:4: syntax error (unterminated block"),
    ],
)
def test_a_checkout_that_cannot_be_built_says_why_in_one_line(
    copied: Path, name: str, text: str, error: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOPROXY", "file:///nowhere")
    add(copied, name, text)
    with pytest.raises(BuildError) as raised:
        built(copied)
    assert error in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.slow
@pytest.mark.parametrize("library", [True, False])
def test_what_a_package_prints_when_it_is_initialised_is_kept_apart_from_the_replies(
    copied: Path, library: bool
) -> None:
    add(copied, f"{CONTEXT}/new.go", 'package channel\n\nimport "fmt"\n\nfunc init() { fmt.Println("planted") }\n')
    with Bridge(build(checkout(str(copied)), library=library)) as bridge:
        assert msgspec.msgpack.decode(bridge.hello())["version"] == checkout(str(copied)).version


@pytest.mark.slow
def test_what_the_context_lacks_is_named(copied: Path, change: Callable[..., None]) -> None:
    change(copied, f"{CONTEXT}.Cleanup=TidyUp", f"{CONTEXT}.SendResp=Respond")
    with pytest.raises(BuildError) as raised:
        built(copied)
    assert str(raised.value) == (
        "the checkout cannot be built: github.com/kubeedge/beehive/pkg/core/channel.Context lacks "
        "the method SendResp(Message); the method Cleanup(string)"
    )
