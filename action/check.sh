#!/usr/bin/env bash
# Runs vpnlint as install.sh left it; its exit code is vpnlint's.
#   VPNLINT_PATHS                files and folders, one a line
#   VPNLINT_CONFIG, VPNLINT_FORMAT, VPNLINT_FAIL_ON, VPNLINT_SINCE   the options of these names, where not empty
#   VPNLINT_BASELINE             false: report what the baseline holds, too
#   VPNLINT_SUMMARY              false: leave the job's summary alone
#   VPNLINT_ADVANCED_SECURITY    true: write SARIF, too, and say where by the output `sarif`
set -euo pipefail

# What is neither would be taken for the default without a word.
for name in BASELINE SUMMARY ADVANCED_SECURITY; do
    variable=VPNLINT_$name
    if [[ ${!variable} != true && ${!variable} != false ]]; then
        input=${name//_/-}
        echo "::error title=vpnlint::the input ${input,,} must be true or false" >&2
        exit 2
    fi
done

options=(--format="$VPNLINT_FORMAT")
[[ -z $VPNLINT_CONFIG ]] || options+=(--config="$VPNLINT_CONFIG")
[[ -z $VPNLINT_FAIL_ON ]] || options+=(--fail-on="$VPNLINT_FAIL_ON")
[[ -z $VPNLINT_SINCE ]] || options+=(--since="$VPNLINT_SINCE")
[[ $VPNLINT_BASELINE == true ]] || options+=(--no-baseline)
[[ $VPNLINT_SUMMARY == true ]] || unset GITHUB_STEP_SUMMARY
if [[ $VPNLINT_ADVANCED_SECURITY == true ]]; then
    sarif=$RUNNER_TEMP/vpnlint.sarif
    options+=(--output="sarif=$sarif")
fi

paths=()
while IFS= read -r path; do
    path=${path%$'\r'}
    [[ -z $path ]] || paths+=("$path")
done <<<"$VPNLINT_PATHS"

code=0
"$RUNNER_TEMP/vpnlint/bin/vpnlint" check "${options[@]}" -- ${paths[@]+"${paths[@]}"} || code=$?
# Only a report that was written can be uploaded.
if [[ -n ${sarif-} && -f $sarif ]]; then
    echo "sarif=$sarif" >>"$GITHUB_OUTPUT"
fi
exit "$code"
