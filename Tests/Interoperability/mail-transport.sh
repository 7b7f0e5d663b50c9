#!/usr/bin/env bash
# mail-transport.sh EXECUTABLE: swaks, smtp-source and a Postfix of its own exchange mail with what Headwater serves. Prints one line a
# check and a closing line; exits with 1 when a check failed. Needs root, as Postfix does.
set -uo pipefail
headwater=$(realpath "${1:?usage: mail-transport.sh EXECUTABLE}")
work=$(mktemp -d "${TMPDIR:-/tmp}/headwater-mail.XXXXXX")
chmod 755 "$work"
pids=()
. "$(dirname "$0")/checks.sh"
finish() {
    [ -d "$work/postfix" ] && postfix -c "$work/postfix" stop >/dev/null 2>&1
    clean_up
}
trap finish EXIT

# A Postfix that takes mail for example.com into a folder, and sends all other mail to us.
postfix_port=$(free_port)
headwater_port=$(free_port)
mkdir -p "$work/postfix" "$work/spool" "$work/lib" "$work/inboxes"
chown postfix "$work/lib" "$work/inboxes"
cat >"$work/postfix/main.cf" <<CONFIGURATION
compatibility_level = 3.6
queue_directory = $work/spool
data_directory = $work/lib
maillog_file = $work/postfix.log
maillog_file_prefixes = $work
myhostname = mx.example.com
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
relayhost = [127.0.0.1]:$headwater_port
virtual_mailbox_domains = example.com
virtual_mailbox_base = $work/inboxes
virtual_mailbox_maps = inline:{dave@example.com=dave/}
virtual_uid_maps = static:$(id -u postfix)
virtual_gid_maps = static:$(id -g postfix)
virtual_minimum_uid = 1
smtp_tls_security_level = encrypt
smtpd_tls_security_level = may
smtpd_tls_received_header = yes
smtpd_tls_chain_files = $work/data/tls/key.pem, $work/data/tls/certificate.pem
CONFIGURATION
cat >"$work/postfix/master.cf" <<CONFIGURATION
127.0.0.1:$postfix_port inet n - n - - smtpd
postlog unix-dgram n - n - 1 postlogd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
CONFIGURATION

for name in alice bob; do
    echo secret | "$headwater" account add "$name@example.org" --data "$work/data" --password-stdin || exit 1
done
mkfifo "$work/announce"
"$headwater" mail serve --data "$work/data" --domain example.org --hostname mx.example.org \
    --smtp-listen "127.0.0.1:$headwater_port" --submission-listen 127.0.0.1:0 --submissions-listen 127.0.0.1:0 \
    --self-signed --mx-map "example.com=127.0.0.1:$postfix_port" --log-level info >"$work/announce" 2>"$work/server.log" &
pids+=($!)
declare -A port
{
    for _ in 1 2 3; do
        read -r -t 30 line || { echo "headwater mail serve did not start" >&2; cat "$work/server.log" >&2; exit 1; }
        url=${line##* }
        port[${url%%:*}]=${url##*:}
    done
} <"$work/announce"
postfix -c "$work/postfix" start >"$work/output" 2>&1 || { echo "Postfix does not start" >&2; cat "$work/output" >&2; exit 1; }

arrives() { # arrives FOLDER COUNT [TEXT]: waits until so many messages in a folder hold the text
    local count=0
    for _ in $(seq 600); do
        count=$(grep -rlF -e "${3:-Subject}" "$1" 2>/dev/null | wc -l)
        [ "$count" -ge "$2" ] && return 0
        sleep 0.1
    done
    echo "$count of $2 messages in $1"
    tail -n 20 "$work/server.log" "$work/postfix.log"
    return 1
}

bob=$work/data/mail/example.org/bob/new
alice=$work/data/mail/example.org/alice/new

swaks_delivers() {
    swaks --server "127.0.0.1:${port[smtp]}" --tls --from carol@example.net --to bob@example.org \
        --header "Subject: from swaks" && arrives "$bob" 1 "from swaks"
}
swaks_relay_refused() {
    ! swaks --server "127.0.0.1:${port[smtp]}" --from carol@example.net --to dave@example.com &&
        ! swaks --server "127.0.0.1:${port[smtp]}" --from carol@example.net --to 'dave%example.com@example.org'
}
swaks_submits() { # swaks_submits MECHANISM TEXT OPTIONS…
    local mechanism=$1 text=$2
    shift 2
    swaks "$@" --auth "$mechanism" --auth-user alice@example.org --auth-password secret --from alice@example.org \
        --to bob@example.org --header "Subject: $text" && arrives "$bob" 1 "$text"
}
flood() { # flood SESSIONS COUNT OPTIONS…: messages by smtp-source, all of which arrive
    local sessions=$1 count=$2 before
    shift 2
    before=$(find "$bob" -type f 2>/dev/null | wc -l)
    smtp-source -s "$sessions" -m "$count" -l 4096 -f carol@example.net -t bob@example.org "$@" \
        "127.0.0.1:${port[smtp]}" || return 1
    arrives "$bob" $((before + count)) "Received"
}
to_postfix() {
    echo secret | "$headwater" mail send --server "localhost:${port[submission]}" --from alice@example.org \
        --to dave@example.com --subject "to Postfix" --text "hello" --user alice@example.org --password-stdin \
        --ca "$work/data/tls/certificate.pem" && arrives "$work/inboxes/dave/new" 1 "to Postfix" || return 1
    # Over TLS, although nobody knows the certificate.
    grep -rqE 'using TLSv1\.[23]' "$work/inboxes/dave/new"
}
bounced_by_postfix() {
    echo secret | "$headwater" mail send --server "localhost:${port[submission]}" --from alice@example.org \
        --to nobody@example.com --subject "to nobody" --text "hello" --user alice@example.org --password-stdin \
        --ca "$work/data/tls/certificate.pem" && arrives "$alice" 1 "Final-Recipient: rfc822; nobody@example.com"
}
from_postfix() {
    swaks --server "127.0.0.1:$postfix_port" --from dave@example.com --to bob@example.org \
        --header "Subject: through Postfix" && arrives "$bob" 1 "through Postfix"
}
bounce_from_postfix() { # Postfix tells dave of whom we do not know
    swaks --server "127.0.0.1:$postfix_port" --from dave@example.com --to nobody@example.org &&
        arrives "$work/inboxes/dave/new" 1 "no such mailbox here"
}
queue_is_empty() {
    for _ in $(seq 100); do
        [ "$("$headwater" mail queue list --data "$work/data" --json | tr -d ' \n')" = '[]' ] && return 0
        sleep 0.1
    done
    "$headwater" mail queue list --data "$work/data"
    return 1
}

# In a network of its own, whose name server the system's resolver asks: the first of two MX hosts is dead, one domain takes no
# mail (RFC 7505), and one does not exist.
by_system_resolver() {
    local place=$work/resolver account
    mkdir "$place"
    printf '$TTL 60\n@ SOA ns hostmaster 1 60 60 600 60\n@ NS ns\nns A 127.0.0.1\n%s\n' \
        $'@ MX 20 alive\n@ MX 10 dead\ndead A 127.0.0.9\nalive A 127.0.0.2' >"$place/next.test.zone"
    printf '$TTL 60\n@ SOA ns hostmaster 1 60 60 600 60\n@ NS ns\nns A 127.0.0.1\n@ MX 0 .\n' >"$place/null.test.zone"
    echo "nameserver 127.0.0.1" >"$place/resolv.conf"
    for account in alice@here.test:here dave@next.test:next; do
        echo secret | "$headwater" account add "${account%:*}" --data "$place/${account#*:}" --password-stdin || return 1
    done
    cat >"$place/run" <<'SCRIPT'
set -e
headwater=$1 place=$2
ip link set lo up
mount --bind "$place/resolv.conf" /etc/resolv.conf
trap 'kill $(jobs -p); wait' EXIT
serves() { # serves FILE COMMAND…: starts a server, and waits until it listens
    local file=$place/$1
    shift
    "$headwater" "$@" >"$file" 2>&1 &
    for _ in $(seq 300); do grep -q "listening on" "$file" && return 0; sleep 0.1; done
    cat "$file"
    return 1
}
serves dns.log dns --listen 127.0.0.1:53 --zone "$place/next.test.zone" --zone "$place/null.test.zone"
serves next.log mail serve --data "$place/next" --domain next.test --smtp-listen 127.0.0.2:25
serves here.log mail serve --data "$place/here" --domain here.test --submission-listen 127.0.0.3:587 --self-signed \
    --allow-plaintext-on-loopback --log-level info
echo secret | "$headwater" mail send --server 127.0.0.3:587 --tls none --from alice@here.test --to dave@next.test \
    --to dave@null.test --to dave@nowhere.next.test --subject "by the system's resolver" --text hello \
    --user alice@here.test --password-stdin
found() { grep -rqsF -e "$2" "$place/$1/new"; }
for _ in $(seq 300); do
    found next/mail/next.test/dave "by the system's resolver" && found here/mail/here.test/alice "dave@null.test" &&
        found here/mail/here.test/alice "dave@nowhere.next.test" && exit 0
    sleep 0.1
done
cat "$place/here.log"
exit 1
SCRIPT
    unshare --net --mount bash "$place/run" "$headwater" "$place"
}

check "swaks delivers with STARTTLS" swaks_delivers
check "swaks cannot relay" swaks_relay_refused
check "swaks submits with PLAIN under STARTTLS" swaks_submits PLAIN "by PLAIN" --server "127.0.0.1:${port[submission]}" --tls
check "swaks submits with LOGIN under implicit TLS" swaks_submits LOGIN "by LOGIN" --server "127.0.0.1:${port[submissions]}" --tlsc
check "smtp-source: 50 messages, a connection each" flood 5 50
check "smtp-source: 50 messages over connections that stay" flood 5 50 -d
check "Headwater delivers to Postfix over TLS" to_postfix
check "Postfix refuses, and the sender gets a report" bounced_by_postfix
check "Postfix delivers to Headwater over TLS" from_postfix
check "Headwater refuses, and Postfix reports" bounce_from_postfix
check "The queue is empty in the end" queue_is_empty
check "The system's resolver leads past a dead host, and says of which domains nothing is taken" by_system_resolver
conclude
