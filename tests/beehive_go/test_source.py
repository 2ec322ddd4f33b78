"""A checkout is named by a path, a revision or a digest; what it is does not depend on what Go never compiles."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from beehive_go.errors import SourceError
from beehive_go.source import Checkout, checkout
from beehive_go.versions import MODULE, STAGING

FILES = {
    "go.mod": f"module {MODULE}\n\ngo 1.17\n",
    "go.sum": "",
    "pkg/core/core.go": "package core\n",
    "pkg/core/core_test.go": "package core\n",
    "README.md": "a bus\n",
}


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def git(folder: Path, *command: str) -> str:
    settings = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    who = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    done = subprocess.run(
        ("git", *who, *command),
        cwd=folder,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def commit(folder: Path, message: str) -> str:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", message)
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def module(tmp_path: Path) -> Path:
    return write(tmp_path / "module", FILES)


@pytest.fixture
def repository(module: Path) -> Path:
    """The module with two commits: the second adds a method."""
    git(module, "init", "--quiet", "--initial-branch", "main")
    commit(module, "first")
    write(module, {"pkg/core/core.go": "package core\n\nfunc Added() {}\n"})
    commit(module, "second")
    return module


def test_a_folder_is_named_by_its_path_and_a_digest_of_its_content(module: Path) -> None:
    found = checkout(str(module))
    assert found == Checkout(str(module), module, "", "", found.digest)
    assert str(found) == f"{module}#{found.digest[:8]}"
    assert checkout(str(found)) == found
    assert sorted(found.files()) == ["go.mod", "go.sum", "pkg/core/core.go"]


def test_a_relative_path_is_resolved_and_shown_as_it_was_given(module: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(module.parent)
    found = checkout("./module")
    assert found == checkout(str(module))
    assert str(found) == f"./module#{found.digest[:8]}"
    monkeypatch.chdir(module.parent.parent)
    assert found.files()


def test_a_link_to_a_folder_is_that_folder(module: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(module)
    assert checkout(str(tmp_path / "link")) == checkout(str(module))


def test_a_copy_has_the_digest_of_the_original(module: Path, tmp_path: Path) -> None:
    shutil.copytree(module, tmp_path / "copy")
    assert checkout(str(tmp_path / "copy")).digest == checkout(str(module)).digest


@pytest.mark.parametrize(
    "name",
    [
        "README.md",
        "pkg/core/core_test.go",
        "pkg/core/testdata/case.go",
        "vendor/example.com/x/x.go",
        "_old/core.go",
        ".idea/core.go",
        "tools/go.mod",
        "other/go.mod",
        "other/deep/other.go",
    ],
)
def test_what_go_does_not_compile_is_not_in_the_digest(module: Path, name: str) -> None:
    write(module, {"other/go.mod": "module example.com/other\n"})
    before = checkout(str(module)).digest
    write(module, {name: "changed"})
    assert checkout(str(module)).digest == before


@pytest.mark.parametrize("name", ["go.mod", "go.sum", "pkg/core/core.go", "pkg/core/new.go", "pkg/core/fast.s"])
def test_what_go_compiles_is_in_the_digest(module: Path, name: str) -> None:
    before = checkout(str(module)).digest
    write(module, {name: FILES.get(name, "") + "\n// changed\n"})
    assert checkout(str(module)).digest != before


def test_what_go_embeds_is_in_the_digest(module: Path) -> None:
    write(module, {"pkg/core/core.go": '//go:embed words\nvar words string\npackage core\nimport _ "embed"\n'})
    write(module, {"pkg/core/words/list.txt": "one"})
    before = checkout(str(module)).digest
    write(module, {"pkg/core/words/list.txt": "two"})
    assert checkout(str(module)).digest != before


def test_kubeedge_is_judged_by_the_module_in_its_staging_folder(tmp_path: Path) -> None:
    kubeedge = write(
        tmp_path / "kubeedge", {"go.mod": "module github.com/kubeedge/kubeedge\n", "edge/edge.go": "no Go"}
    )
    inner = write(kubeedge / STAGING, FILES)
    found = checkout(str(kubeedge))
    assert (found.prefix, found.digest) == (STAGING, checkout(str(inner)).digest)
    git(kubeedge, "init", "--quiet")
    revision = commit(kubeedge, "first")
    for name in (f"{kubeedge}@HEAD", f"{inner}@HEAD"):
        assert (checkout(name).revision, checkout(name).digest) == (revision, found.digest)
    write(kubeedge, {"edge.go": "changed"})
    assert checkout(str(kubeedge)).digest == found.digest


def test_a_revision_is_read_from_the_repository_and_named_by_its_commit(repository: Path) -> None:
    first = git(repository, "rev-parse", "HEAD~1")
    found = checkout(f"{repository}@HEAD~1")
    assert str(found) == f"{repository}@{first[:8]}"
    assert checkout(str(found)) == found
    assert found.files()["pkg/core/core.go"] == FILES["pkg/core/core.go"].encode()
    write(repository, {"pkg/core/core.go": "package core\n\nfunc NotCommitted() {}\n"})
    assert checkout(f"{repository}@HEAD").files()["pkg/core/core.go"] == b"package core\n\nfunc Added() {}\n"
    assert b"NotCommitted" in checkout(str(repository)).files()["pkg/core/core.go"]


@pytest.mark.parametrize("revision", ["main", "HEAD", "HEAD@{0}", "@", "v1"])
def test_every_name_of_a_revision_is_understood(repository: Path, revision: str) -> None:
    git(repository, "tag", "v1")
    assert checkout(f"{repository}@{revision}").revision == git(repository, "rev-parse", "HEAD")


def test_a_revision_that_changes_only_tests_has_the_same_digest(repository: Path) -> None:
    write(repository, {"pkg/core/core_test.go": "package core // changed\n", "README.md": "changed"})
    commit(repository, "third")
    last, before = checkout(f"{repository}@HEAD"), checkout(f"{repository}@HEAD~1")
    assert last != before
    assert last.digest == before.digest == checkout(str(repository)).digest


def test_a_path_that_exists_is_preferred_to_a_revision(repository: Path, tmp_path: Path) -> None:
    named = tmp_path / "module@main"
    shutil.copytree(repository, named)
    assert checkout(f"{repository}@main").folder == named
    assert checkout(f"{repository}@main").revision == ""
    assert checkout(f"{named}@HEAD~1").revision == git(repository, "rev-parse", "HEAD~1")


def test_a_bare_repository_has_revisions(repository: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", "--bare", str(repository), "bare.git")
    assert checkout(f"{tmp_path}/bare.git@main").digest == checkout(str(repository)).digest
    with pytest.raises(
        SourceError, match=r"bare\.git is a bare repository; name a revision, as in .*/bare\.git@main$"
    ):
        checkout(f"{tmp_path}/bare.git")


def test_a_commit_that_a_shallow_clone_lacks_is_reported_as_such(repository: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", "--depth", "1", repository.as_uri(), "shallow")
    assert checkout(f"{tmp_path}/shallow@HEAD").digest == checkout(str(repository)).digest
    with pytest.raises(
        SourceError, match="has no revision HEAD~1; the repository is a shallow clone, which `git fetch"
    ):
        checkout(f"{tmp_path}/shallow@HEAD~1")


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("{}/missing", "{}/missing: there is no such folder"),
        ("{}/" + "a" * 300, "{}/" + "a" * 300 + ": there is no such folder"),
        ("~nosuchuser/beehive", "~nosuchuser/beehive: there is no user nosuchuser"),
        ("{}/missing@main", "{}/missing@main: there is no such folder"),
        ("{}/go.mod", "{}/go.mod is a file; expected the folder of a checkout"),
        ("{}@nothing", "{} has no revision nothing"),
        ("{}@--all", "{} has no revision --all"),
        ("{}@main:README.md", "{} has no revision main:README.md"),
        (
            "{}/pkg",
            f"{{}}/pkg is no Go module: it has no go.mod; expected {MODULE}, or kubeedge",
        ),
        ("{}/pkg@main", "{}/pkg@main is no Go module: it has no go.mod; "),
        ("{}/other", f"{{}}/other is the module example.com/other; expected {MODULE}, or kubeedge with it below "),
        ("{}/empty", "{}/empty is the module without a name; expected "),
    ],
)
def test_what_is_no_checkout_is_refused_in_one_line(repository: Path, name: str, error: str) -> None:
    write(repository, {"other/go.mod": "// module x\nmodule example.com/other\n", "empty/go.mod": ""})
    with pytest.raises(SourceError) as raised:
        checkout(name.format(repository))
    assert str(raised.value).startswith(error.format(repository))
    assert "\n" not in str(raised.value)


def test_a_folder_outside_of_a_repository_has_no_revision(module: Path) -> None:
    with pytest.raises(SourceError, match="module has no revision main: not a git repository"):
        checkout(f"{module}@main")


def test_without_git_a_revision_is_refused_and_a_folder_is_read(
    module: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    assert checkout(str(module)).files()
    with pytest.raises(SourceError, match=f"^{module} cannot be read as a repository: git cannot be started: No "):
        checkout(f"{module}@main")
    with pytest.raises(SourceError, match=r"is no Go module: it has no go\.mod"):
        checkout(f"{module}/pkg")


def test_the_repository_of_another_owner_is_refused_for_that_cause(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    with pytest.raises(SourceError, match=f"has no revision main: detected dubious ownership in .*{repository.name}"):
        checkout(f"{repository}@main")


def test_a_go_mod_that_cannot_be_read_is_not_said_to_be_missing(module: Path) -> None:
    (module / "go.mod").unlink()
    (module / "go.mod").mkdir()
    with pytest.raises(SourceError, match=r"/module/go\.mod cannot be read: Is a directory$"):
        checkout(str(module))


@pytest.mark.parametrize("name", ["a\nb", "a\x1b[31mb"])
def test_what_cannot_be_printed_in_a_path_is_escaped(repository: Path, tmp_path: Path, name: str) -> None:
    odd = shutil.copytree(repository, tmp_path / name)
    for given in (str(odd), f"{odd}@main"):
        found = checkout(given)
        assert found.files()
        assert str(found).startswith(ascii(str(odd)))
    for given in (f"{odd}@nothing", f"{odd}/pkg", f"{odd}/pkg@main", f"{odd}/missing", f"{odd}#0"):
        with pytest.raises(SourceError) as raised:
            checkout(given)
        assert str(raised.value).isprintable()


LINKS = {
    "a file": "core.go",
    "a file of another package": "../other/shared.go",
    "a link": "also_linked.go",
    "a folder": "../other",
}


@pytest.mark.parametrize("target", LINKS.values(), ids=LINKS.keys())
def test_a_link_within_the_module_is_the_same_in_the_folder_and_in_its_revision(module: Path, target: str) -> None:
    write(module, {"pkg/other/shared.go": "package core\n\nfunc Shared() {}\n"})
    (module / "pkg/core/linked.go").symlink_to(target)
    (module / "pkg/core/also_linked.go").symlink_to("../other/shared.go")
    git(module, "init", "--quiet")
    commit(module, "links")
    present, committed = checkout(str(module)), checkout(f"{module}@HEAD")
    assert present.files() == committed.files()
    assert present.digest == committed.digest
    assert committed.files()["pkg/core/also_linked.go"] == committed.files()["pkg/other/shared.go"]
    assert ("pkg/core/linked.go" in committed.files()) is target.endswith(".go")


def test_a_go_mod_that_is_a_link_is_read_from_the_revision_too(module: Path) -> None:
    (module / "go.mod").rename(module / "mod.txt")
    (module / "go.mod").symlink_to("mod.txt")
    git(module, "init", "--quiet")
    commit(module, "links")
    assert checkout(f"{module}@HEAD").digest == checkout(str(module)).digest


@pytest.mark.parametrize(
    ("target", "error"),
    [
        ("nothing.go", "pkg/core/linked.go is a link to a file that is not in the revision; expected a file, or a "),
        ("linked.go", "pkg/core/linked.go is a link to a file that is not in the revision; expected a file, or a "),
        ("/dev/null", "pkg/core/linked.go is a link to a place outside of the repository; expected a file, or a "),
    ],
)
def test_a_link_that_a_revision_cannot_resolve_is_refused_and_not_left_out(
    module: Path, target: str, error: str
) -> None:
    (module / "pkg/core/linked.go").symlink_to(target)
    git(module, "init", "--quiet")
    commit(module, "links")
    with pytest.raises(SourceError) as raised:
        checkout(f"{module}@HEAD")
    assert str(raised.value).startswith(error)


def test_a_link_to_nothing_is_refused_in_a_folder_unless_go_ignores_it(module: Path) -> None:
    before = checkout(str(module)).digest
    (module / "pkg/core/.#core.go").symlink_to("user@host.1")
    assert checkout(str(module)).digest == before
    (module / "pkg/core/linked.go").symlink_to("nothing.go")
    with pytest.raises(SourceError, match=r"^pkg/core/linked\.go is a link to a file that does not exist; expected "):
        checkout(str(module))


def test_attributes_leave_nothing_out_of_a_revision_and_execute_no_filter(module: Path, tmp_path: Path) -> None:
    write(module, {"pkg/core/secret.go": "package core\n\n// $Format:%H$ $Id$\n"})
    ran = tmp_path / "ran"
    git(module, "init", "--quiet")
    commit(module, "first")
    write(module, {".gitattributes": "*.go export-subst ident filter=planted\nsecret.go export-ignore\n"})
    git(module, "add", ".gitattributes")
    git(module, "commit", "--quiet", "--message", "attributes")
    git(module, "config", "filter.planted.smudge", f"touch {ran}; cat")
    found = checkout(f"{module}@HEAD")
    assert found.digest == checkout(str(module)).digest
    assert found.files()["pkg/core/secret.go"] == b"package core\n\n// $Format:%H$ $Id$\n"
    assert not ran.exists()


@pytest.mark.parametrize("name", ["with space.go", "ü.go", "tab\t.go", '"quoted".go', "line\nbreak.go"])
def test_a_file_of_any_name_is_read_from_a_revision(module: Path, name: str) -> None:
    write(module, {f"pkg/core/{name}": "package core\n"})
    git(module, "init", "--quiet")
    commit(module, "names")
    assert checkout(f"{module}@HEAD").files()[f"pkg/core/{name}"] == b"package core\n"


def test_the_variables_of_a_git_hook_do_not_lead_to_another_repository(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    revision = git(repository, "rev-parse", "HEAD")
    git(tmp_path, "init", "--quiet", "elsewhere")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere" / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(tmp_path / "elsewhere"))
    assert checkout(f"{repository}@main").revision == revision


def test_a_checkout_that_was_changed_since_is_not_judged_unnoticed(module: Path) -> None:
    found = checkout(str(module))
    write(module, {"pkg/core/core.go": "package core // changed\n"})
    with pytest.raises(SourceError, match="was changed after the command began; run it again"):
        found.files()
    with pytest.raises(SourceError, match=rf"#{found.digest[:8]}: the content of .* is now #\w{{8}}; it was changed"):
        checkout(str(found))


def snapshot(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {
        str(path.relative_to(folder)): (path.lstat().st_mtime_ns, path.read_bytes() if path.is_file() else b"")
        for path in folder.rglob("*")
    }


@pytest.mark.parametrize("make_dirty", [lambda folder: None, lambda folder: (folder / "pkg/core/core.go").touch()])
def test_the_repository_is_not_written_to(repository: Path, make_dirty: Callable[[Path], None]) -> None:
    # A file with a new time but the same content makes git refresh its index, unless it may not.
    make_dirty(repository)
    before = snapshot(repository)
    assert ".git/index" in before
    for name in (str(repository), f"{repository}@main", f"{repository}@HEAD~1"):
        checkout(name).files()
    with pytest.raises(SourceError):
        checkout(f"{repository}@nothing")
    assert snapshot(repository) == before
