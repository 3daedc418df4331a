"""The page as text: what it holds, what it escapes, what its Content-Security-Policy allows."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from tests.shipped import RULESET
from vpnlint.check import check
from vpnlint.report.formats import find_format
from vpnlint.report.page.verdict import find_verdict
from vpnlint.report.report import Report
from vpnlint.results.finding import Finding, Suppressed
from vpnlint.results.fix import Fix, FixStep, Replacement
from vpnlint.results.matrix import Cell
from vpnlint.results.result import JudgedWorkload, Result
from vpnlint.source.node import Span

HOSTILE = (
    "</script><script>alert(1)</script>",
    "<!--<script>",
    "a\u2028b\u2029c",
    "\"'><img src=x onerror=alert(1)>",
    "{{ 7 * 7 }}",
    "##[error]x",
    "\udcff",
)


class Elements(HTMLParser):
    """The elements of a page with their attributes, and the texts of those that hold no elements."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self._open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in ("meta", "input", "link", "br"):
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open:
            self.texts.setdefault(self._open[-1], []).append(data)

    @property
    def script(self) -> str:
        return self.texts["script"][1]

    @property
    def data(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.texts["script"][0])
        return document


def render(report: Report) -> str:
    return find_format("html").render(report)


def page(result: Result) -> str:
    return render(Report(result))


# One is bound to nothing and opens sockets on every interface, the other follows the routes.
TWO_CLIENTS = """\
apiVersion: v1
kind: Pod
metadata: {name: torrents, namespace: downloads}
spec:
  containers:
    - name: gluetun
      image: ghcr.io/qdm12/gluetun:v3.41.1
      securityContext: {capabilities: {add: [NET_ADMIN]}}
      env: [{name: FIREWALL_ENABLED_DISABLING_IT_SHOOTS_YOU_IN_YOUR_FOOT, value: "off"}]
    - name: qbittorrent
      image: ghcr.io/home-operations/qbittorrent:5.1.2
    - name: transmission
      image: lscr.io/linuxserver/transmission:4.0.6
"""


@pytest.fixture(scope="module")
def two_clients(tmp_path_factory: pytest.TempPathFactory) -> Result:
    file = tmp_path_factory.mktemp("two") / "pod.yaml"
    file.write_text(TWO_CLIENTS, encoding="utf-8")
    return check([str(file)], RULESET)


@pytest.fixture(scope="module")
def real(lone_fixtures: Path) -> Result:
    names = ("seed-tailscale", "seed-gluetun")
    return check([str(lone_fixtures / "repos" / name) for name in names], RULESET)


def test_the_data_is_the_report_with_all_findings(real: Result) -> None:
    told = json.loads(find_format("json").render(Report(real, doubts=True, notices=True)))
    assert told["findings"] and Elements(page(real)).data == told


def test_each_workload_finding_and_cell_stands_in_the_page_itself(real: Result) -> None:
    text = page(real)
    elements = Elements(text).elements
    numbers = [given["data-number"] or "" for _, given in elements if "data-number" in given]
    assert sorted(numbers) == sorted(map(str, range(len(real.workloads))))
    cells = [given for tag, given in elements if tag == "button" and "data-scenario" in given]
    assert len(cells) == sum(len(row) for item in real.workloads for row in item.matrix.values())
    shown = [given for tag, given in elements if tag == "article"]
    assert len(shown) == len(real.findings) + len(real.suppressed)


def test_what_is_said_of_a_proxy_of_tailscales_operator_is_about_no_workload(lone_fixtures: Path) -> None:
    result = check([str(lone_fixtures / "repos" / "gateways-elsewhere")], RULESET)
    inside, _, other = page(result).partition('id="others"')
    assert other.count("<article") == 1 and inside.count("<article") == len(result.findings) - 1


def test_the_worst_stands_first_and_findings_are_with_their_workload(real: Result) -> None:
    elements = Elements(page(real)).elements
    ranks = [int(given["data-rank"] or "") for _, given in elements if "data-rank" in given]
    assert ranks == sorted(ranks) and len(set(ranks)) > 1
    card = page(real).split('class="card')[1]
    assert "seed-gluetun/proposed" in card and "client-before-vpn" in card
    assert "seed-tailscale" not in card


@pytest.mark.parametrize("text", HOSTILE)
def test_what_others_wrote_makes_no_element(
    text: str, result: Result, finding: Callable[..., Finding]
) -> None:
    cell = Cell("LEAK", text, text, text, text)
    workload = JudgedWorkload(
        f"{text}.yaml", 1, text, text, text, text, "sidecar", {text: {text: cell, "dns": cell}}, text
    )
    span = result.findings[0].span._replace(file=f"{text}.yaml")
    first = finding(span, message=text, rule=text, text=text)
    fix = Fix((FixStep("set", text, text, "pod", span),), False, text)
    hostile = first._replace(workload=f"{text} {text}/{text}", fix=fix)
    full = result._replace(
        findings=(hostile, first),
        workloads=(workload, *result.workloads),
        suppressed=(Suppressed(hostile, text, None),),
        not_applied=(text,),
    )
    plain = full._replace(findings=tuple(map(harmless, full.findings)))
    written, expected = Elements(page(full)), Elements(page(plain))
    assert [tag for tag, _ in written.elements].count("script") == 2
    assert not [tag for tag, _ in written.elements if tag in ("img", "link", "iframe", "object", "base")]
    assert [tag for tag, _ in written.elements] == [tag for tag, _ in expected.elements]
    for _, given in written.elements:
        assert not [name for name in given if name.startswith("on") or name in ("style", "src")]
    assert written.data["findings"][0]["message"] == text
    raw = page(full).partition('id="report">')[2].partition("</script>")[0]
    assert not re.search("[<>&\u2028\u2029\ud800-\udfff]", raw)
    page(full).encode("utf-8")


def harmless(finding: Finding) -> Finding:
    return finding._replace(message="x", rule="x", help="x")


def test_the_policy_allows_only_the_page_s_own_script_and_style(result: Result) -> None:
    elements = Elements(page(result))
    (policy,) = [
        given["content"] or ""
        for _, given in elements.elements
        if given.get("http-equiv") == "Content-Security-Policy"
    ]
    (style,) = elements.texts["style"]
    for kind, text in (("script", elements.script), ("style", style)):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}';" in policy
    assert policy.startswith("default-src 'none';") and "unsafe" not in policy
    assert "://" not in elements.script.replace("http://www.w3.org/2000/svg", "")
    assert "innerHTML" not in elements.script and "url(" not in style and "@import" not in style


def test_a_change_that_vpnlint_makes_is_a_diff(result: Result, manifest: str) -> None:
    finding = result.findings[1]
    removed = Replacement(Span(manifest, 12, 1, 14, 1), "")
    changed = Replacement(Span(manifest, 10, 1, 11, 1), "          image: <b>new</b>\n")
    report = Report(result, all_replacements=lambda: {finding: (changed, removed)})
    text = find_format("html").render(report)
    (shown,) = re.findall(r'<pre class="code diff">(.*?)</pre>', text, re.DOTALL)
    assert re.findall(r'<span class="line \w*">(.*?)</span>', shown) == [
        f"@ {manifest}:10",
        "          - name: gluetun",
        "-           image: qmcgaw/gluetun:v3.41.1",
        "+           image: &lt;b&gt;new&lt;/b&gt;",
        "            env:",
        f"@ {manifest}:12",
        "            env:",
        "-             - name: FIREWALL_ENABLED_DISABLING_IT_SHOOTS_YOU_IN_YOUR_FOOT",
        "-               value: &#34;off&#34;",
    ]
    assert page(result).count("code diff") == 0


def test_a_change_within_a_line_shows_the_whole_line(result: Result, manifest: str) -> None:
    finding = result.findings[1]
    value = Replacement(Span(manifest, 13, 22, 13, 27), "on")
    added = Replacement(Span(manifest, 14, 1, 14, 1), "            - name: DOT\n")
    report = Report(result, all_replacements=lambda: {finding: (added, value)})
    (shown,) = re.findall(r'<pre class="code diff">(.*?)</pre>', render(report), re.DOTALL)
    assert re.findall(r'<span class="line \w*">(.*?)</span>', shown) == [
        f"@ {manifest}:13",
        "              - name: FIREWALL_ENABLED_DISABLING_IT_SHOOTS_YOU_IN_YOUR_FOOT",
        "-               value: &#34;off&#34;",
        "+               value: on",
        "+             - name: DOT",
    ]


@pytest.mark.parametrize(
    ("safe", "words"),
    [
        (True, "<strong>Fix:</strong> <code>vpnlint fix</code> makes this change; it waits"),
        (
            False,
            "<strong>Fix, to be looked at:</strong> <code>vpnlint fix --unsafe</code> makes this change; it waits",
        ),
    ],
)
def test_an_unsafe_change_is_marked_with_the_reason(
    safe: bool, words: str, result: Result, manifest: str
) -> None:
    span = Span(manifest, 13, 22, 13, 27)
    fix = Fix((FixStep("set", "env.X", "on", "container", span),), safe, "it waits")
    finding = result.findings[1]._replace(fix=fix)
    edits = {finding: (Replacement(span, "on\n" * 30),)}
    text = render(Report(result._replace(findings=(finding,)), all_replacements=lambda: edits))
    assert words in text
    # A long diff is folded.
    assert re.search(r"<summary>\d+ lines</summary>", text)


def test_measurements_are_links_where_the_site_is_known_and_files_elsewhere(real: Result) -> None:
    rules = RULESET.described_rules
    linked = render(Report(real, rules=lambda: rules, docs=lambda: "https://a.example/"))
    unlinked = render(Report(real, rules=lambda: rules))
    cited = {
        cell.evidence for item in real.workloads for row in item.matrix.values() for cell in row.values()
    }
    cited -= {""}
    assert "lab/start-order-gluetun" in cited
    for name in cited:
        anchor = name.replace("/", "")
        assert f'<a class="evidence" href="https://a.example/lab/#{anchor}">{name}</a>' in linked
        assert f'<li data-evidence="{name}"><code>docs/' in unlinked
    assert "<code>docs/evidence/lab/start-order-gluetun.json</code>" in unlinked
    assert "<a class" not in unlinked.partition("<main>")[2].partition("</main>")[0]
    # Those of the rules stand with the findings.
    finding = linked.partition("client-before-vpn</a>")[2].partition("</article>")[0]
    assert "#labstart-order-gluetun" in finding


def test_each_client_of_a_pod_has_its_own_matrix_and_verdict(two_clients: Result) -> None:
    (workload,) = two_clients.workloads
    assert [route.client for route in workload.routes] == ["qbittorrent", "transmission"]
    text = page(two_clients)
    panels = [given for _, given in Elements(text).elements if given.get("role") == "tabpanel"]
    assert [panel["data-route"] for panel in panels] == ["0", "1"]
    assert "What the packets of qbittorrent do" in text and "What the packets of transmission do" in text
    cells = [given for tag, given in Elements(text).elements if tag == "button" and "data-scenario" in given]
    assert len(cells) == sum(len(row) for item in workload.routes for row in item.matrix.values())
    # Each note has one number in the whole workload.
    notes = text.partition('class="unseen"')[2].partition("</ol>")[0]
    numbers = {int(number) for number in re.findall(r"\? \[(\d+)\]</button>", text)}
    assert numbers == set(range(1, notes.count("<li>") + 1)) and numbers


MOMENTS = {"steady": "while everything is up", "start-up": "until gluetun is up"}


def judged(**rows: dict[str, Cell]) -> JudgedWorkload:
    matrix = {name.replace("_", "-"): cells for name, cells in rows.items()}
    return JudgedWorkload("a.yaml", 1, "Pod", "", "qbittorrent", "qbittorrent", "sidecar", matrix)


TUNNEL, LEAK = Cell("tunnel", "gluetun"), Cell("LEAK", "because")


@pytest.mark.parametrize(
    ("workload", "level", "words"),
    [
        (judged(steady={"peers": LEAK}), "leak", "Everything leaves from your own address, always"),
        (judged(steady={"peers": TUNNEL}, start_up={"peers": LEAK}), "leak", "until gluetun is up"),
        (judged(steady={"peers": LEAK, "dns": TUNNEL}), "leak", "Peer traffic can be seen"),
        (
            judged(steady={"peers": LEAK._replace(condition="unless bound")}),
            "perhaps",
            "Packets leave outside the VPN unless bound.",
        ),
        (judged(steady={"peers": TUNNEL, "dns": LEAK._replace(seen_by="cluster")}), "names", "No packet"),
        (judged(steady={"peers": TUNNEL, "dns": Cell("unknown", "?")}), "unknown", "1 of 2 cells"),
        (judged(steady={"peers": Cell("unknown", "?")}), "unknown", "none of the 1 cells can be decided"),
        (
            judged(steady={"peers": Cell("outside", "declared (router)")}),
            "outside",
            "their way is declared (router)",
        ),
        (judged(steady={"peers": TUNNEL}, start_up={"peers": Cell("blocked")}), "safe", "all 2 situations"),
        (judged()._replace(reason="vpnlint does not know the chart"), "unknown", "does not know the chart"),
    ],
)
def test_the_verdict_is_a_sentence(workload: JudgedWorkload, level: str, words: str) -> None:
    told = find_verdict(workload, MOMENTS)
    assert told.level == level
    assert words in told.sentence and told.sentence.endswith(".")


def test_every_template_is_used() -> None:
    folder = Path(find_format.__code__.co_filename).parents[1] / "page" / "templates"
    names = {file.name for file in folder.iterdir()}
    used = "".join(
        file.read_text() for file in (*folder.iterdir(), folder.parents[1] / "formats" / "html.py")
    )
    assert names and all(f'"{name}"' in used for name in names)
