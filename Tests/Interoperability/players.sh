#!/usr/bin/env bash
# players.sh EXECUTABLE: third-party players and a browser play what Headwater ingests and serves; lftp and vsftpd exchange
# files with it. Prints one line a check and a closing line; exits with 1 when a check failed.
set -uo pipefail
headwater=$(realpath "${1:?usage: players.sh EXECUTABLE}")
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/headwater-interop.XXXXXX")
pids=()
. "$(dirname "$0")/checks.sh"
finish() {
    clean_up
    userdel --remove headwater-ftp 2>/dev/null
}
trap finish EXIT

serve() { # serve VARIABLE ARGUMENTS…: starts a server and puts its URL in VARIABLE
    local -n url=$1
    shift
    mkfifo "$work/announce"
    "$headwater" "$@" >"$work/announce" 2>>"$work/server.log" &
    pids+=($!)
    local line
    read -r -t 30 line <"$work/announce" || { echo "headwater $* did not start" >&2; cat "$work/server.log" >&2; exit 1; }
    rm "$work/announce"
    url=${line##* }
}

# Headless; each run needs a profile of its own, or it would hand its page to a browser that still runs.
chromium=(chromium --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --hide-scrollbars
    --autoplay-policy=no-user-gesture-required --enable-logging=stderr)

echo "Ingesting the sample clip …"
"$headwater" ingest "$root/media/samples/bigbuckbunny.mp4" --name clip --library "$work/library" >"$work/ingest.log" 2>&1 ||
    { cat "$work/ingest.log" >&2; exit 1; }
mkdir -p "$work/library/media/samples"
cp "$root/media/samples/bigbuckbunny.mp4" "$work/library/media/samples/"
serve origin origin --library "$work/library" --listen 127.0.0.1:0
serve edge edge --origin "$origin" --listen 127.0.0.1:0
mpd=$edge/manifests/clip.mpd

plays_in_mpv() {
    mpv --no-config --vo=null --ao=null --ao-null-untimed --untimed --msg-level=all=warn "$1" >"$work/mpv.log" 2>&1
    local status=$?
    cat "$work/mpv.log"
    [ $status = 0 ] && ! grep -qiE 'error|invalid|failed' "$work/mpv.log"
}

plays_in_gstreamer() {
    timeout 120 gst-launch-1.0 -q playbin "uri=$1" video-sink='fakesink sync=false' audio-sink='fakesink sync=false'
}

plays_in_browser() {
    "${chromium[@]}" --user-data-dir="$work/browser" "file://$here/browser.html#$1" >"$work/browser.log" 2>&1 &
    local pid=$! line=
    for _ in $(seq 600); do
        line=$(grep -o 'RESULT {.*}' "$work/browser.log" | head -n 1)
        [ -n "$line" ] && break
        kill -0 $pid 2>/dev/null || break
        sleep 0.1
    done
    kill $pid 2>/dev/null
    wait $pid 2>/dev/null
    echo "${line:-no result: $(tail -n 5 "$work/browser.log")}"
    python3 - "${line#RESULT }" <<'PYTHON'
import json, sys
result = json.loads(sys.argv[1])
assert "error" not in result, result["error"]
declared = result["declared"]
for buffer in result["buffers"]:
    assert len(buffer["ranges"]) == 1, f"gaps in {buffer['mime']}: {buffer['ranges']}"
    start, end = buffer["ranges"][0]
    assert start < 0.001, f"{buffer['mime']} starts at {start}"
    assert abs(end - declared) < 0.05, f"{buffer['mime']} ends at {end}, the MPD says {declared}"
assert abs(result["played"] - declared) < 0.1, f"played to {result['played']} of {declared}"
assert result["decoded"] > 0
PYTHON
}

check "mpv plays the presentation through an edge to its end" plays_in_mpv "$mpd"
check "mpv plays the plain file progressively" plays_in_mpv "$edge/media/samples/bigbuckbunny.mp4"
check "GStreamer plays the presentation through an edge to its end" plays_in_gstreamer "$mpd"
check "a browser plays it through Media Source Extensions, switching at every segment" plays_in_browser "$mpd"

# The library behind nginx and TLS, by a certificate of an authority that only the test knows.
make_certificates() {
    local key=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes)
    cd "$work" || return 1
    openssl req -x509 "${key[@]}" -keyout ca.key -out ca.pem -days 2 -subj "/CN=Headwater interoperability" &&
        openssl req "${key[@]}" -keyout server.key -out server.csr -subj "/CN=localhost" &&
        openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -out server.pem \
            -extfile <(echo "subjectAltName=DNS:localhost,IP:127.0.0.1")
}

serve_by_nginx() { # starts nginx on $tls_port; it announces nothing, so that connections are tried until one succeeds
    chmod 755 "$work"
    cat >"$work/nginx.conf" <<NGINX
worker_processes 1; daemon off; error_log $work/nginx.log; pid $work/nginx.pid;
events { worker_connections 64; }
http {
  access_log $work/access.log; sendfile on; types { application/dash+xml mpd; video/mp4 mp4 m4s; }
  client_body_temp_path $work/t1; proxy_temp_path $work/t2; fastcgi_temp_path $work/t3; uwsgi_temp_path $work/t4; scgi_temp_path $work/t5;
  server { listen 127.0.0.1:$tls_port ssl http2; root $work/library; ssl_certificate $work/server.pem; ssl_certificate_key $work/server.key; }
}
NGINX
    nginx -c "$work/nginx.conf" >>"$work/nginx.log" 2>&1 &
    pids+=($!)
    for _ in $(seq 100); do
        if (: <"/dev/tcp/127.0.0.1/$tls_port") 2>/dev/null; then return; fi
        sleep 0.1
    done
    cat "$work/nginx.log"
    return 1
}

plays_over_tls() { # plays_over_tls VERSION LOGGED: by that version of HTTP, as nginx's log confirms
    : >"$work/access.log"
    "$headwater" play "https://localhost:$tls_port/manifests/clip.mpd" --ca "$work/ca.pem" --http "$1" --duration 3s --json \
        >"$work/tls.json" || return 1
    python3 - "$work/tls.json" "$work/access.log" "$2" <<'PYTHON'
import json, sys
result, lines = json.load(open(sys.argv[1])), open(sys.argv[2]).read().splitlines()
assert result["summary"]["outcome"] == "completed", result
assert len(lines) > 3 and all(f'{sys.argv[3]}"' in line and " 200 " in line for line in lines), lines
PYTHON
}

refuses_unknown_authority() { # without --ca: one line and a status, nothing played
    "$headwater" play "https://localhost:$tls_port/manifests/clip.mpd" --duration 3s >"$work/refused" 2>&1
    local status=$?
    cat "$work/refused"
    [ $status -ge 64 ] && [ $status -le 78 ] && [ "$(wc -l <"$work/refused")" = 1 ]
}

tls_port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
check "openssl makes an authority and a certificate" make_certificates
check "nginx serves what was ingested, over TLS" serve_by_nginx
check "play takes it from nginx over TLS and HTTP/2, trusting that authority" plays_over_tls 2 HTTP/2.0
check "play takes it from nginx over TLS and HTTP/1.1, trusting that authority" plays_over_tls 1.1 HTTP/1.1
check "play refuses a certificate of an authority that it was not told of" refuses_unknown_authority

plays_through_edge() { # the edge asks nginx over TLS, the player the edge
    serve tls_edge edge --origin "https://localhost:$tls_port" --ca "$work/ca.pem" --listen 127.0.0.1:0 &&
        "$headwater" play "$tls_edge/manifests/clip.mpd" --duration 3s
}
check "an edge takes it from nginx over TLS, trusting that authority" plays_through_edge

report_renders() { # every page of the report must render without an error on its console, and without reaching out
    "$headwater" bench "$mpd" --rules bola-basic,throughput --profiles step-down,square --simulate --report "$work/report" || return 1
    for width in 390 1400; do
        "${chromium[@]}" --user-data-dir="$work/browser-$width" --window-size=$width,3000 \
            --screenshot="$work/report-$width.png" "file://$work/report/index.html" >"$work/report.log" 2>&1 || return 1
        if grep -E 'CONSOLE.*(rror|net::)' "$work/report.log"; then return 1; fi
        [ -s "$work/report-$width.png" ] || return 1
    done
    ! grep -qE '(src|href)="https?://' "$work/report/index.html"
}
check "the benchmark's report renders in a browser" report_renders

equals_sabre() { # every figure of the public simulator Sabre, to its last digit
    local fixtures=$root/Tests/Playback/SimulatorTests/Fixtures/sabre
    local all=bola-basic,bola-u,bola-o,bola-e,bola-e-o,throughput,dynamic,dynamic-dash
    local movies=()
    for movie in "$fixtures"/movies/*.json; do movies+=(--movie "$movie"); done
    "$headwater" bench --model sabre "${movies[@]}" --profiles "$fixtures/profiles" --max-buffer 10,25,60 --rules "$all" \
        --abandonment both --csv "$work/sabre.csv" >/dev/null || return 1
    python3 - "$fixtures/expected.csv" "$work/sabre.csv" <<'PYTHON'
import csv, sys
key = lambda row: (row["profile"], row["movie"], float(row["max_buffer_s"]), row["rule"], row["abandonment"])
read = lambda path: {key(row): row for row in csv.DictReader(open(path, newline=""))}
expected, ours = read(sys.argv[1]), read(sys.argv[2])
figures = [name for name in next(iter(expected.values())) if name.startswith(("time_", "total_", "rebuffer_"))]
bad = [k for k, row in expected.items() for name in figures
       if abs(float(row[name]) - float(ours[k][name])) > max(2e-6, 1e-6 * abs(float(row[name])))]
print(f"{len(expected)} rows, {len(set(bad))} differ: {bad[:3]}")
sys.exit(1 if bad or len(expected) != 1872 else 0)
PYTHON
}
check "virtual time by Sabre's model gives all of its 1,872 published rows" equals_sabre

ftp_session() { # everything that the tests do with ftplib and curl, against the released executable
    python3 "$root/Tests/Headwater/Scripts/ftp.py" "$headwater" "$1"
}
for scenario in plain tls curl abort client_killed server_killed; do
    check "FTP with Python's ftplib and curl: $scenario" ftp_session $scenario
done

echo x | "$headwater" account add a@b.test --data "$work/ftp" --password-stdin
serve ftp ftp serve --listen 127.0.0.1:0 --data "$work/ftp" --self-signed --require-tls

lftp_mirrors() { # up and down again, over TLS
    local settings="set ftp:ssl-force true; set ftp:ssl-protect-data true; set net:max-retries 2"
    settings="$settings; set ssl:ca-file $work/ftp/tls/certificate.pem"
    lftp -e "$settings; open -u a@b.test,x $ftp; mirror -R $work/library up; ls up; mirror up $work/lftp; quit" &&
        diff -r "$work/library" "$work/lftp"
}
check "lftp mirrors a library to the FTP server and back, over TLS" lftp_mirrors

serve_by_vsftpd() {
    useradd --create-home --password "$(openssl passwd -6 secret)" headwater-ftp 2>/dev/null || true
    cat >"$work/vsftpd.conf" <<CONFIGURATION
listen=YES
listen_address=127.0.0.1
listen_port=20121
background=NO
local_enable=YES
write_enable=YES
seccomp_sandbox=NO
secure_chroot_dir=$work/empty
CONFIGURATION
    mkdir -p "$work/empty"
    chmod 755 "$work"
    vsftpd "$work/vsftpd.conf" &
    pids+=($!)
    for _ in $(seq 50); do (exec 3<>/dev/tcp/127.0.0.1/20121) 2>/dev/null && return; read -rt 0.1 <> <(:) || true; done
    return 1
}
takes_from_vsftpd() { # which has no MLSD
    local url=ftp://headwater-ftp:secret@127.0.0.1:20121
    "$headwater" ftp put "$root/media/samples/bigbuckbunny.mp4" "$url/clip.mp4" &&
        "$headwater" ftp get "$url/clip.mp4" "$work/clip.mp4" &&
        cmp "$root/media/samples/bigbuckbunny.mp4" "$work/clip.mp4" &&
        [[ $("$headwater" ftp list "$url/" --json) == *clip.mp4* ]] &&
        "$headwater" ftp mirror "$url/" "$work/vsftpd" && cmp "$work/clip.mp4" "$work/vsftpd/clip.mp4" &&
        [[ $("$headwater" ftp mirror "$url/" "$work/vsftpd") == "0 files fetched" ]]
}
check "vsftpd serves" serve_by_vsftpd
check "the FTP client stores, fetches, lists and mirrors with vsftpd" takes_from_vsftpd

echo
conclude
