#!/bin/sh
# Builds one fuzz target and runs it over its corpus: run.sh TARGET [seconds], by default until something breaks.
# New inputs go to Fuzz/.build/found/TARGET, not to the corpus; a failing one is kept there as crash-….
set -eu
target=${1:?usage: run.sh TARGET [seconds]}
seconds=${2:-0}
cd "$(dirname "$0")"
swift build -c release --sanitize fuzzer --product "$target" >&2
found=.build/found/$target
mkdir -p "$found" "Corpus/$target"
# Without the backtrace: it would keep a crashed process alive.
exec env SWIFT_BACKTRACE=enable=no "$(swift build -c release --sanitize fuzzer --show-bin-path)/$target" \
    -max_total_time="$seconds" -max_len=4096 -timeout=5 -rss_limit_mb=512 -print_final_stats=1 \
    -artifact_prefix="$found/" "$found" "Corpus/$target"
