"""Inputs that Hypothesis puts together of the hostile data, the fixtures, the rules and, where it is, the
corpus."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.checkout import CORPUS, FIXTURES, RULES
from tests.fuzz.cases import POD, Files, places, values
from tests.fuzz.sessions import Message, complaints
from tests.fuzz.verdict import COMMANDS, broken

_AT_ONCE = 25
# What has a meaning in YAML, in templates, in variables and in paths.
_TOKENS = (
    *(
        "\0",
        "\t",
        "\r",
        "\n  ",
        "&a ",
        "*a",
        "<<: ",
        "|\n",
        ">-\n",
        "!!binary ",
        "? ",
        "- ",
        "#",
        "---\n",
        "...\n",
        "%YAML 9\n",
    ),
    *(
        "[",
        "]",
        "{",
        "}",
        ":",
        ": ",
        "'",
        '"',
        "${",
        "}",
        "{{",
        "}}",
        "<<",
        ">>",
        "../",
        "/",
        "\\",
        "\ud800",
        "\x85",
        "\x1b[31m",
    ),
    *("9" * 400, "a" * 10_000, "::error::x", "##[error]", "null", "kind: Secret", "vpnlint: ignore[no-vpn]"),
)
_CONFIGURATION = """\
ignore: [{rule: no-vpn, path: "*.yaml", reason: x}]
severity: {no-vpn: warning}
fail-on: error
rules: [rules]
paths: [.]
exclude: ["x/**"]
images: {ghcr.io/me/qbittorrent: qbittorrent}
"""


@cache
def _texts(folder: Path, pattern: str, most: int) -> tuple[str, ...]:
    """Return the texts of files of some size below a folder, every n-th so that there are not too many."""
    files = sorted(file for file in folder.rglob(pattern) if file.is_file() and file.stat().st_size < 20_000)
    return tuple(file.read_text(encoding="utf-8") for file in files[:: max(1, len(files) // most)])


def _placed() -> st.SearchStrategy[Files]:
    """Yield folders that a kustomization holds together, with hostile values in their files."""
    pair = st.tuples(st.sampled_from(places()), st.sampled_from(values()))
    return st.lists(pair, min_size=1, max_size=4).map(
        lambda pairs: {
            "app/pod.yaml": POD,
            "app/kustomization.yaml": "resources: [pod.yaml]\n",
            **{f"app/{place.file}": place.put(value) for place, value in pairs},
        }
    )


@st.composite
def _mutated(draw: st.DrawFn, texts: tuple[str, ...]) -> str:
    """Yield a text with some of it cut out, doubled or replaced by what has a meaning."""
    text = draw(st.sampled_from(texts))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(text)))
        end = min(len(text), at + draw(st.sampled_from((0, 0, 1, 5, 40))))
        other = draw(st.integers(0, len(text)))
        text = text[:at] + draw(st.sampled_from((*_TOKENS, text[other : other + 100]))) + text[end:]
    return text


def _manifests() -> st.SearchStrategy[Files]:
    texts = _texts(FIXTURES, "*.yaml", 400)
    if CORPUS.is_dir():
        texts += _texts(CORPUS / "repos", "*.yaml", 800)
    return st.lists(_mutated(texts), min_size=1, max_size=5).map(
        lambda made: {f"f{number}/release.yaml": text for number, text in enumerate(made)}
    )


def _rules() -> st.SearchStrategy[Files]:
    return _mutated(_texts(RULES, "*.yaml", 100)).map(lambda text: {"rules/own.yaml": text})


def _configurations() -> st.SearchStrategy[Files]:
    return _mutated((_CONFIGURATION,)).map(lambda text: {".vpnlint.yaml": text})


# URIs of documents, good and otherwise.
_URIS = (
    *("FOLDER/good.yaml", "FOLDER/x.yaml", "FOLDER/.vpnlint.yaml", "FOLDER/app/kustomization.yaml"),
    *("FOLDER/../../etc/x.yaml", "file:///etc/passwd", "file://../../etc/passwd", "untitled:1", "x", ""),
)
_ASKED = ("hover", "completion", "codeLens", "codeAction")


@st.composite
def _messages(draw: st.DrawFn) -> list[Message]:
    """Yield a session: documents that open, change and close, questions, and what is no message."""
    number: st.SearchStrategy[object] = st.one_of(
        st.integers(-2, 40), st.sampled_from((2**31, 2**64, None, "1", []))
    )
    texts = _mutated((*_texts(FIXTURES, "*.yaml", 100), _CONFIGURATION))
    messages: list[Message] = []
    for identity in range(2, 2 + draw(st.integers(1, 12))):
        about: dict[str, object] = {"uri": draw(st.sampled_from(_URIS))}
        kind = draw(st.sampled_from(("didOpen", "didChange", "didClose", "ask", "watch", "text")))
        if kind == "text":
            messages.append(draw(texts))
        elif kind == "watch":
            changes = [{"uri": about["uri"], "type": draw(st.sampled_from((1, 2, 3, 9, None)))}]
            messages.append({"method": "workspace/didChangeWatchedFiles", "params": {"changes": changes}})
        elif kind == "ask":
            places = [{"line": draw(number), "character": draw(number)} for _ in range(2)]
            area = {"start": places[0], "end": places[1]}
            asked = {"position": places[0], "range": area, "context": {"diagnostics": []}}
            method = f"textDocument/{draw(st.sampled_from(_ASKED))}"
            messages.append({"id": identity, "method": method, "params": {"textDocument": about, **asked}})
        else:
            text = draw(texts)
            given = {"version": identity, "text": text, "languageId": "yaml", **about}
            parameters = {"textDocument": given, "contentChanges": [{"text": text}]}
            messages.append({"method": f"textDocument/{kind}", "params": parameters})
    return messages


_SETTINGS = settings(
    max_examples=_AT_ONCE,
    deadline=None,
    database=None,
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)


def search_sessions(number: int) -> int:
    """Try some sessions of an editor and return how many. Raises AssertionError as `search` does."""
    tried = 0

    @seed(number)
    @_SETTINGS
    @given(messages=_messages())
    def nothing_is_broken(messages: list[Message]) -> None:
        nonlocal tried
        tried += 1
        found = complaints(messages)
        assert found == [], found

    nothing_is_broken()
    return tried


def search(number: int) -> int:
    """Try some inputs and return how many. Raises AssertionError with the smallest of those over which
    something is broken."""
    tried = 0

    @seed(number)
    @_SETTINGS
    @given(files=_placed() | _manifests() | _rules() | _configurations(), command=st.sampled_from(COMMANDS))
    def nothing_is_broken(files: Files, command: tuple[str, ...]) -> None:
        nonlocal tried
        tried += 1
        own = "rules/own.yaml" in files
        asked = [*command, "--rules", "rules"] if own and command[0] == "check" else command
        complaints = broken(files, [asked], spares_the_rest=not own and ".vpnlint.yaml" not in files)
        assert complaints == [], complaints

    nothing_is_broken()
    return tried
