#!/usr/bin/env bash
# readme.sh EXECUTABLE: runs every `headwater` line of the README's examples as a reader would, in order, in a folder and (where
# the system allows it) a network of its own, so that the ports written there are free. Servers keep running behind the
# lines that follow. Prints one line a command and a closing line; exits with 1 when a command failed.
set -uo pipefail
headwater=$(realpath "${1:?usage: readme.sh EXECUTABLE}")
root=$(cd "$(dirname "$0")/../.." && pwd)
if [ -z "${HEADWATER_OWN_NETWORK:-}" ] && unshare --net true 2>/dev/null; then
    exec env HEADWATER_OWN_NETWORK=1 unshare --net "$0" "$headwater"
fi
ip link set lo up 2>/dev/null

work=$(mktemp -d "${TMPDIR:-/tmp}/headwater-readme.XXXXXX")
pids=()
. "$(dirname "$0")/checks.sh"
trap clean_up EXIT
mkdir "$work/bin" "$work/media"
ln -s "$headwater" "$work/bin/headwater"
ln -s "$root/media/samples" "$work/media/samples"
ln -s "$root/Documentation" "$work/Documentation"
PATH=$work/bin:$PATH
cd "$work" || exit 1

is_server() { [[ $1 =~ ^headwater\ (origin|edge|link|mail\ serve|ftp\ serve|dns|resolver)\  ]]; }

start() { # start LINE: runs a server behind, and waits until it listens
    bash -c "exec $1" >"$work/announced" 2>"$work/output" &
    pids+=($!)
    for _ in $(seq 300); do
        grep -q '^listening on ' "$work/announced" && return 0
        kill -0 "$!" 2>/dev/null || return 69
        sleep 0.1
    done
    return 69
}

# Lines inside of fences, without their comments; a server of somebody else's cannot be asked.
while IFS= read -r line <&3; do
    if is_server "$line"; then
        start "$line"
    else
        timeout 600 bash -c "$line" >"$work/output" 2>&1 </dev/null
    fi
    report $? "$line"
done 3< <(awk '/^```/ { inside = !inside; next } inside && /^headwater / { sub(/ +#.*/, ""); print }' "$root/README.md" |
    grep -v '//video\.example/')

conclude "of the README's commands"
