#!/usr/bin/env bash
# Runs the tests of emitted policies by the Kyverno CLI; its exit code is that of `vpnlint kyverno test`.
#   VPNLINT_KYVERNO_TESTS   the folder with the policies
set -euo pipefail

exec "$RUNNER_TEMP/vpnlint/bin/vpnlint" kyverno test -- "$VPNLINT_KYVERNO_TESTS"
