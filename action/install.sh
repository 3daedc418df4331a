#!/usr/bin/env bash
# Installs vpnlint into an environment of its own in the runner's temporary folder.
#   VPNLINT_VERSION   a release, or empty for the source that this action was checked out with
set -euo pipefail

version=${VPNLINT_VERSION-}
if [[ -z $version ]]; then
    source=$GITHUB_ACTION_PATH
elif [[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+((a|b|rc)[0-9]+)?$ ]]; then
    source=vpnlint==$version
else
    # Its text could hold a line that the runner takes for a command of its own.
    echo '::error title=vpnlint::the input version must be a release such as 0.1.0' >&2
    exit 2
fi

python3 -m venv "$RUNNER_TEMP/vpnlint"
"$RUNNER_TEMP/vpnlint/bin/python" -m pip install --quiet --disable-pip-version-check -- "$source"
