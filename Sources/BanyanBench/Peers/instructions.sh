#!/bin/bash
# Instructions that the node executes for one request over UDP, outside the kernel: from the index and with a table. They
# are counted by stepping through them, so they are the same on every machine of a kind, however busy it is. Shows as
# well how often a request comes to functions that no request should need.
#
# use: instructions.sh BANYAN [FILE [keep]]   beside the figures kept in FILE; `keep` keeps these instead
set -euo pipefail
banyan=$(realpath "$1")
kept=${2:+$(realpath "$2")}
source=$(dirname "$(realpath "$0")")
requests=128
forbidden=(malloc calloc realloc swift_retain swift_release swift_allocObject swift_beginAccess pthread_mutex_lock)
folder=$(mktemp -d "${TMPDIR:-/tmp}/banyan-instructions-XXXXXX")
node=
trap '[ -z "$node" ] || kill -9 "$node" 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"
for program in udpload names steps; do cc -O2 "$source/$program.c" -o $program; done
"$banyan" init --data data --prefix 88.100.1 --listen 127.0.0.1:0 >/dev/null 2>&1
./names records 1000 >records
"$banyan" load --data data --format ndjson records >/dev/null 2>&1
./names handle 1000 >requests.hex

# Where a function of one of the node's libraries lies in memory, in hexadecimal; 0 if none has it.
address() {
    awk '$6 ~ /^\// && !seen[$6]++ { split($1, range, "-"); print range[1], $6 }' "/proc/$node/maps" |
        while read -r base file; do
            offset=$({ nm -D --defined-only "$file" 2>/dev/null || true; } | awk -v name="$1" '{ sub(/@.*/, "", $3) } $3 == name && $2 ~ /[TWi]/ { print $1; exit }')
            [ -z "$offset" ] || { printf '%x\n' $((0x$base + 0x$offset)); break; }
        done | head -1
}

count() { # table memory: lines "instructions N" and "function N", a request
    rm -f ready
    "$banyan" serve --data data --listen 127.0.0.1:0 --workers 1 --ready-file ready --set "table.memory=$1" >/dev/null 2>log &
    node=$!
    disown
    while [ ! -e ready ]; do kill -0 $node || { cat log >&2; exit 1; }; sleep 0.01; done
    port=$(grep -oE '127\.0\.0\.1:[0-9]+' ready | head -1 | cut -d: -f2)
    # In windows of 64, so that all batches are full. The first requests fill the table.
    ask=(./udpload -f requests.hex -p "$port" -w 64 -b 64 -q 64 -W 0 -t 600 -T 60000 -e 24:00000001)
    "${ask[@]}" -n 20000 >/dev/null
    addresses=()
    for name in "${forbidden[@]}"; do addresses+=("$(address "$name")"); done
    # 299: recvmmsg.
    ./steps $node 299 "${addresses[@]/#/0x}" >steps.txt &
    steps=$!
    while ! grep -q stepping steps.txt; do kill -0 $steps; sleep 0.01; done
    good=$("${ask[@]}" -n $requests | grep -oE " sent=[0-9]+" | cut -d= -f2)
    kill -TERM $steps
    wait $steps
    kill -9 $node
    node=
    tail -n +2 steps.txt | awk -v good="$good" -v names="instructions ${forbidden[*]}" \
        'BEGIN { split(names, name, " ") } { printf "%s %s\n", name[NR], $2 / good }'
}

last() { [ -z "$kept" ] || [ ! -f "$kept" ] || awk -v key="$1" '$1 == key { print $2 }' "$kept"; }
count 0 >index.txt
count 64MiB >table.txt
index=$(awk 'NR == 1 { printf "%.0f", $2 }' index.txt)
table=$(awk 'NR == 1 { printf "%.0f", $2 }' table.txt)
printf '%-28s %8s %8s\n' 'instructions a request, UDP' now kept
printf '%-28s %8s %8s\n' 'from the index' "$index" "$(last index)"
printf '%-28s %8s %8s\n' 'with a table' "$table" "$(last table)"
echo
printf '%-28s %8s %8s\n' 'calls a request' index table
join -j 1 <(tail -n +2 index.txt | sort) <(tail -n +2 table.txt | sort) |
    awk '{ printf "%-28s %8.3f %8.3f\n", $1, $2, $3 }'
if [ "${3:-}" = keep ]; then
    printf '# Instructions a request over UDP, as Sources/BanyanBench/Peers/instructions.sh counts them.\nindex %s\ntable %s\n' \
        "$index" "$table" >"$kept"
fi
