"""Writes everything that a release holds: `make release VERSION=1.2.3`.

The version in vpnlint/__init__.py and in README's examples, the section of CHANGELOG.md, the policies with
their checksums, the wheel and the sdist. It commits, tags and uploads nothing; it says what is left to do.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CHECKSUMS = "SHA256SUMS"
_VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")
_DECLARED = re.compile(r'^__version__ = "(.+)"$', re.MULTILINE)
# README's examples for pre-commit and GitHub Actions.
_EXAMPLES = re.compile(r"(rev: v|OWNER/vpnlint@v)\d+\.\d+\.\d+")
# The templates for CI systems.
_TEMPLATES = re.compile(r"(vpnlint==|vpnlint@[0-9a-f]{40} # v)\d+\.\d+\.\d+")
_UNRELEASED = "## [Unreleased]\n"
_LEFT = """\
What is left to do:
  1. Read `git diff`: the version, CHANGELOG.md, policies/.
  2. make test
  3. git commit --all --message 'Release {version}' && git tag --annotate v{version} --message v{version}
  4. git push --follow-tags, and upload dist/* to PyPI
"""


class ReleaseError(Exception):
    """Why there can be no release, in one line."""


def check_version(version: str, declared: str, changelog: str) -> None:
    """Raise ReleaseError unless this can follow the declared version and those that CHANGELOG.md lists."""
    if _VERSION.fullmatch(version) is None:
        raise ReleaseError(f"{version!r} is not a version such as 1.2.3")
    if f"\n## [{version}]" in changelog:
        raise ReleaseError(f"CHANGELOG.md has a section for {version} already")
    if _numbers(version) < _numbers(declared):
        raise ReleaseError(f"{version} is before {declared}, which vpnlint/__init__.py declares")


def close_section(changelog: str, version: str, day: date) -> str:
    """Return CHANGELOG.md with what is unreleased under the version, and an empty section above it.

    Raises ReleaseError where nothing is unreleased.
    """
    _, heading, rest = changelog.partition(_UNRELEASED)
    if not heading or not re.search(r"^- ", rest.partition("\n## ")[0], re.MULTILINE):
        raise ReleaseError("CHANGELOG.md lists nothing under [Unreleased]")
    return changelog.replace(_UNRELEASED, f"{_UNRELEASED}\n## [{version}] - {day.isoformat()}\n", 1)


def set_version(root: Path, version: str) -> None:
    """Write the version where it is declared, into README's examples and the CI templates."""
    _rewrite(root / "vpnlint" / "__init__.py", _DECLARED, f'__version__ = "{version}"')
    _rewrite(root / "README.md", _EXAMPLES, rf"\g<1>{version}")
    for template in sorted((root / "docs" / "ci").glob("*.yml")):
        _rewrite(template, _TEMPLATES, rf"\g<1>{version}")


def write_policies(root: Path, only: Sequence[str] = ()) -> None:
    """Write policies/ anew, those of all rules or only of these, and the checksums of its files."""
    folder = root / "policies"
    shutil.rmtree(folder, ignore_errors=True)
    wanted = [argument for rule in only for argument in ("--only", rule)]
    for target, name in (("kyverno", "kyverno"), ("vap", "native")):
        emit = (sys.executable, "-m", "vpnlint", "emit", target, *wanted)
        _run(root, *emit, "-o", str(folder / name))
        _run(root, *emit, "--bundle", "-o", str(folder / "bundle" / name))
    (folder / CHECKSUMS).write_text(checksums(folder), encoding="utf-8")


def checksums(folder: Path) -> str:
    """Return a line for each file below the folder, in the form that `sha256sum --check` reads."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != CHECKSUMS)
    return "".join(
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder).as_posix()}\n"
        for path in files
    )


def build(root: Path) -> list[Path]:
    """Build the wheel and the sdist into dist/ and return them; nothing is fetched for it."""
    folder = root / "dist"
    shutil.rmtree(folder, ignore_errors=True)
    _run(root, sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder))
    return sorted(folder.iterdir())


def release(root: Path, version: str, only: Sequence[str] = ()) -> list[Path]:
    """Write a release into the checkout and return what is to be uploaded.

    Raises ReleaseError, and has then written nothing.
    """
    if _run(root, "git", "status", "--porcelain"):
        raise ReleaseError("the work tree has changes: commit them first")
    changelog = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    declared = _DECLARED.search((root / "vpnlint" / "__init__.py").read_text(encoding="utf-8"))
    assert declared is not None
    check_version(version, declared[1], changelog)
    closed = close_section(changelog, version, date.today())
    (root / "CHANGELOG.md").write_text(closed, encoding="utf-8")
    set_version(root, version)
    write_policies(root, only)
    return build(root)


def try_policies(root: Path) -> str:
    """Run the emitted tests by the Kyverno CLI and return its verdict; a failure is a ReleaseError."""
    built = Path(_run(root, "tools/build", "--path").strip(), "kubectl-kyverno")
    kyverno = shutil.which("kubectl-kyverno") or str(built)
    if not Path(kyverno).is_file():
        return "The policies' tests did not run: `make tools` builds the Kyverno CLI.\n"
    return _run(root, kyverno, "test", "policies", "--remove-color").splitlines()[-1] + "\n"


def _numbers(version: str) -> list[int]:
    return [int(number) for number in version.split(".")]


def _rewrite(file: Path, pattern: re.Pattern[str], text: str) -> None:
    written, times = pattern.subn(text, file.read_text(encoding="utf-8"))
    if not times:
        raise ReleaseError(f"{file.name} has no place for the version")
    file.write_text(written, encoding="utf-8")


def _run(root: Path, *command: str) -> str:
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ReleaseError(f"{' '.join(command)}: {(done.stderr or done.stdout).strip()}")
    return done.stdout


def main() -> int:
    """Write the release that the arguments ask for; 2 where there can be none."""
    parser = argparse.ArgumentParser(prog="make release", description=__doc__)
    parser.add_argument("version", metavar="VERSION", help="such as 1.2.3")
    arguments = parser.parse_args()
    try:
        built = release(ROOT, arguments.version)
        sys.stdout.write(try_policies(ROOT))
    except ReleaseError as error:
        print(f"release: {error}", file=sys.stderr)
        return 2
    print(*(path.relative_to(ROOT) for path in built), sep="\n")
    sys.stdout.write(_LEFT.format(version=arguments.version))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
