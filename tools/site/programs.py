"""A page per program of the catalogue: its images, its settings by version, what is honoured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tools.site.text import format_code, format_link, format_table, shorten_link
from vpnlint.ruleset.data_file import find_shipped_folder, read_data_files

_WORDS = {"client": "torrent client", "vpn": "VPN", "gateway": "gateway", "helper": "helper"}
_ROLES = {"client": "Torrent clients", "vpn": "VPNs", "gateway": "Gateways", "helper": "Helpers"}


def make_program_pages() -> dict[str, str]:
    """Return path → Markdown: programs/index.md, and programs/ID.md for each program."""
    roots = [source.root.to_plain() for source in read_data_files(find_shipped_folder() / "catalog")]
    programs = sorted(
        (root for root in roots if "software" in root), key=lambda root: str(root["title"]).lower()
    )
    pages = {f"programs/{item['software']}.md": "\n".join(_program(item)) for item in programs}
    return {"programs/index.md": "\n".join(_index(programs)), **pages}


def _index(programs: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield "# Programs\n"
    yield "What vpnlint knows of each program, and from which version of it. Another image is one line in"
    yield "`.vpnlint.yaml` (`images`), another program one file of the catalogue.\n"
    for role, title in _ROLES.items():
        of_role = [item for item in programs if item["role"] == role]
        if of_role:
            yield f"## {title}\n"
            yield from format_table(
                ("program", "images", "settings"),
                [
                    (
                        f"[{item['title']}]({item['software']}.md)",
                        str(len(item["images"])),
                        str(len(item.get("settings", {}))),
                    )
                    for item in of_role
                ],
            )


def _program(item: Mapping[str, Any]) -> Iterator[str]:
    yield f"# {item['title']}\n"
    yield from _facts(item)
    yield "## Images\n"
    yield from format_table(
        ("image", "what is known", "reference"), [_image(*pair) for pair in item["images"].items()]
    )
    names = item.get("names", [])
    if names:
        yield f"Other images of the name {' or '.join(map(format_code, names))} are taken for it.\n"
    for key, title in (("settings", "Settings"), ("ignored", "Settings that nothing reads")):
        settings = item.get(key) or {}
        if settings:
            yield f"## {title}\n"
            for name, setting in settings.items():
                yield from _setting(name, setting if isinstance(setting, dict) else {})
    config = item.get("config") or []
    for file in config:
        yield f"## {file['file']}\n"
        yield from format_table(
            ("section", "key", "binds to", "honoured by"),
            [
                (
                    format_code(entry["section"]) if entry.get("section") else "",
                    format_code(entry["key"]),
                    str(entry.get("form", "")),
                    describe_versions(entry.get("honoured") or []),
                )
                for entry in file["binding"]
            ],
        )


def _facts(item: Mapping[str, Any]) -> Iterator[str]:
    traffic = {
        "per-interface": "a socket on every interface: unbound, it sends past the tunnel",
        "routed": "as the routing table says",
    }
    measured = item.get("measured")
    facts = {
        "Role": _WORDS[item["role"]],
        "How it sends": traffic.get(item.get("traffic", ""), ""),
        "Its interfaces": ", ".join(map(format_code, item.get("interfaces", []))),
        "Measured in the lab as": "nothing" if measured == "none" else measured or "",
        "Needs": "NET_ADMIN" if item.get("facts", {}).get("needsNetAdmin") is True else "",
        "Marks its own packets": format_code(item["mark"]) if "mark" in item else "",
    }
    advice = item.get("advice", {})
    facts |= {
        "Kill switch": advice.get("kill_switch", ""),
        "Binding": advice.get("bind", ""),
        "Startup probe": advice.get("startup_probe", ""),
    }
    for name, text in facts.items():
        if text:
            yield f"- **{name}**: {_prose(text)}"
    yield ""


def _image(name: str, entry: Mapping[str, Any] | None) -> tuple[str, str, str]:
    entry = entry or {}
    said = [str(entry["note"])] if "note" in entry else []
    switch = entry.get("kill_switch")
    if switch is not None:
        named = format_code(switch) if isinstance(switch, str) else "on" if switch else "none"
        said.append(f"kill switch: {named}")
    inside = entry.get("inside")
    if inside:
        by = f", switched by {format_code(inside['switch'])}" if inside.get("switch") else ""
        said.append(f"a VPN inside{by}")
    reference = str(entry.get("reference", ""))
    return format_code(name), _prose("; ".join(said)), shorten_link(reference)


def _setting(name: str, setting: Mapping[str, Any]) -> Iterator[str]:
    yield f"### `{name}`\n"
    for key, title in (("means", "means"), ("form", "form"), ("default", "default"), ("instead", "instead")):
        if setting.get(key):
            yield f"- {title}: {format_code(str(setting[key]))}"
    if setting.get("off"):
        yield f"- switched off by {', '.join(format_code(str(value)) for value in setting['off'])}"
    honoured = setting.get("honoured")
    if honoured is not None:
        yield f"- honoured by: {describe_versions(honoured)}"
    if setting.get("note"):
        yield f"- {_prose(str(setting['note']))}"
    for reference in setting.get("references", []):
        yield f"- {format_link(str(reference))}"
    yield ""


def describe_versions(ranges: Sequence[Mapping[str, Any]]) -> str:
    """Return in words which versions of which images honour a setting."""
    if not ranges:
        return "no version"
    words = []
    for item in ranges:
        parts = [
            f"from {item['from']}" if "from" in item else "",
            f"below {item['below']}" if "below" in item else "",
        ]
        text = " ".join(filter(None, parts)) or "every version"
        words.append(f"{format_code(item['image'])} {text}" if item.get("image") else text)
    return "; ".join(words)


def _prose(text: str) -> str:
    """Return prose of the catalogue in which nothing is HTML."""
    return text.replace("<", "&lt;")
