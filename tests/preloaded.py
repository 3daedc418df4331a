"""Imports all of vpnlint and compiles its rules, so that processes that are forked from this one need not."""

from __future__ import annotations

import gc
import importlib
import pkgutil
import tempfile
from pathlib import Path

import vpnlint
from tests.manifests import UNGUARDED_POD
from tests.shipped import RULESET
from vpnlint.admission.emission import Emission, emit_policies
from vpnlint.check import check

for _module in pkgutil.walk_packages(vpnlint.__path__, "vpnlint."):
    if not _module.name.endswith("__main__"):
        importlib.import_module(_module.name)
for _rule in RULESET.compiled.rules:
    _rule.compile()
with tempfile.TemporaryDirectory() as _name:
    Path(_name, "pod.yaml").write_text(UNGUARDED_POD, encoding="utf-8")
    check([_name], RULESET)
RULESET.keep_compiled()
# What is emitted shares the views, which are read and taken apart once.
emit_policies(Emission(RULESET, RULESET.rules[:1], "vap", denies=True))
# No search for garbage in a child writes to, and so copies, the memory that it shares with this process.
gc.collect()
gc.freeze()
