#!/usr/bin/env bash
# What the scripts beside this one share; they source it, and set `work` (a folder of their own) and `pids` (what runs).

passed=0 failed=0

# report STATUS NAME: prints the line of a check, and $work/output when it failed.
report() {
    if [ "$1" = 0 ]; then
        echo "ok - $2"
        passed=$((passed + 1))
    else
        echo "not ok - $2 (status $1)"
        tail -n 25 "$work/output" | sed 's/^/    /'
        failed=$((failed + 1))
    fi
}

# check NAME COMMAND…: runs it quietly.
check() {
    local name=$1 status=0
    shift
    "$@" >"$work/output" 2>&1 || status=$?
    report $status "$name"
}

# Stops what runs, and removes the folder.
clean_up() {
    for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null; done
    wait 2>/dev/null
    rm -rf "$work"
}

# conclude [OF WHAT]: prints the closing line; its status is the script's.
conclude() {
    echo "$passed${1:+ $1} passed, $failed failed"
    [ $failed = 0 ]
}

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
