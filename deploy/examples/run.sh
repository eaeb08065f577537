#!/usr/bin/env bash
# Banyan's main job on real input, on loopback and in a directory that is gone afterwards: a node is made, the product
# registries that Debian ships become identifiers, the node serves them, and some are resolved before your eyes.
# usage: deploy/examples/run.sh [path of the banyan binary]
set -euo pipefail

banyan=${1:-banyan}
prefix=88.118
directory=$(mktemp -d -t banyan-run.XXXXXXXX)
node=

finish() {
    if [ -n "$node" ]; then
        kill -TERM "$node" 2>/dev/null || true
        wait "$node" || true
    fi
    rm -rf "$directory"
}
trap finish EXIT

say() { printf '\n== %s\n' "$*"; }

# Shows a command as one would type it, then runs it.
show() {
    printf '$ banyan %s\n' "${*//"$directory"\//}"
    "$banyan" "$@"
}

say "A node for the industry prefix $prefix"
show init --data "$directory/node" --prefix "$prefix" --listen 127.0.0.1:0

say "Product registries become identifiers"
show sample registries --prefix "$prefix" --output "$directory"

say "They are loaded"
show load --data "$directory/node" "$directory/prefixes.jsonl" "$directory/enterprises.ndjson" \
    "$directory/products.ndjson"

say "The node serves, on a port that the kernel chooses"
"$banyan" serve --data "$directory/node" --ready-file "$directory/ready.json" 2>"$directory/serve.log" &
node=$!
until [ -s "$directory/ready.json" ]; do
    kill -0 "$node" 2>/dev/null || { cat "$directory/serve.log" >&2; exit 5; }
    sleep 0.02
done
cat "$directory/ready.json"
echo
server=$(sed -n 's/.*"udp" *: *\["\([^"]*\)".*/\1/p' "$directory/ready.json")

# The identifier whose local name ends so, with the prefix that its maker was given.
identifier() { sed -n "s|^{\"handle\":\"\([^\"]*$1\)\".*|\1|p" "$directory/products.ndjson" | head -n 1; }

say "An Ethernet controller, over UDP"
show resolve "$(identifier /PCI-8086-100E)" --server "$server" --udp
say "A Raspberry Pi's network addresses, over TCP"
show resolve "$(identifier /MAC-B827EB)" --server "$server" --tcp
say "A computer mouse, its web page alone"
show resolve "$(identifier /USB-046D-C077)" --server "$server" --type URL
say "The enterprise that makes it, as clients find it: the record of its prefix"
mouse=$(identifier /USB-046D-C077)
show resolve "0.NA/${mouse%%/*}" --server "$server"
say "What is not there is said to be not there (exit status 1)"
show resolve "${mouse%%/*}/USB-NOBODY" --server "$server" || echo "exit status $?"

say "How fast"
show bench resolve --server "$server" --udp --data "$directory/node" --seconds 5

say "The node stops when it is told to"
kill -TERM "$node"
wait "$node"
node=
echo "It drained and ended with status 0. What this run wrote is removed now."
