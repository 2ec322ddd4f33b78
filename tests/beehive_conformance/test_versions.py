"""Versions come from a module proxy; one that no proxy serves is not judged. The proxies here are made of files."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from beehive_conformance.commands import command_line
from beehive_conformance.programs.program import Program
from beehive_conformance.targets.go import GoTarget, worker_readiness
from beehive_conformance.targets.spec import TargetSpec
from beehive_conformance.targets.target import TargetError
from beehive_go import cache, toolchain
from beehive_go.compiling import pinned_versions
from beehive_go.source import Release
from beehive_go.toolchain import NO_DOWNLOAD, Go
from beehive_go.versions import MODULE, NEWEST, versions
from beehive_spec.vocabulary import AddModule, ModuleName

pytest.importorskip("cffi", reason="the extra [go] is not installed")

UNPINNED = "v1.9.0"
TINY = ["--quick", "--examples", "5", "--workers", "1"]


@pytest.fixture
def proxy(released: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is the only proxy for beehive, and has no version of it; nothing real is changed."""
    go = toolchain.find_go()
    assert isinstance(go, Go)
    downloaded = Path(toolchain.output([go.path, "env", "GOMODCACHE"]).strip()) / "cache" / "download"
    others = tmp_path / "others"
    others.mkdir()
    for folder in downloaded.iterdir():
        if folder.name != "github.com":
            (others / folder.name).symlink_to(folder)
    (others / "github.com").mkdir()
    for folder in downloaded.joinpath("github.com").iterdir():
        if folder.name != "kubeedge":
            (others / "github.com" / folder.name).symlink_to(folder)
    monkeypatch.setenv("GOPROXY", f"{(tmp_path / 'proxy').as_uri()},{others.as_uri()}")
    monkeypatch.setenv("GOMODCACHE", str(tmp_path / "modules"))
    monkeypatch.setenv("GONOSUMDB", "*")
    monkeypatch.delenv(NO_DOWNLOAD, raising=False)
    monkeypatch.setattr(cache, "cache_folder", lambda: tmp_path / "cache")
    return tmp_path / "proxy"


def serve(proxy: Path, module: Path, version: str) -> None:
    folder = proxy.joinpath(*MODULE.split("/"), "@v")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{version}.info").write_text(json.dumps({"Version": version}))
    (folder / f"{version}.mod").write_bytes((module / "go.mod").read_bytes())
    with zipfile.ZipFile(folder / f"{version}.zip", "w") as packed:
        for path in sorted(module.rglob("*")):
            if path.is_file():
                packed.write(path, f"{MODULE}@{version}/{path.relative_to(module).as_posix()}")


def test_a_version_that_no_proxy_serves_is_not_judged(proxy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert UNPINNED not in pinned_versions()
    assert command_line(["run", f"go:{UNPINNED}", *TINY]) == 2
    said = " ".join(capsys.readouterr().out.split())
    assert said.startswith(f"go:{UNPINNED} was NOT JUDGED: no module proxy serves it: reading file://")
    assert command_line(["compare", f"go:{NEWEST}", f"go:{UNPINNED}", *TINY, "--only", "SEND-1"]) == 2
    assert "NOT JUDGED" in capsys.readouterr().out


def test_the_list_says_which_versions_no_proxy_serves(proxy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line(["targets"]) == 0
    lines = capsys.readouterr().out.splitlines()
    refused = {line.split()[0] for line in lines if "not available  no module proxy serves it: " in line}
    assert refused == {f"go:{version}" for version in versions() if version not in pinned_versions()} != set()


def test_if_downloads_are_forbidden_no_proxy_is_asked(proxy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NO_DOWNLOAD, "1")
    missing = worker_readiness(Release(UNPINNED)).missing
    assert missing == "no module proxy serves it: module lookup disabled by GOPROXY=off"


@pytest.mark.slow
def test_a_version_that_a_proxy_serves_is_judged(proxy: Path, released: Path) -> None:
    serve(proxy, released, UNPINNED)
    assert worker_readiness(Release(UNPINNED)).missing == ""
    target = GoTarget(Release(UNPINNED))
    ((_, history),) = target.run([Program((AddModule(module=ModuleName("m")),))])
    target.close()
    assert history.died is None
    assert target._open().hello.version == UNPINNED
    target.close()


def test_a_version_with_another_content_than_the_pinned_one_is_refused(proxy: Path, released: Path) -> None:
    serve(proxy, released, NEWEST)
    with pytest.raises(TargetError, match=rf"beehive {NEWEST} cannot be downloaded: .*checksum mismatch"):
        list(GoTarget(Release(NEWEST)).run([Program(())]))


@pytest.mark.parametrize("version", ["v1.13", "1.13.0", "v1.13.0.0", "latest", "main", "v1.13.0-"])
def test_what_is_no_version_is_bad_input(version: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line(["run", f"go:{version}", *TINY]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"beehive-conformance: 'go:{version}': unknown target; known are ")


def test_a_version_that_is_not_listed_can_be_named() -> None:
    assert str(TargetSpec.parse("go:v1.99.0-rc.1")) == "go:v1.99.0-rc.1"
