#!/bin/bash
# How the node grows: for each number of handles the load, piped from a generator, and the file; start, dump; answers a
# second with one worker on one core beside a server that looks nothing up; memory. Draws throughput against the number of
# handles, and latency against load at the largest, as SVG.
#
# use: scale.sh BANYAN FOLDER NUMBER...     FOLDER: where data and results go; each index is removed before the next
# 50 million handles take 22 GB of disk and 10 minutes, 100 million 43 GB.
set -euo pipefail
banyan=$(realpath "$1")
folder=$(realpath "$2")
shift 2
source=$(dirname "$(realpath "$0")")
rounds=${ROUNDS:-5} seconds=${SECONDS_A_ROUND:-2}
work=$(mktemp -d "$folder/banyan-scale-XXXXXX")
started=()
trap 'for pid in "${started[@]}"; do kill -9 "$pid" 2>/dev/null || true; done; rm -rf "$work"' EXIT
cd "$work"
for program in udpload udplimit names; do cc -O2 "$source/$program.c" -o $program; done
cc -O2 "$source/lmdblimit.c" -o lmdblimit -llmdb
now() { date +%s.%N; }
rate() { awk -v n="$1" -v a="$2" -v b="$(now)" 'BEGIN { printf "%.0f", n / (b - a) }'; }
median() { sort -g | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }
say() { echo "$*" >&2; }

serve() { # table memory
    rm -f ready
    local at
    at=$(now)
    taskset -c 0 "$banyan" serve --data node --listen 127.0.0.1:0 --workers 1 --ready-file ready --set "table.memory=$1" >/dev/null 2>serve.log &
    pid=$!
    started+=($pid)
    disown
    while [ ! -e ready ]; do kill -0 $pid || { cat serve.log >&2; exit 1; }; sleep 0.001; done
    start=$(awk -v a="$at" -v b="$(now)" 'BEGIN { printf "%.0f", 1000 * (b - a) }')
    port=$(grep -oE '127\.0\.0\.1:[0-9]+' ready | head -1 | cut -d: -f2)
}

ask() { # port, options: answers a second, for 25 million of the names at most, spread over all
    taskset -c 1 ./udpload -f requests.hex -p "$1" -t "$seconds" -w 256 -b 64 "${@:2}" | grep -oE 'qps=[0-9]+' | cut -d= -f2
}

compare() { # what, table memory, udpload's options: a line of results
    serve "$2"
    # As long as a table takes to fill.
    ask "$port" -t 20 -e 24:00000001 "${@:3}" >/dev/null
    local ours=() theirs=()
    for _ in $(seq "$rounds"); do
        ours+=("$(ask "$port" -e 24:00000001 "${@:3}")")
        theirs+=("$(ask "$limit_port" "${@:3}")")
    done
    a=$(printf '%s\n' "${ours[@]}" | median)
    b=$(printf '%s\n' "${theirs[@]}" | median)
    memory=$(awk '/^RssAnon:/ { printf "%.0f", $2 / 1024 }' /proc/$pid/status)
    printf '%-12s %-34s %10.0f %10.0f %6s %8s MiB\n' "$handles" "$1" "$a" "$b" "$(awk -v a="$a" -v b="$b" 'BEGIN { printf "%.2f", a / b }')" "$memory"
    echo "$handles|$1|$a|$b" >>points
    kill -9 "$pid"
}

taskset -c 0 ./udplimit -r 252 >limit.txt &
started+=($!)
disown
while ! grep -q port limit.txt; do sleep 0.01; done
limit_port=$(cut -d' ' -f2 limit.txt)
for handles in "$@"; do
    say "loading $handles"
    rm -rf node bare
    "$banyan" init --data node --prefix 88.100.1 --listen 127.0.0.1:0 >/dev/null 2>&1
    at=$(now)
    ./names records "$handles" | "$banyan" load --data node --format ndjson - >/dev/null
    load=$(rate "$handles" "$at")
    size=$(stat -c %s node/data.mdb)
    at=$(now)
    "$banyan" dump --data node >/dev/null
    dump=$(rate "$handles" "$at")
    serve 0
    kill -9 "$pid"
    echo "$handles handles: load $load records/s, $((size / handles)) bytes a handle, dump $dump records/s, start $start ms"
    # Every so many-th name: no more than the load program has memory for.
    ./names handle "$handles" | awk -v step=$(((handles + 24999999) / 25000000)) 'NR % step == 0' >requests.hex
    compare "the index alone, uniform" 0
    compare "table of all, uniform" "$((64 + handles / 1500))MiB"
    compare "table of 342 MiB (256 for UDP), Zipf" 342MiB -z 0.99
    compare "table of 342 MiB (256 for UDP), uniform" 342MiB
done

# Latency against load at the largest index, from when a request was due: shares of what was reached above.
best=$(awk -F '|' '$2 ~ /table of all/ { best = $3 } END { print best }' points)
serve "$((64 + handles / 1500))MiB"
ask "$port" -t 20 -e 24:00000001 >/dev/null
step=$((handles > 1000000 ? handles / 1000000 : 1))
seq 0 "$step" $((handles - 1)) | awk '{ printf "88.100.1/%010d\n", $1 }' >keys.txt
for share in 10 25 50 75 90; do
    rate=$(awk -v best="$best" -v share=$share 'BEGIN { printf "%.0f", best * share / 100 }')
    taskset -c 1 "$banyan" bench resolve --server "127.0.0.1:$port" --keys keys.txt \
        --rate "$rate" --seconds 5 --json >latency.json || continue
    for point in p50 p90 p99 p999; do
        value=$(grep -oE "\"$point\" : [0-9.]+" latency.json | grep -oE '[0-9.]+$')
        echo "$point|$rate|$value" >>latencies
        printf '%-12s latency %s at %s %% of the load: %s µs\n' "$handles" $point $share "$value"
    done
done

# Draws lines from "series|x|y": title, what the axes are, logarithmic or not.
plot() {
    awk -F '|' -v title="$1" -v xname="$2" -v yname="$3" -v logarithmic="$4" '
        function px(x) { return 70 + 500 * ((logarithmic ? log(x) : x) - left) / (right > left ? right - left : 1) }
        function py(y) { return 320 - 270 * y / top }
        { if (!($1 in line)) name[++n] = $1; x = logarithmic ? log($2) : $2; line[$1] = line[$1] $2 " " $3 ";"
          if (NR == 1 || x < left) left = x; if (NR == 1 || x > right) right = x; if ($3 > top) top = $3; seen[$2] = 1 }
        END {
            split("#1f6feb #d1242f #1a7f37 #9a6700", color, " ")
            print "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 800 380\" font-family=\"sans-serif\" font-size=\"12\"><rect width=\"800\" height=\"380\" fill=\"white\"/>"
            printf "<text x=\"70\" y=\"24\" font-size=\"15\">%s</text><text x=\"320\" y=\"368\" text-anchor=\"middle\">%s</text><text x=\"70\" y=\"44\">%s</text>\n", title, xname, yname
            for (g = 0; g <= 4; g++) printf "<path d=\"M70 %.1fH570\" stroke=\"#ddd\"/><text x=\"64\" y=\"%.1f\" text-anchor=\"end\">%.0f</text>\n", py(top * g / 4), py(top * g / 4) + 4, top * g / 4
            for (x in seen) printf "<text x=\"%.1f\" y=\"340\" text-anchor=\"middle\">%s</text>\n", px(x), x
            for (k = 1; k <= n; k++) {
                count = split(line[name[k]], point, ";"); path = ""
                for (i = 1; i < count; i++) { split(point[i], p, " "); path = path (i == 1 ? "M" : "L") sprintf("%.1f %.1f", px(p[1]), py(p[2])) }
                printf "<path d=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/><text x=\"580\" y=\"%d\" fill=\"%s\">%s</text>\n", path, color[k], 60 + 20 * k, color[k], name[k]
            }
            print "</svg>"
        }'
}
awk -F '|' '{ print $2 "|" $1 "|" $3 }' points | plot "Answers a second, one worker on one core, UDP" "handles in the index" "answers/s" 1 >"$folder/throughput.svg"
[ ! -s latencies ] || plot "Latency from when a request was due, $handles handles, UDP" "requests a second" "µs" 0 <latencies >"$folder/latency.svg"
