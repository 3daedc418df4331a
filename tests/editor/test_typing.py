"""Sessions of typing with a real client: what is shown after each change."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Sequence
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types

from tests.editor.client import Editor, apply, asynchronous, editor
from tests.gitops.repositories import ks, lay_out
from tests.manifests import UNGUARDED_POD

# A digest, so that nothing is said of the image.
DIGEST = f"@sha256:{'0' * 64}"
LEAKING = f"{UNGUARDED_POD.rstrip()}{DIGEST}\n"
UNRELATED = LEAKING.replace("qbittorrent", "podinfo")
NO_VPN = ["no-vpn"]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return lay_out(
        tmp_path, {"apps/pod.yaml": LEAKING, "apps/other.yaml": LEAKING.replace("rrent\nsp", "2\nsp")}
    )


@asynchronous
async def test_findings_are_shown_where_they_are_for_the_whole_folder(root: Path) -> None:
    pod, other = root / "apps/pod.yaml", root / "apps/other.yaml"
    async with editor(root) as client:
        client.open(pod)
        await client.settle(pod)
        assert client.codes(pod) == client.codes(other) == NO_VPN
        finding = next(item for item in client.diagnostics(pod) if item.code == "no-vpn")
        assert finding.range == types.Range(types.Position(6, 12), types.Position(6, 23))
        assert finding.severity == types.DiagnosticSeverity.Error
        assert finding.related_information is not None
        (related,) = finding.related_information
        assert (related.location.uri, related.location.range.start.line) == (pod.as_uri(), 3)
        assert client.logged == []


@asynchronous
async def test_a_session_of_typing(root: Path) -> None:
    pod = root / "apps/pod.yaml"
    async with editor(root) as client:
        client.open(pod)
        await client.settle(pod)
        typed = LEAKING.replace("qbittorrent:5.1.2", "podinfo:6.0.0").replace("qbittorrent", "podinfo")
        for end in range(len(LEAKING) - 60, len(LEAKING)):
            client.type(pod, LEAKING[:end])
        client.type(pod, typed)
        await client.settle(pod)
        assert client.codes(pod) == []
        client.type(pod, f"# moved\n{LEAKING}")
        await client.settle(pod)
        assert client.codes(pod) == NO_VPN
        assert min(item.range.start.line for item in client.diagnostics(pod)) == 7
        client.close(pod)
        client.open(root / "apps/other.yaml")
        await client.settle(root / "apps/other.yaml")
        assert min(item.range.start.line for item in client.diagnostics(pod)) == 6


@asynchronous
async def test_a_change_is_judged_after_a_pause_without_being_asked(root: Path) -> None:
    pod = root / "apps/pod.yaml"
    async with editor(root) as client:
        client.open(pod)
        await client.settle(pod)
        client.type(pod, UNRELATED)
        while client.codes(pod):
            await asyncio.sleep(0.02)


@asynchronous
async def test_a_broken_document_is_one_diagnostic_and_spares_the_others(root: Path) -> None:
    lay_out(
        root,
        {
            "apps/kustomization.yaml": "resources: [pod.yaml]\nnamespace: downloads\n",
            "apps/pod.yaml": LEAKING,
            "flux.yaml": ks("apps", "./apps"),
        },
    )
    pod, kustomization = root / "apps/pod.yaml", root / "apps/kustomization.yaml"
    async with editor(root) as client:
        client.open(pod)
        client.open(kustomization)
        await client.settle(pod)
        before = client.diagnostics(pod)
        assert client.codes(pod) == NO_VPN
        client.type(kustomization, "resources: [pod.yaml\nnamespace: downloads\n")
        await client.settle(pod)
        assert len(client.diagnostics(kustomization)) == 1
        assert client.diagnostics(pod) == before
        client.type(pod, LEAKING.replace("image:", "image: ["))
        await client.settle(pod)
        assert len(client.diagnostics(pod)) == 1
        assert await client.hover(pod, 6, 14) == ""
        client.type(pod, LEAKING)
        client.type(kustomization, "resources: [pod.yaml]\nnamespace: downloads\n")
        await client.settle(pod)
        assert client.diagnostics(pod) == before
        assert client.codes(kustomization) == []


@asynchronous
async def test_files_that_come_move_and_go(root: Path) -> None:
    pod, moved = root / "apps/pod.yaml", root / "apps/moved.yaml"
    async with editor(root) as client:
        client.open(root / "apps/other.yaml")
        await client.settle(root / "apps/other.yaml")
        pod.rename(moved)
        client.tell((pod, types.FileChangeType.Deleted), (moved, types.FileChangeType.Created))
        await client.settle(root / "apps/other.yaml")
        assert (client.codes(pod), client.codes(moved)) == ([], NO_VPN)
        moved.unlink()
        client.tell((moved, types.FileChangeType.Deleted))
        await client.settle(root / "apps/other.yaml")
        assert client.codes(moved) == []
        new = root / "apps/new.yaml"
        client.open(new, LEAKING)
        await client.settle(new)
        assert client.codes(new) == NO_VPN
        client.close(new)
        await client.settle(root / "apps/other.yaml")
        assert client.codes(new) == []


@asynchronous
async def test_two_folders_each_with_its_configuration(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    ignore = "ignore: [{rule: no-vpn, path: '**', reason: it is on the router}]\n"
    one = lay_out(tmp_path / "one", {"pod.yaml": LEAKING, ".vpnlint.yaml": ignore})
    two = lay_out(tmp_path / "two", {"pod.yaml": LEAKING})
    async with editor(one, two) as client:
        client.open(one / "pod.yaml")
        await client.settle(one / "pod.yaml")
        assert "no-vpn" not in client.codes(one / "pod.yaml")
        assert client.codes(two / "pod.yaml") == NO_VPN
        client.open(one / ".vpnlint.yaml", ignore.replace("no-vpn", "no-vpnn"))
        await client.settle(one / "pod.yaml")
        (problem,) = client.diagnostics(one / ".vpnlint.yaml")
        assert "no-vpnn" in problem.message
        client.type(one / ".vpnlint.yaml", "exclude: ['**']\n")
        await client.settle(one / "pod.yaml")
        assert client.codes(one / ".vpnlint.yaml") == client.codes(one / "pod.yaml") == []
        event = types.WorkspaceFoldersChangeEvent([], [types.WorkspaceFolder(two.as_uri(), "two")])
        client.client.workspace_did_change_workspace_folders(types.DidChangeWorkspaceFoldersParams(event))
        await client.settle(one / "pod.yaml")
        assert client.codes(two / "pod.yaml") == []


@asynchronous
async def test_a_file_outside_of_all_folders_is_judged_by_itself(root: Path, tmp_path: Path) -> None:
    alone = tmp_path.parent / f"{tmp_path.name}.yaml"
    async with editor(root) as client:
        client.open(alone, LEAKING)
        await client.settle(alone)
        assert client.codes(alone) == NO_VPN
        client.close(alone)
        client.open(root / "apps/pod.yaml")
        await client.settle(root / "apps/pod.yaml")
        assert client.codes(alone) == []


@asynchronous
async def test_positions_are_in_utf_16(root: Path) -> None:
    pod = root / "apps/pod.yaml"
    image = f"ghcr.io/home-operations/qbittorrent:5.1.2{DIGEST}"
    container = f"    - {{command: ['🦀é🦀'], name: qbittorrent, image: '{image}'}}\n"
    text = LEAKING[: LEAKING.index("    - name")] + container
    line = text.split("\n")[6]
    async with editor(root) as client:
        client.open(pod, text)
        await client.settle(pod)
        finding = next(item for item in client.diagnostics(pod) if item.code == "no-vpn")
        start = len(line[: line.index("qbittorrent")].encode("utf-16-le")) // 2
        assert finding.range == types.Range(types.Position(6, start), types.Position(6, start + 11))
        assert "no-vpn" in await client.hover(pod, 6, start)
        assert "no-vpn" not in await client.hover(pod, 6, start - 2)


@asynchronous
async def test_a_storm_of_changes_is_judged_once_it_is_over(root: Path) -> None:
    pod = root / "apps/pod.yaml"
    async with editor(root) as client:
        client.open(pod)
        for number in range(2000):
            client.type(pod, f"# {number}\n" * (number % 7) + LEAKING)
        client.type(pod, UNRELATED)
        await client.settle(pod)
        assert client.codes(pod) == []
        assert client.logged == []


@asynchronous
async def test_a_request_is_cancelled_and_the_next_one_answered(root: Path) -> None:
    pod = root / "apps/pod.yaml"
    async with editor(root) as client:
        client.open(pod)
        parameters = types.CodeLensParams(types.TextDocumentIdentifier(pod.as_uri()))
        for number in range(50):
            client.type(pod, f"# {number}\n{LEAKING}")
            future = client.client.protocol.send_request(
                "textDocument/codeLens", parameters, msg_id=f"{number}"
            )
            client.client.cancel_request(types.CancelParams(f"{number}"))
            error = await _find_error(asyncio.wrap_future(future))
            if error:
                assert "cancel" in error.lower()
                break
            # Where much else runs, the server may answer before it is told.
        else:
            pytest.fail("no request was cancelled")
        await client.settle(pod)
        assert client.codes(pod) == NO_VPN


async def _find_error(answer: Awaitable[Any]) -> str:
    """Return why a request got no answer, empty where it got one."""
    results: Sequence[Any] = await asyncio.gather(answer, return_exceptions=True)
    return "".join(str(result) for result in results if isinstance(result, BaseException))


@asynchronous
async def test_unknown_methods_and_wrong_parameters_are_answered(root: Path) -> None:
    pod = root / "apps/pod.yaml"
    async with editor(root) as client:
        client.open(pod)
        await client.settle(pod)
        protocol: Any = client.client.protocol
        protocol.notify("vpnlint/unheardOf", {"x": 1})
        with pytest.raises(Exception, match="Method Not Found"):
            await protocol.send_request_async("vpnlint/unheardOf", {"x": 1})
        lines = [
            b'{"jsonrpc":"2.0","id":900,"method":"textDocument/hover","params":{"position":"here"}}',
            b'{"jsonrpc":"2.0","method":"textDocument/didOpen","params":[]}',
            b"{broken",
        ]
        waiting: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        protocol._request_futures[900] = waiting
        for line in lines:
            protocol.writer.write(b"Content-Length: %d\r\n\r\n" % len(line) + line)
        with pytest.raises(Exception, match="Invalid Params"):
            await waiting
        await client.settle(pod)
        assert len(client.logged) == len(lines)
        assert all("\n" not in line for line in client.logged)


def _memory(pid: int) -> int:
    """Return the megabytes that a process has in memory."""
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1]) >> 10


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
@asynchronous
async def test_hundreds_of_edits_need_no_more_memory(root: Path) -> None:
    pod = root / "apps/pod.yaml"
    async with editor(root) as client:
        client.open(pod)
        await _edit(client, pod, range(100))
        assert client.process.pid is not None
        before = _memory(client.process.pid)
        await _edit(client, pod, range(100, 600))
        assert _memory(client.process.pid) - before < 6
        assert client.codes(pod) == NO_VPN


async def _edit(client: Editor, path: Path, numbers: range) -> None:
    for number in numbers:
        client.type(path, LEAKING.replace("name: qbittorrent\nspec", f"name: qbittorrent-{number}\nspec"))
        if number % 4 == 0:
            await client.settle(path)
    await client.settle(path)


@asynchronous
async def test_hover_and_lens_tell_what_vpnlint_knows(root: Path) -> None:
    pod = root / "apps/pod.yaml"
    async with editor(root) as client:
        client.open(pod)
        (title,) = await client.lenses(pod)
        assert title == "vpnlint: deny (1 error) · egress none · LEAK at steady"
        rule = await client.hover(pod, 6, 14)
        assert "**error** `no-vpn`" in rule
        assert "`lab/wireguard-none`" in rule
        matrix = await client.hover(pod, 3, 10)
        assert "| steady | **LEAK** |" in matrix
        assert await client.hover(pod, 0, 0) == ""
        shown = await client.client.workspace_execute_command_async(
            types.ExecuteCommandParams("vpnlint.showMatrix", arguments=[pod.as_uri(), 4])
        )
        assert "| steady | **LEAK** |" in str(shown)


@asynchronous
async def test_a_finding_is_ignored_with_a_reason(root: Path) -> None:
    pod = root / "apps/pod.yaml"
    async with editor(root) as client:
        client.open(pod)
        action = next(item for item in await client.actions(pod, 6) if "Ignore no-vpn" in item.title)
        text = _made(action, LEAKING)
        assert "    # vpnlint: ignore[no-vpn] \n    - name: qbittorrent\n" in text
        client.type(pod, text)
        await client.settle(pod)
        assert "no-vpn" in client.codes(pod)
        assert any("needs a reason" in item.message for item in client.diagnostics(pod))
        client.type(pod, text.replace("[no-vpn] ", "[no-vpn] the VPN is on the router"))
        await client.settle(pod)
        assert "no-vpn" not in client.codes(pod)


def _made(action: types.CodeAction, text: str) -> str:
    assert action.edit is not None
    assert action.edit.document_changes is not None
    (change,) = action.edit.document_changes
    assert isinstance(change, types.TextDocumentEdit)
    return apply(text, change.edits)


@asynchronous
async def test_a_quick_fix_mends_the_finding(root: Path) -> None:
    text = """\
apiVersion: v1
kind: Pod
metadata:
  name: qbittorrent
spec:
  initContainers:
    - name: gluetun
      image: ghcr.io/qdm12/gluetun:v3.41.3
      restartPolicy: Always
      env:
        - name: FIREWALL_ENABLED_DISABLING_IT_SHOOTS_YOU_IN_YOUR_FOOT
          value: "off"  # for now
      securityContext: {capabilities: {add: [NET_ADMIN]}}
  containers:
    - name: qbittorrent
      image: ghcr.io/home-operations/qbittorrent:5.1.2
"""
    pod = root / "apps/pod.yaml"
    async with editor(root) as client:
        client.open(pod, text)
        await client.settle(pod)
        finding = next(item for item in client.diagnostics(pod) if item.code == "missing-kill-switch")
        offered = await client.actions(pod, finding.range.start.line)
        action = next(item for item in offered if item.title.startswith("Set FIREWALL"))
        client.type(pod, _made(action, text))
        await client.settle(pod)
        assert "missing-kill-switch" not in client.codes(pod)


@asynchronous
async def test_rules_are_completed_in_comments_and_in_the_configuration(root: Path) -> None:
    pod, configuration = root / "apps/pod.yaml", root / ".vpnlint.yaml"
    comment = "    # vpnlint: ignore[floating-image-tag, no-"
    lines = LEAKING.split("\n")
    text = "\n".join([*lines[:6], comment, *lines[6:]])
    async with editor(root) as client:
        client.open(pod, text)
        items = await client.complete(pod, 6, len(comment))
        assert items[0].label == "no-vpn"
        assert isinstance(items[0].text_edit, types.TextEdit)
        assert items[0].text_edit.range.start.character == len(comment) - 3
        assert await client.complete(pod, 0, 5) == []
        for text, position, label in (
            ("ignore:\n  - rule: no", (1, 12), "no-vpn"),
            ("severity:\n  no", (1, 4), "no-vpn"),
            ("severity:\n  no-vpn: ", (1, 10), "error"),
            ("severity: {no", (0, 13), "no-vpn"),
        ):
            client.open(configuration, text)
            assert label in [item.label for item in await client.complete(configuration, *position)], text
            client.close(configuration)
