#!/usr/bin/env bash
# Runs vpnlint as install.sh left it; its exit code is vpnlint's.
#   VPNLINT_PATHS     files and folders, one a line
#   VPNLINT_FORMAT    text, json or github
#   VPNLINT_FAIL_ON   error, warning or never
set -euo pipefail

paths=()
while IFS= read -r path; do
    path=${path%$'\r'}
    [[ -z $path ]] || paths+=("$path")
done <<<"$VPNLINT_PATHS"

# Without a path vpnlint would check the folder it is in; whoever asked for nothing should learn that.
if ((${#paths[@]} == 0)); then
    echo '::error title=vpnlint::the input paths names no path' >&2
    exit 2
fi

exec "$RUNNER_TEMP/vpnlint/bin/vpnlint" check \
    --format="$VPNLINT_FORMAT" --fail-on="$VPNLINT_FAIL_ON" -- "${paths[@]}"
