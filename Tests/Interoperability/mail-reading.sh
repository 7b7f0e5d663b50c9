#!/usr/bin/env bash
# mail-reading.sh EXECUTABLE: fetchmail, mbsync and mutt read what Headwater serves, and Headwater reads what a Dovecot of its own
# serves. Prints one line a check and a closing line; exits with 1 when a check failed. Needs root, as Dovecot does.
set -uo pipefail
headwater=$(realpath "${1:?usage: mail-reading.sh EXECUTABLE}")
work=$(mktemp -d "${TMPDIR:-/tmp}/headwater-mailboxes.XXXXXX")
chmod 755 "$work"
pids=()
. "$(dirname "$0")/checks.sh"
trap clean_up EXIT
export HOME=$work FETCHMAILHOME=$work

# An authority and a certificate for both servers.
certificate() {
    local key=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes)
    cd "$work" || return 1
    openssl req -x509 "${key[@]}" -keyout ca.key -out ca.pem -days 2 -subj "/CN=Headwater interoperability" &&
        openssl req "${key[@]}" -keyout server.key -out server.csr -subj "/CN=localhost" &&
        openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -out server.pem \
            -extfile <(echo "subjectAltName=DNS:localhost,IP:127.0.0.1")
}
certificate >"$work/output" 2>&1 || { cat "$work/output" >&2; exit 1; }

# Messages of several kinds, in files of their own, with CR LF.
python3 - "$work/messages" <<'PYTHON' || exit 1
import os, sys
from email.message import EmailMessage
from email.policy import SMTP
os.makedirs(sys.argv[1])
for number in range(12):
    message = EmailMessage(policy=SMTP.clone(cte_type="8bit"))
    message["From"] = "Grüße Absender <sender@example.net>" if number % 2 else "sender@example.net"
    message["To"] = "alice@example.org"
    message["Subject"] = f"message {number} – ünïcödé"
    message["Date"] = f"Mon, 05 Feb 2024 12:{number:02}:00 +0100"
    message["Message-ID"] = f"<{number}@example.net>"
    message.set_content(f"Text of message {number}, größer.\n.\n..dots\nFrom here\n" + "x" * 70 * (number % 3) + "\n")
    if number % 4 == 3:
        message.add_alternative(f"<p>HTML of message {number}</p>", subtype="html")
    if number % 4 == 2:
        message.add_attachment(bytes(range(256)) * 40, maintype="application", subtype="octet-stream", filename=f"füle {number}.bin")
    with open(f"{sys.argv[1]}/{number:02}", "wb") as file:
        file.write(message.as_bytes())
PYTHON

put() { # put MAILDIR FILE…: as a delivery does
    local folder=$1 file name
    shift
    mkdir -p "$folder"/{new,cur,tmp}
    for file; do
        name=$(date +%s.M)$((sequence += 1))P$$.test
        cp "$file" "$folder/tmp/$name" && mv "$folder/tmp/$name" "$folder/new/$name"
    done
}
sequence=100000

# Headwater, with an account for each client.
data=$work/data
accounts=(fetch sync mutt)
for name in "${accounts[@]}"; do
    echo secret | "$headwater" account add "$name@example.org" --data "$data" --password-stdin || exit 1
    put "$data/mail/example.org/$name" "$work"/messages/*
done
mkfifo "$work/announce"
"$headwater" mail serve --data "$data" --domain example.org --imap-listen 127.0.0.1:0 --imaps-listen 127.0.0.1:0 \
    --pop3-listen 127.0.0.1:0 --pop3s-listen 127.0.0.1:0 --tls-certificate "$work/server.pem" --tls-key "$work/server.key" \
    >"$work/announce" 2>"$work/server.log" &
pids+=($!)
declare -A port
{
    for _ in 1 2 3 4; do
        read -r -t 30 line || { echo "headwater mail serve did not start" >&2; cat "$work/server.log" >&2; exit 1; }
        url=${line##* }
        port[${url%%:*}]=${url##*:}
    done
} <"$work/announce"

read_mail() { # read_mail URL OPTIONS…: with the right password
    local url=$1
    shift
    echo secret | "$headwater" mail read "$url" --password-stdin --ca "$work/ca.pem" "$@"
}
subjects() { # subjects URL OPTIONS…: sorted, one a line
    read_mail "$@" --limit 1000 --json | python3 -c 'import json, sys; print("\n".join(sorted(row["subject"] for row in json.load(sys.stdin))))'
}
value() { python3 -c "import json, sys; value = json.load(sys.stdin); print($1)"; }

# fetchmail
fetches() { # fetches PROTOCOL PORT OPTIONS: all messages, octet by octet but for what fetchmail adds
    rm -rf "$work/fetched" "$work/.fetchids"
    mkdir "$work/fetched"
    cat >"$work/fetchmailrc" <<CONFIGURATION
poll localhost service $2 protocol $1
    username "fetch@example.org" password "secret" $3 sslcertck sslcertfile "$work/ca.pem"
    mda "cat >$work/fetched/\$(mktemp -u XXXXXXXX)" fetchall keep no rewrite
CONFIGURATION
    chmod 600 "$work/fetchmailrc"
    fetchmail -f "$work/fetchmailrc" --invisible --nosyslog --pidfile "$work/fetchmail.pid" || return 1
    python3 - "$work/messages" "$work/fetched" <<'PYTHON'
import os, sys
def messages(folder):
    return sorted(open(f"{folder}/{name}", "rb").read().replace(b"\r\n", b"\n") for name in os.listdir(folder))
sent, fetched = map(messages, sys.argv[1:])
assert len(fetched) == 12, len(fetched)
for message in sent:
    body = message.split(b"\n\n", 1)[1]
    assert any(other.split(b"\n\n", 1)[1].strip() == body.strip() for other in fetched), body
PYTHON
}
check "fetchmail fetches by POP3 with STLS" fetches POP3 "${port[pop3]}" "sslproto TLS1.2+"
check "fetchmail fetches by POP3 over TLS" fetches POP3 "${port[pop3s]}" ssl
check "fetchmail fetches by IMAP with STARTTLS" fetches IMAP "${port[imap]}" "sslproto TLS1.2+"
check "fetchmail fetches by IMAP over TLS" fetches IMAP "${port[imaps]}" ssl

fetchmail_takes_away() { # and the second time there is nothing
    local options=(-f "$work/fetchmailrc" --invisible --nosyslog --pidfile "$work/fetchmail.pid")
    sed -i 's/fetchall keep/fetchall nokeep/' "$work/fetchmailrc"
    fetchmail "${options[@]}" || return 1
    [ "$(read_mail "imaps://fetch%40example.org@localhost:${port[imaps]}" --json | tr -d ' \n')" = '[]' ] || return 1
    fetchmail "${options[@]}"
    [ $? = 1 ]
}
check "fetchmail takes messages away" fetchmail_takes_away

# mbsync
sync_url=imaps://sync%40example.org@localhost:${port[imaps]}
cat >"$work/mbsyncrc" <<CONFIGURATION
IMAPStore far
Host localhost
Port ${port[imap]}
User sync@example.org
Pass secret
SSLType STARTTLS
CertificateFile $work/ca.pem

MaildirStore near
Path $work/near/
Inbox $work/near/INBOX
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Patterns *
Create Both
Remove Both
Expunge Both
Sync All
SyncState *
CONFIGURATION
mkdir -p "$work/near"
synchronise() { mbsync --config "$work/mbsyncrc" --all; }
near() { # near PATTERN: files of the near inbox
    find "$work/near/INBOX/cur" "$work/near/INBOX/new" -type f -name "$1" | sort
}
mbsync_pulls() {
    synchronise || return 1
    [ "$(near '*' | wc -l)" = 12 ]
}
mbsync_pushes() { # a flag, a removal, a message and a mailbox
    local seen gone
    seen=$(near '*' | sed -n 1p)
    gone=$(near '*' | sed -n 2p)
    mv "$seen" "$work/near/INBOX/cur/$(basename "${seen%%:2,*}"):2,FS" && mv "$gone" "$work/near/INBOX/cur/$(basename "${gone%%:2,*}"):2,T"
    sed 's/^Subject:.*/Subject: from here\r/' "$work/messages/00" >"$work/new-message"
    put "$work/near/INBOX" "$work/new-message"
    mkdir -p "$work/near/Projekt"/{new,cur,tmp}
    put "$work/near/Projekt" "$work/messages/03"
    synchronise || return 1
    [ "$(subjects "$sync_url" | wc -l)" = 12 ] && [ "$(subjects "$sync_url" | grep -cx 'from here')" = 1 ] &&
        [ "$(subjects "$sync_url" --unseen | wc -l)" = 11 ] && [ "$(near '*' | wc -l)" = 12 ] &&
        [ "$(subjects "$sync_url" --mailbox 'Projekt' | wc -l)" = 1 ]
}
mbsync_follows() { # what happens at the server
    local before
    before=$(near '*:2,*S*' | wc -l)
    read_mail "$sync_url" --message latest --unseen --mark-seen >/dev/null &&
        read_mail "$sync_url" --search 'from here' --message latest --delete >/dev/null || return 1
    put "$data/mail/example.org/sync" "$work/messages/05"
    synchronise || return 1
    [ "$(near '*' | wc -l)" = 12 ] && ! grep -rq '^Subject: from here' "$work/near/INBOX" &&
        [ "$(near '*:2,*S*' | wc -l)" -ge "$before" ]
}
mbsync_settles() { # with nothing changed, nothing is changed
    local before
    before=$(find "$work/near" -type f | sort)
    synchronise && [ "$before" = "$(find "$work/near" -type f | sort)" ]
}
check "mbsync pulls messages" mbsync_pulls
check "mbsync pushes flags, removals, messages and mailboxes" mbsync_pushes
check "mbsync follows what happens at the server" mbsync_follows
check "mbsync finds nothing to do when there is nothing" mbsync_settles

# mutt, which wants a terminal
mutt_does() { # mutt_does URL KEYS…
    local url=$1 keys=$2
    cat >"$work/muttrc" <<CONFIGURATION
set imap_user="mutt@example.org" imap_pass="secret" pop_user="mutt@example.org" pop_pass="secret"
set ssl_force_tls=yes ssl_starttls=yes ssl_ca_certificates_file="$work/ca.pem" certificate_file="$work/ca.pem"
set folder="$work" quit=yes delete=yes pop_delete=no wait_key=no pager_stop=yes mark_old=no header_cache="" sort=mailbox-order
set pipe_decode=yes print=no confirmappend=no timeout=1 mail_check=1
push "$keys"
CONFIGURATION
    TERM=xterm timeout 60 python3 -c 'import os, pty, sys
status = pty.spawn(sys.argv[1:], lambda fd: os.read(fd, 9999), lambda fd: b"")
sys.exit(os.waitstatus_to_exitcode(status))' mutt -n -F "$work/muttrc" -f "$url" </dev/null >"$work/mutt.log" 2>&1
    local status=$?
    [ $status = 0 ] || tail -c 2000 "$work/mutt.log" | tr -d '\033'
    return $status
}
mutt_reads() { # mutt_reads URL: every message, decoded
    rm -f "$work/piped"
    local keys="<first-entry>"
    for number in $(seq 0 11); do keys="$keys<pipe-message>cat >>$work/piped<enter><next-entry>"; done
    mutt_does "$1" "$keys<exit>" || return 1
    for number in $(seq 0 11); do
        grep -q "Text of message $number, größer" "$work/piped" || { echo "message $number is missing"; return 1; }
    done
}
mutt_flags() { # one flagged, one removed
    mutt_does "$1" "<first-entry><flag-message><last-entry><delete-message><sync-mailbox><exit>" || return 1
    [ "$(subjects "imaps://mutt%40example.org@localhost:${port[imaps]}" | wc -l)" = 11 ] &&
        [ -n "$(find "$data/mail/example.org/mutt/cur" -name '*:2,*F*')" ]
}
export LC_ALL=C.UTF-8
check "mutt reads by IMAP with STARTTLS" mutt_reads "imap://mutt@example.org@localhost:${port[imap]}/INBOX"
check "mutt reads by POP3 over TLS" mutt_reads "pops://mutt@example.org@localhost:${port[pop3s]}/"
check "mutt flags and removes by IMAP over TLS" mutt_flags "imaps://mutt@example.org@localhost:${port[imaps]}/INBOX"

# Dovecot, with messages that it did not get from us.
for service in imap imaps pop3 pop3s; do port[dovecot-$service]=$(free_port); done
mkdir -p "$work/dovecot/run" "$work/boxes"
cat >"$work/dovecot/passwd" <<CONFIGURATION
dora@example.com:{PLAIN}secret::::::
CONFIGURATION
cat >"$work/dovecot/dovecot.conf" <<CONFIGURATION
base_dir = $work/dovecot/run
log_path = $work/dovecot.log
protocols = imap pop3
listen = 127.0.0.1
ssl = yes
ssl_cert = <$work/server.pem
ssl_key = <$work/server.key
disable_plaintext_auth = yes
auth_mechanisms = plain scram-sha-256
auth_failure_delay = 0
first_valid_uid = 1
pop3_no_flag_updates = yes
mail_location = maildir:$work/boxes/%u
passdb {
  driver = passwd-file
  args = $work/dovecot/passwd
}
userdb {
  driver = static
  args = uid=mail gid=mail home=$work/boxes/%u
}
namespace inbox {
  inbox = yes
  separator = /
}
service imap-login {
  inet_listener imap {
    port = ${port[dovecot-imap]}
  }
  inet_listener imaps {
    port = ${port[dovecot-imaps]}
    ssl = yes
  }
}
service pop3-login {
  inet_listener pop3 {
    port = ${port[dovecot-pop3]}
  }
  inet_listener pop3s {
    port = ${port[dovecot-pop3s]}
    ssl = yes
  }
}
service anvil {
  chroot =
}
CONFIGURATION
inbox=$work/boxes/dora@example.com
put "$inbox" "$work"/messages/*
put "$inbox/.&ANw-bung" "$work/messages/04"
chown -R mail:mail "$work/boxes"
serve_by_dovecot() {
    dovecot -F -c "$work/dovecot/dovecot.conf" >>"$work/dovecot.log" 2>&1 &
    pids+=($!)
    for _ in $(seq 100); do
        if (: <"/dev/tcp/127.0.0.1/${port[dovecot-pop3s]}") 2>/dev/null; then return; fi
        sleep 0.1
    done
    cat "$work/dovecot.log"
    return 1
}
check "Dovecot serves" serve_by_dovecot

dovecot() { echo "$1://dora%40example.com@localhost:${port[dovecot-$1]}"; }
lists() {
    subjects "$(dovecot "$1")" | diff - <(for number in $(seq 0 11); do echo "message $number – ünïcödé"; done | sort) &&
        [[ $(read_mail "$(dovecot "$1")" --limit 3) == *'Grüße Absender'* ]]
}
reads() { # a message as it is, as a person reads it, and what came with it
    local url
    url=$(dovecot "$1")
    read_mail "$url" --message 3 --raw >"$work/raw" && diff <(tr -d '\r' <"$work/raw") <(tr -d '\r' <"$work/messages/02") &&
        [ "$(read_mail "$url" --message 4 | grep -cx 'Text of message 3, größer.')" = 1 ] &&
        rm -rf "$work/saved" && read_mail "$url" --message 3 --save "$work/saved" >/dev/null &&
        python3 -c 'import sys; assert open(sys.argv[1], "rb").read() == bytes(range(256)) * 40' "$work/saved/füle 2.bin"
}
for service in imap imaps pop3 pop3s; do
    check "Headwater lists what Dovecot serves by $service" lists $service
    check "Headwater reads it, and saves what came with it" reads $service
done
refuses() {
    for service in imap pop3s; do
        echo wrong | "$headwater" mail read "$(dovecot $service)" --password-stdin --ca "$work/ca.pem"
        [ $? = 77 ] || return 1
        echo secret | "$headwater" mail read "$(dovecot $service)" --password-stdin
        [ $? = 77 ] || return 1
    done
}
searches() {
    [ "$(subjects "$(dovecot imaps)" --search 'message 7, größer')" = "message 7 – ünïcödé" ] &&
        [ -z "$(subjects "$(dovecot imaps)" --search nowhere)" ] &&
        [ "$(subjects "$(dovecot pop3s)" --search 'Message 10')" = "message 10 – ünïcödé" ] &&
        [ "$(subjects "$(dovecot imap)" --mailbox Übung)" = "message 4 – ünïcödé" ] &&
        [ "$(subjects "$(dovecot imap)/%C3%9Cbung")" = "message 4 – ünïcödé" ] &&
        ! subjects "$(dovecot imap)" --mailbox Nowhere
}
changes() {
    local url
    url=$(dovecot imap)
    read_mail "$url" --message latest --mark-seen >/dev/null && [ "$(subjects "$url" --unseen | wc -l)" = 11 ] &&
        read_mail "$url" --message 1 --delete >/dev/null && [ "$(subjects "$url" | wc -l)" = 11 ] &&
        read_mail "$(dovecot pop3)" --message 1 --delete >/dev/null && [ "$(subjects "$url" | wc -l)" = 10 ]
}
waits() { # waits SERVICE: for one that comes while it waits, or has come just before
    read_mail "$(dovecot "$1")" --wait 60s --search "special by $1" --message latest >"$work/waited" &
    local pid=$!
    sed "s/^Subject:.*/Subject: special by $1\r/" "$work/messages/00" >"$work/special"
    put "$inbox" "$work/special"
    chown -R mail:mail "$inbox"
    wait $pid && grep -q "Subject: special by $1" "$work/waited" || return 1
    read_mail "$(dovecot "$1")" --wait 1ms >"$work/waited"
    [ $? = 75 ]
}
large() { # 20 MB in both protocols
    python3 -c 'print("Subject: large\r\n\r\n" + ("y" * 76 + "\r\n") * 260000, end="\r\n")' >"$work/large"
    put "$inbox" "$work/large"
    chown -R mail:mail "$inbox"
    for service in imap pop3s; do
        read_mail "$(dovecot $service)" --message latest --raw >"$work/raw" && cmp <(tr -d '\r' <"$work/raw") <(tr -d '\r' <"$work/large") || return 1
    done
}
check "Headwater says what Dovecot refuses, and trusts no stranger" refuses
check "Headwater searches, and reads other mailboxes" searches
check "Headwater marks messages, and removes them" changes
check "Headwater waits by IMAP's IDLE" waits imaps
check "Headwater waits by asking POP3 again" waits pop3s
check "Headwater reads a message of 20 MB" large

conclude
