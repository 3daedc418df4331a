"""The page in a real Chromium: click, filter, search, sort, keyboard, themes, phone, print, axe."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal, TypeAlias

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, ViewportSize, expect

from tests.checkout import take_turn
from tests.oracles.browser import Watched
from tests.report.test_page import HOSTILE
from tests.shipped import RULESET
from vpnlint.check import check
from vpnlint.report.formats import find_format
from vpnlint.report.report import Report
from vpnlint.results.finding import Finding
from vpnlint.results.fix import Replacement
from vpnlint.results.matrix import Cell, Guard, Route
from vpnlint.results.result import Result
from vpnlint.source.node import Span

AXE = Path(axe_playwright_python.__file__).parent / "axe.min.js"
PHONE, DESK = 360, 1100

Opened: TypeAlias = Callable[..., Page]
Theme: TypeAlias = Literal["light", "dark"]


@pytest.fixture(scope="module")
def real(lone_fixtures: Path) -> Result:
    return check(
        [str(lone_fixtures / "repos" / "seed-tailscale"), str(lone_fixtures / "repos" / "seed-gluetun")],
        RULESET,
    )


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[Opened]:
    """Yield a function that opens the page of a Result; whatever the browser complains of fails the test."""
    contexts: list[BrowserContext] = []
    watched: list[Watched] = []

    def open_page(result: Result, width: int = DESK, theme: Theme = "light", script: bool = True) -> Page:
        file = tmp_path / "report.html"
        file.write_text(find_format("html").render(with_edit(result)), encoding="utf-8")
        size = ViewportSize(width=width, height=800)
        contexts.append(browser.new_context(viewport=size, color_scheme=theme, java_script_enabled=script))
        contexts[-1].set_default_timeout(10_000)
        watched.append(Watched(contexts[-1].new_page()))
        return watched[-1].open(file)

    yield open_page
    for context in contexts:
        context.close()
    assert [complaint for one in watched for complaint in one.complaints] == []


def with_edit(result: Result) -> Report:
    """Return a report in which vpnlint fix would change the line of the first finding."""
    first = next(iter(result.findings), None)
    if first is None:
        return Report(result)
    line = first.span.line
    edit = Replacement(Span(first.span.file, line, 1, line + 1, 1), "  its: new line, as long as need be\n")
    return Report(result, all_replacements=lambda: {first: (edit,)}, docs=lambda: "https://vpnlint.example")


def many(real: Result, number: int) -> Result:
    """Return a Result with so many workloads, each of its own name."""
    workloads = [real.workloads[at % 4]._replace(name=f"client-{at}") for at in range(number)]
    return real._replace(workloads=tuple(workloads), findings=())


def first_card(page: Page) -> Locator:
    return page.locator(".card").first


def test_a_click_on_the_matrix_chooses_the_scenario_of_the_picture(opened: Opened, real: Result) -> None:
    page = opened(real)
    card = first_card(page)
    expect(card.locator(".way")).to_be_hidden()
    card.locator("summary").first.click()
    # The worst cell stands there first, with the hole in the picture.
    expect(card.locator("figcaption")).to_contain_text("start-up, fetch: LEAK")
    expect(card.locator("svg .hole")).to_have_count(1)
    expect(card.locator("svg .ghost")).to_have_count(2)
    expect(card.locator("svg")).to_contain_text("sees YOUR address")
    crash = card.locator("button[data-scenario=vpn-crash][data-traffic=peers]")
    crash.click()
    expect(crash).to_have_attribute("aria-pressed", "true")
    expect(card.locator(".matrix button[aria-pressed=true]")).to_have_count(1)
    expect(card.locator("figcaption")).to_contain_text("vpn-crash, peers: blocked (if gluetun is killed)")
    expect(card.locator("figcaption")).to_contain_text("2 gluetun firewall: holds")
    expect(card.locator("svg .hole")).to_have_count(0)
    expect(card.locator("svg .guard.holds")).to_have_count(1)
    card.locator("button[data-scenario=steady][data-traffic=peers]").click()
    expect(card.locator("svg .tube.down")).to_have_count(0)
    assert "The way of a packet" in (card.locator("svg").get_attribute("aria-label") or "")


def test_the_keyboard_reaches_everything(opened: Opened, real: Result) -> None:
    page = opened(real)
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("/")
    expect(page.locator("#search")).to_be_focused()
    page.keyboard.type("seed-gluetun/proposed")
    expect(page.locator("#shown")).to_have_text("1 of 4 workloads shown")
    page.keyboard.press("Escape")
    expect(page.locator("#shown")).to_have_text("")
    first_card(page).locator("summary").first.focus()
    page.keyboard.press("Enter")
    expect(first_card(page).locator("svg")).to_have_count(1)
    page.keyboard.press("Tab")
    expect(first_card(page).locator("figcaption a")).to_be_focused()
    page.keyboard.press("Tab")
    cell = page.locator(".matrix button:focus")
    expect(cell).to_have_attribute("data-scenario", "start-up")
    for key, scenario, traffic in (
        ("ArrowLeft", "start-up", "peers"),
        ("ArrowDown", "vpn-crash", "peers"),
        ("End", "vpn-crash", "ipv6"),
        ("ArrowRight", "vpn-crash", "ipv6"),
        ("ArrowUp", "start-up", "ipv6"),
        ("Home", "start-up", "peers"),
    ):
        page.keyboard.press(key)
        expect(cell).to_have_attribute("data-scenario", scenario)
        expect(cell).to_have_attribute("data-traffic", traffic)
        expect(first_card(page).locator("figcaption")).to_contain_text(f"{scenario}, {traffic}: ")
    # One cell of a matrix takes part in the order of Tab.
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('.matrix')") is None


def test_each_client_of_a_pod_is_drawn(opened: Opened, two_clients: Result) -> None:
    page = opened(two_clients)
    card = first_card(page)
    first, second = card.locator("[role=tab]").all()
    picture = card.locator("svg:visible")
    expect(first).to_have_attribute("aria-selected", "true")
    expect(picture).to_have_count(1)
    expect(picture).to_contain_text("qbittorrent")
    expect(card.locator(".matrix:visible")).to_have_count(1)
    # qBittorrent leaks while all is up, Transmission only when the VPN is gone.
    expect(card.locator("figcaption:visible")).to_contain_text("steady, peers: LEAK")
    second.click()
    expect(second).to_have_attribute("aria-selected", "true")
    expect(picture).to_contain_text("transmission")
    expect(card.locator(".matrix:visible button[data-scenario=steady][data-traffic=peers]")).to_have_text(
        "tunnel"
    )
    # What was chosen for the one stays chosen when one comes back to it.
    page.keyboard.press("ArrowRight")
    expect(first).to_be_focused()
    expect(picture).to_contain_text("qbittorrent")
    page.keyboard.press("End")
    expect(second).to_be_focused()
    page.keyboard.press("Home")
    expect(first).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(picture).to_contain_text("transmission")
    # One tab takes part in the order of Tab, and the chosen cell is next.
    page.keyboard.press("Tab")
    focused = "document.activeElement.closest('.way')?.dataset.route"
    assert page.evaluate(focused) == "1"
    page.emulate_media(media="print")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    expect(picture).to_have_count(2)
    expect(card.locator("[role=tab]:visible")).to_have_count(0)
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    page.emulate_media(media="screen")
    expect(picture).to_have_count(1)


def test_a_pod_without_a_vpn_shows_no_way_through_one(opened: Opened, real: Result) -> None:
    bare = real.workloads[0].routes[0]._replace(tunnels=("none",), vpn="", interface="", guards=())
    leak = Cell("LEAK", "it leaves", "lab/wireguard-none", "run a VPN")
    matrix = {"steady": {"peers": leak}}
    workload = real.workloads[0]._replace(routes=(bare._replace(matrix=matrix),), matrix=matrix)
    page = opened(real._replace(workloads=(workload,), findings=()))
    picture = first_card(page).locator("svg")
    expect(picture).to_contain_text("no VPN")
    expect(picture).to_contain_text("leaks here")
    expect(picture).to_contain_text("nothing blocks it")
    expect(picture).not_to_contain_text("sees the VPN")
    # All that is written in the picture lies within it.
    outside = page.evaluate(
        "[...document.querySelectorAll('svg')].flatMap((svg) => { const frame = svg.getBoundingClientRect();"
        " return [...svg.querySelectorAll('text')].filter((text) => { const box = text.getBoundingClientRect();"
        " return box.left < frame.left || box.right > frame.right || box.bottom > frame.bottom; })"
        ".map((text) => text.textContent); })"
    )
    assert outside == []
    # A way out that is declared is not in the Pod either.
    leaving = Cell("outside", "declared (router)")
    declared = bare._replace(tunnels=("declared",), matrix={"steady": {"peers": leaving}})
    workload = workload._replace(routes=(declared,), matrix=declared.matrix)
    page = opened(real._replace(workloads=(workload,), findings=()))
    picture = first_card(page).locator("svg")
    expect(picture).to_contain_text("carried elsewhere")
    expect(picture).not_to_contain_text("sees the VPN")
    # One workload needs no search.
    expect(page.locator("#controls")).to_have_count(0)


def test_what_nobody_knows_is_drawn_as_a_question(opened: Opened, real: Result) -> None:
    matrix = {
        scenario: {
            traffic: Cell("unknown", "it stands elsewhere") for traffic in ("peers", "fetch", "dns", "ipv6")
        }
        for scenario in ("steady", "peer-unreachable")
    }
    route = real.workloads[0].routes[0]._replace(guards=(), matrix=matrix)
    workload = real.workloads[0]._replace(routes=(route,), matrix=matrix)
    page = opened(real._replace(workloads=(workload,), findings=()), PHONE)
    picture = first_card(page).locator("svg")
    expect(picture.locator(".asked")).to_have_count(2)
    expect(picture.locator(".head")).to_have_count(0)
    expect(picture.locator(".tube.down")).to_have_count(1)
    expect(picture).to_contain_text("not known")
    expect(picture).not_to_contain_text("YOUR")
    scroll = "(() => { const box = document.querySelector('.scroll'); return box.scrollWidth - box.clientWidth; })()"
    assert page.evaluate(scroll) <= 1
    cut = "[...document.querySelectorAll('.matrix button, .matrix th')].filter((one) => one.scrollWidth > one.clientWidth + 1).length"
    assert page.evaluate(cut) == 0


def test_the_measurement_of_a_cell_is_a_link(opened: Opened, real: Result) -> None:
    page = opened(real)
    card = first_card(page)
    card.locator("summary").first.click()
    link = card.locator("figcaption a")
    expect(link).to_have_text("lab/start-order-gluetun")
    expect(link).to_have_attribute("href", "https://vpnlint.example/lab/#labstart-order-gluetun")


def test_filters_search_and_sort(opened: Opened, real: Result) -> None:
    page = opened(many(real, 40))
    shown = page.locator(".card:visible")
    expect(shown).to_have_count(40)
    page.locator(".chip[data-level=leak]").click()
    expect(shown).to_have_count(20)
    expect(page.locator("#shown")).to_have_text("20 of 40 workloads shown")
    page.locator(".chip[data-level=leak]").click()
    page.locator("#rests").click()
    rests = shown.count()
    assert 0 < rests < 40
    page.locator("#rests").click()
    page.locator("#search").fill("HelmRelease client-3")
    expect(shown).to_have_count(11)
    page.locator("#search").fill("nothing like it")
    expect(shown).to_have_count(0)
    page.locator("#search").fill("")
    page.locator("#sort").select_option("name")
    names = page.locator(".card h2").all_text_contents()
    assert names == [f"downloads/client-{at}" for at in range(40)]
    page.locator("#unfold").click()
    expect(page.locator(".card:not([open])")).to_have_count(0)
    expect(page.locator("svg")).to_have_count(40)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_each_theme_follows_the_system_until_one_is_chosen(opened: Opened, real: Result, theme: str) -> None:
    page = opened(real, theme=theme)
    ground = "getComputedStyle(document.body).backgroundColor"
    own = page.evaluate(ground)
    button = page.locator("#theme")
    expect(button).to_have_text("Theme: system")
    seen = {}
    for name in ("light", "dark"):
        button.click()
        expect(button).to_have_text(f"Theme: {name}")
        seen[name] = page.evaluate(ground)
    assert seen["light"] != seen["dark"]
    assert seen[theme] == own
    page.reload()
    expect(button).to_have_text("Theme: dark")
    assert page.evaluate(ground) == seen["dark"]


@pytest.mark.parametrize(
    ("width", "theme"),
    take_turn([(width, theme) for width in (PHONE, DESK) for theme in ("dark", "light")], of=4),
)
def test_axe_finds_nothing(opened: Opened, real: Result, two_clients: Result, width: int, theme: str) -> None:
    """Each pair by one of four commits; all by `make properties`."""
    page = opened(real._replace(workloads=(*real.workloads, *two_clients.workloads)), width, theme)
    page.locator("#unfold").click()
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    expect(page.locator("svg")).to_have_count(6)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run({resultTypes: ['violations']})")
    assert len(found["passes"]) > 20
    assert [
        (violation["id"], node["target"], node["failureSummary"])
        for violation in found["violations"]
        for node in violation["nodes"]
    ] == []


def test_a_phone_shows_all_of_it_without_scrolling_aside(opened: Opened, real: Result) -> None:
    page = opened(real, PHONE)
    page.locator("#unfold").click()
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE
    wide = page.evaluate(
        "[...document.querySelectorAll('.scroll')].filter((one) => one.scrollWidth > one.clientWidth + 1).length"
    )
    assert wide == 0
    box = first_card(page).locator("svg").bounding_box()
    assert box is not None and box["height"] > box["width"]
    # The picture turns with the screen.
    page.set_viewport_size({"width": DESK, "height": 800})
    expect(first_card(page).locator("svg")).to_have_attribute("viewBox", "0 0 760 292")
    # The summary stands on the first screen of a phone.
    page.set_viewport_size({"width": PHONE, "height": 640})
    tally = page.locator(".counts").bounding_box()
    assert tally is not None and tally["y"] + tally["height"] < 640


def test_two_hundred_workloads_are_no_burden(opened: Opened, real: Result) -> None:
    page = opened(many(real, 200))
    expect(page.locator(".card")).to_have_count(200)
    spent = page.evaluate(
        "(() => { const start = performance.now(); const search = document.getElementById('search');"
        " search.value = 'client-19'; search.dispatchEvent(new Event('input'));"
        " return performance.now() - start; })()"
    )
    expect(page.locator(".card:visible")).to_have_count(11)
    assert spent < 2_000


def test_print_shows_what_is_folded_away(opened: Opened, real: Result) -> None:
    page = opened(many(real, 5))
    page.emulate_media(media="print")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    expect(page.locator("details:not([open])")).to_have_count(0)
    expect(page.locator("svg")).to_have_count(5)
    expect(page.locator("#controls")).to_be_hidden()
    assert page.pdf().startswith(b"%PDF")
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    expect(page.locator(".card[open]")).to_have_count(0)


def test_without_its_script_the_page_still_says_everything(opened: Opened, real: Result) -> None:
    page = opened(real._replace(workloads=real.workloads[:2]), script=False)
    expect(page.locator("noscript")).to_have_count(1)
    expect(page.locator("#controls")).to_be_hidden()
    expect(page.locator(".matrix button:visible").first).to_be_visible()
    expect(page.locator(".finding:visible").first).to_be_visible()


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_that_others_wrote_runs(
    opened: Opened, real: Result, finding: Callable[..., Finding], text: str
) -> None:
    cell = real.workloads[0].matrix["steady"]["dns"]._replace(reason=text, change=text, evidence=text)
    matrix = {"start-up": {"peers": cell, "dns": cell}}
    guards = (Guard(text, True, {"peers": ("start-up",)}),)
    routes = (Route(text, text, text, ("gluetun",), guards, matrix),) * 2
    first = real.workloads[0]._replace(name=text, file=text, routes=routes, matrix=matrix)
    hostile = finding(real.findings[0].span, message=text, rule=text, text=text)
    page = opened(real._replace(workloads=(first,), findings=(hostile,)))
    page.on("dialog", lambda dialog: pytest.fail(f"it ran: {dialog.message}"))
    card = first_card(page)
    for tab in card.locator("[role=tab]").all():
        tab.click()
        for button in card.locator(".matrix button:visible").all():
            button.click()
            expect(card.locator("svg:visible")).to_have_count(1)
    assert page.locator("img").count() == 0


def test_the_policy_stops_what_is_not_the_page_s_own(browser: Browser, real: Result, tmp_path: Path) -> None:
    text = find_format("html").render(Report(real))
    file = tmp_path / "broken.html"
    file.write_text(text.replace("</main>", "<script>document.title = 'taken'</script></main>"))
    watched = Watched(browser.new_page())
    page = watched.open(file)
    assert page.title() != "taken"
    assert any("script-src" in complaint for complaint in watched.complaints)
    page.close()


def test_workloads_that_are_not_judged_have_no_picture(opened: Opened, result: Result) -> None:
    page = opened(result)
    expect(page.locator(".card").nth(1)).to_contain_text("vpnlint does not know the chart homemade")
    expect(page.locator("svg")).to_have_count(0)
    expect(page.locator(".problems")).to_contain_text("not valid YAML: a tab")
    # A matrix without a route, as an older report may have: it is a table then.
    page.locator(".matrix button").first.click()
    expect(page.locator("svg")).to_have_count(0)
