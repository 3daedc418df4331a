"use strict";

// What the report says, JSON version 2. Texts of it only ever become text nodes.
const report = JSON.parse(document.getElementById("report").textContent);
const cards = [...document.querySelectorAll(".card")];
const narrow = window.matchMedia("(max-width: 40rem)");

// ---- elements

const SVG = "http://www.w3.org/2000/svg";

function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

function draw(name, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

function shorten(text, most) {
  const characters = [...text];
  return characters.length > most ? characters.slice(0, most - 1).join("") + "…" : text;
}

// ---- the picture

// A lane leads from an interface through a corridor to who sees the packet. Along a lane, places are counted in
// one number, so that the same drawing lies on a wide screen and stands on a narrow one.
const LAYOUTS = {
  wide: {
    size: [760, 292], client: [74, 134, 132, 56], lanes: [60, 208],
    interface: [250, 118, 44], corridor: [309, 588], end: [670, 164, 58],
    at: (along, across) => [along, across],
  },
  narrow: {
    size: [340, 404], client: [170, 28, 160, 46], lanes: [86, 254],
    interface: [108, 128, 42], corridor: [129, 334], end: [366, 160, 58],
    at: (along, across) => [across, along],
  },
};

const TUNNEL = 0, OWN = 1;

class Picture {
  constructor(route, scenario, traffic) {
    this.layout = narrow.matches ? LAYOUTS.narrow : LAYOUTS.wide;
    this.route = route;
    this.scenario = scenario;
    this.traffic = traffic;
    this.cell = route.matrix[scenario][traffic];
    this.guards = this.route.guards.filter((guard) => traffic in guard.blocks || guard.id === this.cell.reason);
    const [width, height] = this.layout.size;
    this.svg = draw("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", class: tone(this.cell) });
  }

  // What stops the packet: one of the guards, or the tunnel that is not there.
  get holder() {
    return this.cell.verdict === "blocked" ? this.guards.findIndex((guard) => guard.id === this.cell.reason) : -1;
  }

  get hasTunnel() {
    return !["none", "declared"].includes(this.route.tunnels[0]);
  }

  get isUnknown() {
    return this.cell.verdict === "unknown";
  }

  get isUp() {
    return !this.isUnknown && (this.cell.verdict === "tunnel" || (this.scenario === "steady" && this.hasTunnel));
  }

  // Whether the packet goes to the tunnel's interface, and not to the Pod's own.
  get entersTunnel() {
    return this.cell.verdict === "tunnel" || (this.cell.verdict === "blocked" && this.holder < 0 && this.hasTunnel);
  }

  render(label) {
    this.svg.setAttribute("aria-label", label);
    this.idle();
    this.tube();
    this.flow();
    this.wall();
    const [x, y, width, height] = this.layout.client;
    this.box(x, y, width, height, "box", [shorten(this.route.client, 18), this.traffic]);
    this.interface(OWN, "eth0");
    this.end(OWN, this.watcher());
    if (this.hasTunnel) {
      this.interface(TUNNEL, this.route.interface || "tunnel");
      this.end(TUNNEL, ["the internet", "sees the VPN"]);
    }
    return this.svg;
  }

  watcher() {
    const { verdict, condition, seen_by: seen } = this.cell;
    if (verdict === "outside") return ["carried elsewhere", "as declared"];
    if (seen === "cluster") return ["cluster's resolver", "sees the names"];
    if (seen === "nobody") return ["a resolver", "never asked"];
    if (seen === "home") return ["home's resolver", "sees the names"];
    if (this.isUnknown || condition) return ["the internet", "may see you"];
    return ["the internet", verdict === "LEAK" ? "sees YOUR address" : "would see you"];
  }

  place(lane, along) {
    return this.layout.at(along, this.layout.lanes[lane]);
  }

  box(x, y, width, height, kind, lines) {
    const shape = { x: x - width / 2, y: y - height / 2, width, height, rx: 9, class: kind };
    this.svg.append(draw("rect", shape));
    lines.forEach((line, number) => {
      const at = { x, y: y + 5 + (number - (lines.length - 1) / 2) * 17, class: number ? "small" : "" };
      this.svg.append(draw("text", at, line));
    });
  }

  interface(lane, name) {
    const [along, width, height] = this.layout.interface;
    this.box(...this.place(lane, along), width, height, "box", [shorten(name, 15)]);
  }

  end(lane, lines) {
    const [along, width, height] = this.layout.end;
    const reached = lane === TUNNEL ? this.cell.verdict === "tunnel" : ["LEAK", "outside"].includes(this.cell.verdict);
    this.box(...this.place(lane, along), width, height, reached ? "box end" : "box", lines);
  }

  // The line from the client to a place on a lane.
  line(lane, along) {
    const [x, y, width, height] = this.layout.client;
    const side = this.layout === LAYOUTS.wide ? [x + width / 2, y] : [x, y + height / 2];
    const [first] = this.layout.interface;
    return [side, this.place(lane, first), this.place(lane, along)].map((point) => point.join(",")).join(" ");
  }

  idle() {
    for (const lane of this.hasTunnel ? [TUNNEL, OWN] : [OWN]) {
      this.svg.append(draw("polyline", { points: this.line(lane, this.layout.end[0]), class: "idle" }));
    }
  }

  tube() {
    const [start, end] = this.layout.corridor;
    const [x, y] = this.place(TUNNEL, (start + end) / 2);
    const long = end - start - 24;
    const [width, height] = this.layout === LAYOUTS.wide ? [long, 34] : [28, long];
    const kind = this.isUp ? "tube" : "tube down";
    this.svg.append(draw("rect", { x: x - width / 2, y: y - height / 2, width, height, rx: 17, class: kind }));
    const name = this.hasTunnel ? shorten(this.route.vpn || this.route.tunnels[0], 18) : "no VPN";
    const state = this.isUp ? "up" : this.isUnknown ? "not known" : this.hasTunnel ? "not in use" : "";
    const [top, below] = this.layout === LAYOUTS.wide ? [[x, y - 25], [x, y + 33]] : [[x - 53, y - 6], [x - 53, y + 10]];
    this.svg.append(draw("text", { x: top[0], y: top[1] }, shorten(name, this.layout === LAYOUTS.wide ? 18 : 9)));
    this.svg.append(draw("text", { x: below[0], y: below[1], class: "small" }, state));
  }

  flow() {
    const { verdict, condition } = this.cell;
    const kind = condition || verdict === "unknown" ? "flow doubtful" : "flow";
    const [start] = this.layout.corridor;
    const [end, width, height] = this.layout.end;
    const edge = end - (this.layout === LAYOUTS.wide ? width : height) / 2;
    if (this.isUnknown) {
      for (const lane of this.hasTunnel ? [TUNNEL, OWN] : [OWN]) this.question(lane, kind);
    } else if (this.entersTunnel) {
      this.arrow(TUNNEL, verdict === "tunnel" ? edge : start + 40, kind, verdict === "tunnel");
    } else if (verdict === "blocked") {
      this.arrow(OWN, this.holder < 0 ? start + 20 : this.position(this.holder) - 12, kind, false);
    } else {
      this.arrow(OWN, edge, kind, true);
    }
  }

  // A way of which nobody knows whether the packet takes it.
  question(lane, kind) {
    const [start, end] = this.layout.corridor;
    const middle = (start + end) / 2;
    this.svg.append(draw("polyline", { points: this.line(lane, middle - 16), class: kind }));
    const [x, y] = this.place(lane, middle);
    this.svg.append(draw("text", { x, y: y + 8, class: "tone asked" }, "?"));
  }

  arrow(lane, along, kind, arrives) {
    this.svg.append(draw("polyline", { points: this.line(lane, arrives ? along - 8 : along), class: kind }));
    const [x, y] = this.place(lane, along);
    const wide = this.layout === LAYOUTS.wide;
    if (arrives) {
      const points = wide ? [[x, y], [x - 13, y - 8], [x - 13, y + 8]] : [[x, y], [x - 8, y - 13], [x + 8, y - 13]];
      this.svg.append(draw("polygon", { points: points.join(" "), class: "head" }));
    } else {
      this.svg.append(draw("path", { d: `M${x - 8},${y - 8} l16,16 m0,-16 l-16,16`, class: "flow" }));
    }
  }

  // Where a guard stands: they share the first two thirds of the corridor, what would help stands behind them.
  position(number) {
    const [start, end] = this.layout.corridor;
    const places = this.guards.length + 1;
    return start + ((end - start - 20) * (number + 1)) / (places + 0.6);
  }

  wall() {
    const { verdict, change, condition } = this.cell;
    this.guards.forEach((guard, number) => {
      const stops = (guard.blocks[this.traffic] || []).includes(this.scenario);
      const closed = guard.id === this.cell.reason || (stops && verdict !== "LEAK");
      const kind = !guard.certain ? "guard maybe" : closed ? "guard holds" : "guard";
      this.bar(this.position(number), kind, closed ? 0 : 24, String(number + 1));
    });
    if (verdict === "LEAK") {
      const along = this.position(this.guards.length);
      if (change) this.bar(along, "guard ghost", 26, "+");
      const [x, y] = this.place(OWN, this.guards.length ? this.position(this.guards.length - 1) : along);
      this.svg.append(draw("circle", { cx: x, cy: y, r: 15, class: "hole" }));
      const [first, second] = this.leak(Boolean(condition));
      const at = this.layout === LAYOUTS.wide ? [[x, y + 58], [x, y + 74]] : [[x - 20, y + 24], [x - 20, y + 40]];
      const side = this.layout === LAYOUTS.wide ? "" : " beside";
      this.svg.append(draw("text", { x: at[0][0], y: at[0][1], class: `tone${side}` }, first));
      this.svg.append(draw("text", { x: at[1][0], y: at[1][1], class: `small${side}` }, second));
    }
  }

  // What is said at the hole: that it is one, and why nothing closes it.
  leak(perhaps) {
    const idle = this.guards.filter((guard) => guard.certain).length;
    const why = perhaps ? "not known to be shut" : idle ? "shut too late or never" : "nothing blocks it";
    return [perhaps ? "may leak" : "leaks here", why];
  }

  // A bar across the Pod's own lane, with a gap where it lets the packet through.
  bar(along, kind, gap, sign) {
    const [x, y] = this.place(OWN, along);
    const wide = this.layout === LAYOUTS.wide;
    const half = 40, thick = 12;
    const pieces = gap ? [[-half, -gap / 2], [gap / 2, half]] : [[-half, half]];
    for (const [from, to] of pieces) {
      const box = wide
        ? { x: x - thick / 2, y: y + from, width: thick, height: to - from }
        : { x: x + from, y: y - thick / 2, width: to - from, height: thick };
      this.svg.append(draw("rect", { ...box, rx: 4, class: kind }));
    }
    const at = wide ? { x, y: y - half - 7 } : { x: x + half + 10, y: y + 5 };
    this.svg.append(draw("text", { ...at, class: sign === "+" ? "good" : "small" }, sign));
  }
}

function tone(cell) {
  if (cell.condition) return "perhaps";
  if (cell.verdict === "LEAK") return cell.seen_by === "cluster" ? "cluster" : "leak";
  return { outside: "outside", unknown: "unknown" }[cell.verdict] || "safe";
}

// ---- what is said below the picture

const words = (identity) => identity.replaceAll("-", " ");

function sentence(cell) {
  switch (cell.verdict) {
    case "tunnel": return `The packet takes the tunnel; what makes it so: ${words(cell.reason)}.`;
    case "blocked": return `The packet is blocked by: ${words(cell.reason)}.`;
    default: return cell.reason ? cell.reason[0].toUpperCase() + cell.reason.slice(1) + "." : "";
  }
}

// The measurement as the page's own list has it: a link, or a file's name.
const measurements = new Map(
  [...document.querySelectorAll("[data-evidence]")].map((item) => [item.dataset.evidence, item.firstElementChild]),
);

function link(evidence) {
  return measurements.get(evidence)?.cloneNode(true) ?? make("code", {}, evidence);
}

function caption(route, scenario, traffic, moment) {
  const cell = route.matrix[scenario][traffic];
  const verdict = [cell.verdict, cell.condition].filter(Boolean).join(" ");
  const lines = [make("p", {}, make("strong", {}, `${scenario}, ${traffic}: ${verdict}`), moment ? ` (${moment})` : "")];
  lines.push(make("p", {}, sentence(cell)));
  if (cell.change) lines.push(make("p", { class: "help" }, make("strong", {}, "+ Change: "), cell.change));
  if (cell.evidence) lines.push(make("p", { class: "place" }, "Measured: ", link(cell.evidence)));
  const guards = new Picture(route, scenario, traffic).guards.map((guard, number) => {
    const stops = (guard.blocks[traffic] || []).includes(scenario);
    const state = !guard.certain ? "not known to be in force" : stops || guard.id === cell.reason ? "holds" : "does not act now";
    return make("li", {}, `${number + 1} ${words(guard.id)}: ${state}`);
  });
  if (guards.length) lines.push(make("ul", { class: "guards" }, ...guards));
  return lines;
}

// ---- a workload

function badness(cell) {
  const order = ["LEAK", "unknown", "outside", "tunnel", "blocked"].indexOf(cell.verdict);
  return order * 4 + (cell.seen_by === "cluster" ? 2 : 0) + (cell.condition ? 1 : 0);
}

// A card holds a way for each client of the Pod, with a matrix and a picture.
const waysOf = (card) => [...card.querySelectorAll(".way")];
const tabsOf = (card) => [...card.querySelectorAll("[role=tab]")];
const buttonsOf = (way) => [...way.querySelectorAll(".matrix button")];

function routeOf(way) {
  return report.workloads[way.closest(".card").dataset.number].routes[way.dataset.route];
}

function choose(way, button) {
  const route = routeOf(way);
  if (!route) return;
  const { scenario, traffic } = button.dataset;
  for (const other of buttonsOf(way)) {
    other.setAttribute("aria-pressed", String(other === button));
    other.tabIndex = other === button ? 0 : -1;
  }
  const moment = button.closest("tr").querySelector("small").textContent;
  const figure = way.querySelector("figure");
  const said = caption(route, scenario, traffic, moment);
  const label = `The way of a packet. ${said.slice(0, 2).map((line) => line.textContent).join(" ")}`;
  figure.querySelector(".picture").replaceChildren(new Picture(route, scenario, traffic).render(label));
  figure.querySelector("figcaption").replaceChildren(...said);
  figure.hidden = false;
}

function chosen(way) {
  return buttonsOf(way).find((button) => button.getAttribute("aria-pressed") === "true");
}

// Shows the way of one client, and hides those of the others.
function select(card, tab) {
  for (const other of tabsOf(card)) {
    other.setAttribute("aria-selected", String(other === tab));
    other.tabIndex = other === tab ? 0 : -1;
    document.getElementById(other.getAttribute("aria-controls")).hidden = other !== tab;
  }
}

// Draws the worst cell of each client, and begins with the worst client, once the workload is opened.
function show(card) {
  const worst = waysOf(card).map((way) => {
    const route = routeOf(way);
    if (!route) return Infinity;
    const rank = ({ dataset }) => badness(route.matrix[dataset.scenario][dataset.traffic]);
    const [first] = buttonsOf(way).sort((one, other) => rank(one) - rank(other));
    if (!chosen(way)) choose(way, first);
    return rank(first);
  });
  const tabs = tabsOf(card);
  if (tabs.length && !tabs.some((tab) => tab.hasAttribute("aria-selected"))) {
    tabs[0].parentElement.hidden = false;
    select(card, tabs[worst.indexOf(Math.min(...worst))]);
  }
}

function move(way, button, key) {
  const row = button.closest("tr");
  const column = [...row.querySelectorAll("button")].indexOf(button);
  const rows = [...row.parentElement.rows];
  const line = rows.indexOf(row);
  const steps = {
    ArrowRight: [line, column + 1], ArrowLeft: [line, column - 1], ArrowDown: [line + 1, column],
    ArrowUp: [line - 1, column], Home: [line, 0], End: [line, row.querySelectorAll("button").length - 1],
  };
  const [toLine, toColumn] = steps[key] || [];
  const target = rows[toLine]?.querySelectorAll("button")[toColumn];
  if (target) {
    choose(way, target);
    target.focus();
  }
  return key in steps;
}

function turn(card, tab, key) {
  const tabs = tabsOf(card);
  const at = tabs.indexOf(tab);
  const steps = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 };
  if (!(key in steps)) return false;
  const target = tabs[(steps[key] + tabs.length) % tabs.length];
  select(card, target);
  target.focus();
  return true;
}

for (const card of cards) {
  card.addEventListener("toggle", () => card.open && show(card));
  card.addEventListener("click", (event) => {
    const button = event.target.closest(".matrix button");
    const tab = event.target.closest("[role=tab]");
    if (button) choose(button.closest(".way"), button);
    if (tab) select(card, tab);
  });
  card.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const button = event.target.closest(".matrix button");
    const tab = event.target.closest("[role=tab]");
    if (button ? move(button.closest(".way"), button, event.key) : tab && turn(card, tab, event.key)) {
      event.preventDefault();
    }
  });
  if (card.open) show(card);
}

narrow.addEventListener("change", () => {
  for (const way of cards.flatMap(waysOf)) if (chosen(way)) choose(way, chosen(way));
});

// ---- search, filter, sort

const controls = document.getElementById("controls");
const search = document.getElementById("search");
const sort = document.getElementById("sort");
const unfold = document.getElementById("unfold");
const rests = document.getElementById("rests");
const chips = [...document.querySelectorAll(".chip[data-level]")];
const texts = new Map();

const pressed = (button) => button.getAttribute("aria-pressed") === "true";

function matches(card, asked, levels) {
  if (!levels.has(card.dataset.level) || (pressed(rests) && !("rests" in card.dataset))) return false;
  if (!asked.length) return true;
  if (!texts.has(card)) texts.set(card, card.textContent.toLowerCase());
  return asked.every((word) => texts.get(card).includes(word));
}

function filter() {
  const asked = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  const levels = new Set(chips.filter(pressed).map((chip) => chip.dataset.level));
  let number = 0;
  for (const card of cards) {
    card.hidden = !matches(card, asked, levels);
    number += Number(!card.hidden);
  }
  document.getElementById("shown").textContent = number < cards.length ? `${number} of ${cards.length} workloads shown` : "";
}

function arrange() {
  const key = sort.value;
  const compare = key === "rank"
    ? (one, other) => one.dataset.rank - other.dataset.rank
    : (one, other) => one.dataset[key].localeCompare(other.dataset[key], "en", { numeric: true });
  // Array.prototype.sort is stable: what is alike stays in the report's order.
  document.getElementById("workloads").append(...[...cards].sort(compare));
}

function openAll(open) {
  for (const card of cards) card.open = open;
  unfold.setAttribute("aria-pressed", String(open));
  unfold.textContent = open ? "Close all" : "Open all";
}

if (controls) {
  controls.hidden = false;
  controls.addEventListener("submit", (event) => event.preventDefault());
  search.addEventListener("input", filter);
  sort.addEventListener("change", arrange);
  unfold.addEventListener("click", () => openAll(!pressed(unfold)));
  for (const chip of [...chips, rests]) {
    chip.addEventListener("click", () => {
      chip.setAttribute("aria-pressed", String(!pressed(chip)));
      filter();
    });
  }
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !event.target.closest("input, select")) {
      event.preventDefault();
      search.focus();
    } else if (event.key === "Escape" && event.target === search) {
      search.value = "";
      filter();
    }
  });
}

// ---- a link to one workload, print, theme

function follow() {
  const card = cards.find((one) => `#${one.id}` === location.hash);
  if (card) card.open = true;
}

window.addEventListener("hashchange", follow);
follow();

let closed = [];
let hidden = [];
window.addEventListener("beforeprint", () => {
  closed.push(...document.querySelectorAll("details:not([open])"));
  for (const details of closed) details.open = true;
  for (const card of cards) show(card);
  hidden.push(...document.querySelectorAll(".way[hidden]"));
  for (const way of hidden) way.hidden = false;
});
window.addEventListener("afterprint", () => {
  for (const details of closed) details.open = false;
  for (const way of hidden) way.hidden = true;
  [closed, hidden] = [[], []];
});

const THEMES = ["system", "light", "dark"];
const theme = document.getElementById("theme");

// A page that is opened from a file, or in a sandbox, may have no storage.
function remembered() {
  try {
    return localStorage.getItem("vpnlint-theme");
  } catch {
    return null;
  }
}

function wear(name) {
  if (name === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = name;
  theme.textContent = `Theme: ${name}`;
  theme.dataset.theme = name;
}

theme.hidden = false;
wear(THEMES.includes(remembered()) ? remembered() : "system");
theme.addEventListener("click", () => {
  const name = THEMES[(THEMES.indexOf(theme.dataset.theme) + 1) % THEMES.length];
  wear(name);
  try {
    localStorage.setItem("vpnlint-theme", name);
  } catch {
    // It lasts as long as the page, then.
  }
});
