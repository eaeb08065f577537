#!/bin/sh
# Every fuzz target: its corpus once, then SECONDS (10) of new inputs each. The canary must fail, and its failure must
# be seen. Exit status 0 only when all that holds.
set -eu
seconds=${1:-10}
cd "$(dirname "$0")"
log=.build/smoke.log
mkdir -p .build
for folder in Sources/Fuzz*; do
    target=${folder#Sources/}
    case $target in
    FuzzSupport) continue ;;
    FuzzCanary)
        if ./run.sh "$target" "$seconds" >"$log" 2>&1; then
            echo "$target: must fail and did not" >&2
            exit 1
        fi
        if ! grep -q "the canary must fail" "$log"; then
            cat "$log" >&2
            exit 1
        fi
        echo "$target: fails, as it must"
        ;;
    *)
        if ! ./run.sh "$target" "$seconds" >"$log" 2>&1; then
            cat "$log" >&2
            exit 1
        fi
        echo "$target: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs"
        ;;
    esac
done
