#!/bin/bash
# Banyan beside NSD, Knot and PowerDNS: the same number of names, answers of one size, the same load programs from
# another core, in turn; medians, spreads and ratios of throughput, memory, load and start time.
#
# use: compare.sh BANYAN [NAMES] [ROUNDS] [SECONDS]      each server on core 0 with one thread, the load on core 1
#
# Each server is configured as its manual advises for speed: NSD with one server process, minimal responses and no rate
# limit; Knot with one worker of a kind and no journal; PowerDNS with one receiver, packet cache for every name; Banyan
# with one worker and a table for every record. Everything lies in one temporary folder and listens on loopback.
set -euo pipefail
banyan=$(realpath "$1")
names=${2:-1000000} rounds=${3:-5} seconds=${4:-2}
source=$(dirname "$(realpath "$0")")
server_core=0 client_core=1
[ "$(nproc)" -gt 1 ] || client_core=0

folder=$(mktemp -d "${TMPDIR:-/tmp}/banyan-compare-XXXXXX")
started=()
finish() {
    for pid in "${started[@]}"; do kill -9 "$pid" 2>/dev/null || true; done
    rm -rf "$folder"
}
trap finish EXIT
cd "$folder"
for program in udpload tcpload names; do cc -O2 "$source/$program.c" -o $program; done

say() { echo "$*" >&2; }
now() { date +%s.%N; }
since() { awk -v a="$1" -v b="$(now)" 'BEGIN { printf "%.2f", b - a }'; }

# Starts a server on its core; its id in $pid.
start() {
    taskset -c $server_core "$@" >"$server.log" 2>&1 &
    pid=$!
    started+=($pid)
    disown
}

# Waits until port $1 answers the requests of file $2; other arguments are udpload's.
answers() {
    local port=$1 file=$2
    shift 2
    for _ in $(seq 6000); do
        if ./udpload -f "$file" -p "$port" -W 0 -t 0.05 -n 1 -w 1 -T 40 "$@" 2>/dev/null | grep -qE ' good=[1-9]'; then return; fi
        kill -0 $pid 2>/dev/null || break
        sleep 0.05
    done
    say "$server does not answer:"
    tail -5 "$server.log" >&2
    exit 1
}

# Bytes of the answer at port $1 to the request in file $2.
answer_bytes() {
    printf "$(sed 's/../\\x&/g' "$2")" >request
    exec 3<>"/dev/udp/127.0.0.1/$1"
    dd if=request bs=65535 count=1 status=none >&3
    timeout 5 dd bs=65535 count=1 status=none <&3 | wc -c
    exec 3>&-
}

# MiB that only this process and its children have, beside the page cache.
memory() {
    local total=0
    for process in $1 $(pgrep -P "$1" || true); do
        for child in $process $(pgrep -P "$process" || true); do echo "$child"; done
    done | sort -u | while read -r process; do
        awk '/^Pss_Anon:/ { print $2 }' "/proc/$process/smaps_rollup" 2>/dev/null || true
    done | awk '{ sum += $1 } END { printf "%.0f", sum / 1024 }'
}

declare -A port pids load begin udp_file tcp_file udp_options tcp_options
servers=(banyan nsd knot powerdns)
dns_udp="-i 0 -l 2 -e 3:00/0f" dns_tcp="-H 2 -L 0:2 -i 2 -l 2 -e 5:00/0f"
free_port=$((20000 + RANDOM % 10000))

say "writing $names names"
./names handle "$names" >handle.hex
./names dns "$names" >dns.hex
./names dnstcp "$names" >dnstcp.hex
head -1 handle.hex >handle-1.hex
head -1 dns.hex >dns-1.hex

server=banyan
say "loading and starting $server"
"$banyan" init --data node --prefix 88.100.1 --listen 127.0.0.1:0 >/dev/null
./names records "$names" >records.ndjson
at=$(now)
"$banyan" load --data node --format ndjson records.ndjson >/dev/null
load[$server]=$(since "$at")
rm records.ndjson
at=$(now)
start "$banyan" serve --data node --listen 127.0.0.1:0 --workers 1 --ready-file ready --set "table.memory=$((64 + names / 1500))MiB"
while [ ! -e ready ]; do kill -0 $pid || { cat banyan.log >&2; exit 1; }; sleep 0.002; done
port[$server]=$(grep -oE '127\.0\.0\.1:[0-9]+' ready | head -1 | cut -d: -f2)
answers "${port[$server]}" handle-1.hex -e 24:00000001
begin[$server]=$(since "$at") pids[$server]=$pid
udp_file[$server]=handle.hex tcp_file[$server]=handle.hex
udp_options[$server]="-e 24:00000001" tcp_options[$server]="-e 24:00000001"

# A DNS answer has a header of 12 bytes, a question of 24, and 13 before the text: the rest of Banyan's size is text.
bytes=$(answer_bytes "${port[banyan]}" handle-1.hex)
text_bytes=$((bytes - 12 - 24 - 13))
./names zone "$names" $text_bytes >example.zone

dns() { # name of the server, seconds of a separate import, at what time it was started
    answers "${port[$server]}" dns-1.hex $dns_udp
    begin[$server]=$(since "$2")
    local size
    size=$(answer_bytes "${port[$server]}" dns-1.hex)
    [ "$size" = "$bytes" ] || say "note: answers of $server have $size bytes, those of banyan $bytes"
    load[$server]=$1 pids[$server]=$pid
    udp_file[$server]=dns.hex tcp_file[$server]=dnstcp.hex
    udp_options[$server]=$dns_udp tcp_options[$server]=$dns_tcp
}

server=nsd
say "starting $server"
port[$server]=$((free_port + 1))
mkdir nsd
cat >nsd.conf <<END
server:
    server-count: 1
    ip-address: 127.0.0.1@${port[nsd]}
    username: ""
    chroot: ""
    zonesdir: "$folder"
    database: ""
    pidfile: "$folder/nsd/pid"
    zonelistfile: "$folder/nsd/zones"
    xfrdfile: "$folder/nsd/xfrd"
    xfrdir: "$folder/nsd"
    logfile: "$folder/nsd.log"
    tcp-count: 1000
    minimal-responses: yes
    rrl-ratelimit: 0
    rrl-whitelist-ratelimit: 0
    statistics: 0
remote-control:
    control-enable: no
zone:
    name: "example."
    zonefile: "example.zone"
END
at=$(now)
start "$(command -v nsd || echo /usr/sbin/nsd)" -d -c nsd.conf
dns 0 "$at"

server=knot
say "starting $server"
port[$server]=$((free_port + 2))
mkdir knot
cat >knot.conf <<END
server:
    rundir: "$folder/knot"
    listen: 127.0.0.1@${port[knot]}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
    tcp-max-clients: 1000
database:
    storage: "$folder/knot"
template:
  - id: default
    storage: "$folder"
    zonefile-sync: -1
    zonefile-load: whole
    journal-content: none
    semantic-checks: false
zone:
  - domain: example.
    file: example.zone
END
at=$(now)
start "$(command -v knotd || echo /usr/sbin/knotd)" -c knot.conf
dns 0 "$at"

server=powerdns
say "importing into and starting $server"
port[$server]=$((free_port + 3))
mkdir powerdns
cat >powerdns/pdns.conf <<END
launch=lmdb
lmdb-filename=$folder/powerdns/data
lmdb-shards=1
lmdb-sync-mode=nosync
local-address=127.0.0.1
local-port=${port[powerdns]}
socket-dir=$folder/powerdns
receiver-threads=1
distributor-threads=1
signing-threads=1
cache-ttl=3600
query-cache-ttl=3600
negquery-cache-ttl=3600
zone-cache-refresh-interval=0
max-cache-entries=$((2 * names))
max-packet-cache-entries=$((2 * names))
max-tcp-connections=1000
max-tcp-connections-per-client=0
max-tcp-connection-duration=0
max-tcp-transactions-per-conn=0
expand-alias=no
loglevel=3
daemon=no
guardian=no
END
at=$(now)
pdnsutil --config-dir="$folder/powerdns" load-zone example. example.zone >powerdns-import.log 2>&1
imported=$(since "$at")
at=$(now)
start "$(command -v pdns_server || echo /usr/sbin/pdns_server)" --config-dir="$folder/powerdns"
dns "$imported" "$at"
rm example.zone

ask() { # server, program, its arguments, file, options: answers a second
    local server=$1 program=$2 file=$4
    # shellcheck disable=SC2086
    taskset -c $client_core ./"$program" -f "$file" -p "${port[$server]}" -t "$seconds" $3 $5 2>/dev/null |
        grep -oE 'qps=[0-9]+|bad=[0-9]+|lost=[0-9]+' | tr '\n' ' '
}
workloads=("udp|udpload|-w 256 -b 64" "tcp 1 x 64|tcpload|-c 1 -d 64" "tcp 100 x 1|tcpload|-c 100 -d 1")
for round in $(seq 0 "$rounds"); do
    # Round 0 fills caches, and does not count.
    say "round $round of $rounds"
    for workload in "${workloads[@]}"; do
        IFS='|' read -r name program arguments <<<"$workload"
        for server in "${servers[@]}"; do
            if [ "$program" = udpload ]; then
                line=$(ask $server $program "$arguments" "${udp_file[$server]}" "${udp_options[$server]}")
            else
                line=$(ask $server $program "$arguments" "${tcp_file[$server]}" "${tcp_options[$server]}")
            fi
            [ "$round" = 0 ] || echo "$name|$server|$line" >>results
        done
    done
done

processor=$(awk -F ': ' '/^model name/ { print $2; exit }' /proc/cpuinfo)
echo "$processor, $(nproc) processors, Linux $(uname -r); $names names, answers of $bytes bytes, $rounds rounds of $seconds s"
echo
printf '%-12s %-10s %10s %10s %10s %7s %6s %6s\n' workload server median least most ratio bad lost
awk -F '|' '
    { split($3, part, " "); for (i in part) { split(part[i], pair, "="); value[pair[1]] = pair[2] }
      key = $1 "|" $2; if (!(key in count)) order[++keys] = key
      figures[key, ++count[key]] = value["qps"]; bad[key] += value["bad"]; lost[key] += value["lost"] }
    function median(key,   i, j, n, t, list) {
        n = count[key]
        for (i = 1; i <= n; i++) list[i] = figures[key, i] + 0
        for (i = 2; i <= n; i++) for (j = i; j > 1 && list[j - 1] > list[j]; j--) { t = list[j]; list[j] = list[j - 1]; list[j - 1] = t }
        least[key] = list[1]; most[key] = list[n]
        return n % 2 ? list[(n + 1) / 2] : (list[n / 2] + list[n / 2 + 1]) / 2
    }
    END { for (k = 1; k <= keys; k++) { split(order[k], name, "|"); m = median(order[k])
            if (name[2] == "banyan") ours = m
            printf "%-12s %-10s %10d %10d %10d %7.2f %6d %6d\n", name[1], name[2], m, least[order[k]], most[order[k]], (m ? ours / m : 0), bad[order[k]], lost[order[k]] } }' results
echo
printf '%-10s %12s %14s %18s\n' server 'load, s' 'first answer, s' 'memory, MiB'
for server in "${servers[@]}"; do
    printf '%-10s %12s %14s %18s\n' $server "${load[$server]}" "${begin[$server]}" "$(memory "${pids[$server]}")"
done
