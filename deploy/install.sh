#!/bin/sh
# Starts Javar for real on a bare Debian 12 machine, and upgrades it when run again:
#
#     sudo sh deploy/install.sh                          asks for what it needs
#     sudo sh deploy/install.sh --answers FILE           takes all answers from a file of NAME='value' lines
#     sudo sh deploy/install.sh --restore COPY           begins with a copy of `javar backup`, after a loss:
#                                                        lay /etc/javar and the copies' folder back first
#
# Answers may also stand in the environment; deploy/answers.example lists them. Secrets are made here,
# kept in /etc/javar and never printed. A second run copies the data first, then brings the code,
# the database and the services up to date; what was answered and what was made stays.
#
# Whatever breaks off: run it again, and it goes on. What tells it where it is:
#     /var/lib/javar/.installed   the data are whole; without it no unit starts
#     /etc/javar/.installed       there is a site on this machine: data that are not there are a disk
#                                 that is away, not a site to be made
#     /etc/javar/.restore         a restore was asked for and has not ended; names the copy
#     /var/lib/javar/restored     written by `javar restore` at its end; names the copy
set -eu
umask 022

CODE=/opt/javar/app
VENVS=/opt/javar
VENV=/opt/javar/venv
DATA=/var/lib/javar
ETC=/etc/javar
ASKED=$ETC/.restore
ENV_FILE=$ETC/env
UNITS=/etc/systemd/system
SITE_FILE=/etc/nginx/sites-available/javar
SERVICES="javar-web javar-worker javar-scheduler javar-relay"
HERE=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
SOURCE=$(dirname -- "$HERE")

say() { printf '== %s\n' "$1"; }
tell() { printf '   %s\n' "$1"; }
refuse() {
    printf 'install.sh: %s\n' "$1" >&2
    exit 1
}

# --- answers -----------------------------------------------------------------------------------
# Prints what the environment file says of a name; the file is ours and root's alone to write.
kept() {
    [ -f "$ENV_FILE" ] || return 0
    # shellcheck disable=SC1090
    (set -a; . "$ENV_FILE"; eval "printf %s \"\${$1-}\"")
}

is_kept() { [ -f "$ENV_FILE" ] && grep -q "^$1=" "$ENV_FILE"; }

# ask NAME QUESTION [DEFAULT] [hidden]: an answer given, else one kept, else one typed, else DEFAULT.
# The default "!" means that there must be an answer.
ask() {
    name=$1 question=$2 default=${3-!} hidden=${4-} typed=
    eval "given=\${$name+yes}"
    [ -z "${given:-}" ] || return 0
    if is_kept "$name"; then
        eval "$name=\$(kept $name)"
        return 0
    fi
    answer=
    if [ -t 0 ] && [ "${JAVAR_UNATTENDED:-no}" != yes ]; then
        if [ "$default" = '!' ] || [ -z "$default" ]; then
            printf '%s: ' "$question"
        else
            printf '%s [%s]: ' "$question" "$default"
        fi
        # Broken off here, the terminal shows again what is typed.
        [ -z "$hidden" ] || { trap 'stty echo; exit 130' INT TERM; stty -echo; }
        IFS= read -r answer || true
        [ -z "$hidden" ] || { stty echo; trap - INT TERM; printf '\n'; }
        [ -z "$answer" ] || typed=yes
    fi
    if [ -z "$answer" ]; then
        [ "$default" != '!' ] || refuse "$name is not given ($question)."
        answer=$default
    fi
    eval "$name=\$answer"
}

# wrong NAME SENTENCE: lets who types try again; refuses an answer that came otherwise.
wrong() {
    [ -n "$typed" ] || refuse "$2"
    tell "$2"
    unset "$1"
}

# In double quotes, the one form that shell and systemd read alike: systemd has no '\''.
quoted() { printf '"%s"' "$(printf %s "$1" | sed 's/[\\"$`]/\\&/g')"; }

# put NAME VALUE: writes a line of the environment file, in the place of an earlier one.
put() {
    case $2 in *'
'*) refuse "$1 may not hold a line break." ;; esac
    rest=$ETC/.env.new
    { grep -v "^$1=" "$ENV_FILE" || true; } > "$rest"
    printf '%s=%s\n' "$1" "$(quoted "$2")" >> "$rest"
    chown root:javar "$rest"
    chmod 640 "$rest"
    mv "$rest" "$ENV_FILE"
}

# make_secret NAME BYTES: a secret that was made once is never made again.
make_secret() { is_kept "$1" || put "$1" "$(openssl rand -base64 "$2" | tr -d '\n=')"; }

# --- where an earlier run stopped ------------------------------------------------------------------
# Sets RESTORE where a restore goes on; refuses what would overwrite a site or begin beside one.
where_we_are() {
    if [ -f "$DATA/.installed" ]; then
        [ -n "${RESTORE-}" ] || return 0
        if [ -f "$DATA/restored" ] && [ "$(cat "$DATA/restored")" = "$(basename "$RESTORE")" ]; then
            tell "this copy is in its place already; going on behind the restore"
            RESTORE=
            return 0
        fi
        refuse "There is a site here, and a restore never overwrites one.
To bring its code and services up to date: run me without --restore. To give it up for the copy: stop
it (systemctl stop javar.target javar-prepare), move $DATA away (PostgreSQL: rename its database javar
as well), and run me again in the same way."
    fi
    [ -z "${RESTORE-}" ] || return 0
    if [ -f "$ASKED" ]; then
        RESTORE=$(cat "$ASKED")
        [ -r "$RESTORE" ] ||
            refuse "The restore of $RESTORE has not ended, and the copy is not there any more.
Name one with --restore COPY. To begin with an empty site instead: remove $ASKED."
        tell "going on with the restore of $RESTORE"
    elif [ -f "$ETC/.installed" ]; then
        refuse "There was a site on this machine, and $DATA does not hold its data.
If they are on a disk that is away: mount it. If they are lost: --restore COPY. To begin with an empty
site: remove $ETC/.installed."
    fi
}

# --- what is asked -------------------------------------------------------------------------------
questions() {
    while ask JAVAR_HOST "Host name under which people reach the site"; do
        case $JAVAR_HOST in
            *[!A-Za-z0-9.-]* | .* | -* | '') wrong JAVAR_HOST "JAVAR_HOST is no host name: $JAVAR_HOST" ;;
            *) break ;;
        esac
    done
    while ask JAVAR_DATABASE "Database: sqlite (a small server) or postgres" sqlite; do
        case $JAVAR_DATABASE in
            sqlite | postgres) break ;;
            *) wrong JAVAR_DATABASE "JAVAR_DATABASE is sqlite or postgres." ;;
        esac
    done
    was=$(kept JAVAR_DATABASE)
    [ -z "$was" ] || [ "$was" = "$JAVAR_DATABASE" ] ||
        refuse "This site keeps its data in $was; moving it to $JAVAR_DATABASE is not done by this script."
    while ask JAVAR_TLS_CERTIFICATE "File of the TLS certificate with its chain (empty: one is made here)" ''
    do
        if [ -z "$JAVAR_TLS_CERTIFICATE" ] || [ -r "$JAVAR_TLS_CERTIFICATE" ]; then break; fi
        wrong JAVAR_TLS_CERTIFICATE "There is no certificate at $JAVAR_TLS_CERTIFICATE."
    done
    # A key without a certificate and a password without a name are nothing.
    [ -n "$JAVAR_TLS_CERTIFICATE" ] || JAVAR_TLS_KEY=
    while ask JAVAR_TLS_KEY "File of its private key" ''; do
        if [ -z "$JAVAR_TLS_CERTIFICATE" ] || [ -r "$JAVAR_TLS_KEY" ]; then break; fi
        wrong JAVAR_TLS_KEY "There is no key at ${JAVAR_TLS_KEY:-(no path given)}."
    done
    ask EMAIL_HOST "Mail server"
    ask EMAIL_PORT "Its port" 587
    ask EMAIL_HOST_USER "User name there (empty: none is asked for)" ''
    [ -n "$EMAIL_HOST_USER" ] || : "${EMAIL_HOST_PASSWORD=}"
    ask EMAIL_HOST_PASSWORD "Password there" '' hidden
    ask DEFAULT_FROM_EMAIL "Sender of the site's mail" "javar@$JAVAR_HOST"
    ask JAVAR_SMS_URL "Address of the SMS gateway"
    ask JAVAR_SMS_METHOD "Its method" POST
    ask JAVAR_SMS_HEADERS "Its headers, as JSON, with its token" '{}' hidden
    ask JAVAR_SMS_BODY "Its body, as JSON" '{"to": "{to}", "text": "{text}", "id": "{id}"}'
    # Who can write to this machine could change the trail here, but not what was mailed before.
    while ask JAVAR_TRAIL_MAIL \
        "E-mail that gets the head of the audit trail daily, of somebody without access here (empty: none)" ''
    do
        case $JAVAR_TRAIL_MAIL in
            *[!-A-Za-z0-9@._+]* | *@*@*) ;;
            '' | ?*@?*) break ;;
        esac
        wrong JAVAR_TRAIL_MAIL "JAVAR_TRAIL_MAIL is no e-mail address: $JAVAR_TRAIL_MAIL"
    done
    ask JAVAR_SECURITY_CONTACT "Where weaknesses are reported (mailto:… or https://…)" \
        "mailto:security@$JAVAR_HOST"
    ask JAVAR_KEEPER "User name of who keeps the site"
    ask JAVAR_KEEPER_EMAIL "Their e-mail" ''
    ask JAVAR_KEEPER_MOBILE "Their mobile" ''
}

# --- the machine -----------------------------------------------------------------------------------
packages() {
    say "Debian packages"
    wanted="ca-certificates logrotate nginx openssl python3 python3-venv"
    [ "$JAVAR_DATABASE" = sqlite ] || wanted="$wanted postgresql postgresql-client"
    missing=
    for package in $wanted; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' ||
            missing="$missing $package"
    done
    if [ -n "$missing" ]; then
        way="Debian's packages were not installed (see above). Mend it and run me again: answers are kept."
        apt-get update -qq || refuse "$way"
        # shellcheck disable=SC2086
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null ||
            refuse "$way"
    fi
    tell "there: $wanted"
}

people_and_places() {
    say "User javar, folders"
    getent passwd javar >/dev/null ||
        useradd --system --user-group --home-dir "$DATA" --no-create-home --shell /usr/sbin/nologin javar
    install -d -m 755 -o root -g root /opt/javar
    install -d -m 750 -o root -g javar "$ETC"
    places
    install -m 644 "$HERE/javar.tmpfiles" /etc/tmpfiles.d/javar.conf
    install -d -m 750 -o javar -g www-data /run/javar
    install -d -m 700 -o javar -g javar /var/backups/javar /var/backups/javar/trail
    # Settings and key that were laid back after a loss belong to this machine's javar.
    if [ -n "${RESTORE-}" ]; then
        printf '%s\n' "$RESTORE" > "$ASKED"
        chown -R javar:javar /var/backups/javar
        [ ! -f "$ETC/backup.key" ] || chown javar:javar "$ETC/backup.key"
        [ ! -f "$ENV_FILE" ] || chown root:javar "$ENV_FILE"
    fi
    if [ -n "${RESTORE-}" ]; then
        runuser -u javar -- test -r "$RESTORE" ||
            refuse "The user javar may not read $RESTORE: lay it into /var/backups/javar and name it there."
        # A key made here would not open it.
        [ -f "$ETC/backup.key" ] || ! head -c 15 "$RESTORE" | grep -q '^javar-sealed-1' ||
            refuse "The copy is sealed. Lay its key back to $ETC/backup.key, and $ENV_FILE beside it."
        is_kept NATIONAL_CODE_KEY ||
            tell "WARNING: $ENV_FILE was not laid back: nobody is recognised by their national code, no
   second factor opens. If there is a copy of it, stop me, lay it back and run me again."
    fi
    [ -f "$ENV_FILE" ] || { : > "$ENV_FILE"; chown root:javar "$ENV_FILE"; chmod 640 "$ENV_FILE"; }
}

places() {
    # The web server may pass through to what it serves, and read nothing else.
    install -d -m 711 -o javar -g javar "$DATA"
    install -d -m 700 -o javar -g javar "$DATA/private"
    install -d -m 2710 -o javar -g www-data "$DATA/media"
    install -d -m 2750 -o javar -g www-data "$DATA/media/images" "$DATA/static"
}

# Kept before anything else can fail: nobody answers twice.
answers() {
    for name in JAVAR_HOST JAVAR_DATABASE JAVAR_TLS_CERTIFICATE JAVAR_TLS_KEY \
        EMAIL_HOST EMAIL_PORT EMAIL_HOST_USER EMAIL_HOST_PASSWORD DEFAULT_FROM_EMAIL \
        JAVAR_SMS_URL JAVAR_SMS_METHOD JAVAR_SMS_HEADERS JAVAR_SMS_BODY JAVAR_TRAIL_MAIL \
        JAVAR_SECURITY_CONTACT JAVAR_KEEPER JAVAR_KEEPER_EMAIL JAVAR_KEEPER_MOBILE; do
        eval "put $name \"\$$name\""
    done
}

settings() {
    say "Settings in $ENV_FILE"
    put JAVAR_ENV production
    put JAVAR_VAR "$DATA"
    # Of a site older than these keys SECRET_KEY has sealed the second factors: it still opens them.
    old=$(kept SECRET_KEY)
    is_kept JAVAR_SECOND_FACTOR_KEYS ||
        put JAVAR_SECOND_FACTOR_KEYS "$(openssl rand -base64 48 | tr -d '\n=')${old:+,$old}"
    make_secret SECRET_KEY 48
    make_secret NATIONAL_CODE_KEY 48
    put ALLOWED_HOSTS "$JAVAR_HOST"
    put CSRF_TRUSTED_ORIGINS "https://$JAVAR_HOST"
    put BASE_URL "https://$JAVAR_HOST"
    put BEHIND_TLS_PROXY true
    put TRUSTED_PROXY_COUNT 1
    put EMAIL_BACKEND django.core.mail.backends.smtp.EmailBackend
    case $EMAIL_PORT in
        465) put EMAIL_USE_SSL true ;;
        25) ;;
        *) is_kept EMAIL_USE_TLS || put EMAIL_USE_TLS true ;;
    esac
    put JAVAR_SMS_BACKEND courses.notices.senders.HttpSender
    is_kept JAVAR_BACKUP_DIR || put JAVAR_BACKUP_DIR /var/backups/javar
    is_kept JAVAR_TRAIL_DIR || put JAVAR_TRAIL_DIR /var/backups/javar/trail
    put JAVAR_BACKUP_KEY_FILE "$ETC/backup.key"
    tell "secrets are in $ETC, readable by root and the site alone"
}

# --- the code ----------------------------------------------------------------------------------------
code() {
    say "Code in $CODE"
    # An earlier run that was cut off has left half of it, or nothing between two names.
    rm -rf "$CODE.new"
    [ -d "$CODE" ] || [ ! -d "$CODE.old" ] || mv "$CODE.old" "$CODE"
    if [ "$SOURCE" != "$CODE" ]; then
        install -d -m 755 "$CODE.new"
        # What a checkout carries beside the code stays behind: its settings, data, caches, tools.
        tar -C "$SOURCE" --exclude=./.git --exclude=./.venv --exclude=./.env --exclude=./var \
            --exclude=__pycache__ --exclude='*.mo' --exclude='./.*_cache' -cf - . |
            tar -C "$CODE.new" --no-same-owner -xf -
        chown -R root:root "$CODE.new"
        chmod -R u=rwX,go=rX "$CODE.new"
    fi
    fonts=node_modules/@fontsource-variable/vazirmatn
    fresh=$CODE.new
    [ -d "$fresh" ] || fresh=$CODE
    if [ ! -d "$fresh/$fonts" ] && command -v npm >/dev/null 2>&1; then
        (cd "$fresh" && npm ci --silent --no-progress >/dev/null 2>&1) || true
    fi
    if [ -d "$fresh/$fonts" ]; then
        tell "font: Vazirmatn"
    else
        tell "font: a plain one of each device; with npm installed the next run fetches Vazirmatn"
    fi
    locks="$fresh/requirements.txt $fresh/requirements-production.txt"
    # shellcheck disable=SC2086
    mark=$(cat $locks | sha256sum | cut -c1-12)
    if [ ! -f "$VENVS/venv-$mark/.whole" ]; then
        rm -rf "$VENVS/venv-$mark"
        python3 -m venv "$VENVS/venv-$mark"
        "$VENVS/venv-$mark/bin/pip" install --quiet --disable-pip-version-check --no-cache-dir \
            --require-hashes -r "$fresh/requirements.txt" -r "$fresh/requirements-production.txt" ||
            refuse "Python's packages were not fetched (see above). This machine needs a way to PyPI, or a
mirror of it named in /etc/pip.conf. Then run me again: answers are kept, nothing was changed."
        touch "$VENVS/venv-$mark/.whole"
    fi
    tell "packages: pinned with their hashes"
    # The services may not write here: what Python and the catalogues compile is compiled now.
    scratch=$(mktemp -d)
    (
        cd "$fresh"
        env -i PATH="$PATH" PYTHONPATH="$fresh/site:$fresh" JAVAR_VAR="$scratch" \
            DJANGO_SETTINGS_MODULE=javar.settings "$VENVS/venv-$mark/bin/python" -c \
            'import django; django.setup(); from javar.catalogues import compile_catalogues as c; c()'
        "$VENVS/venv-$mark/bin/python" -m compileall -q site courses
    )
    rm -rf "$scratch"
}

take_code() {
    # Both at once: code and the packages it was made for.
    if [ -d "$CODE.new" ]; then
        rm -rf "$CODE.old"
        [ ! -d "$CODE" ] || mv "$CODE" "$CODE.old"
        mv "$CODE.new" "$CODE"
    fi
    ln -sfn "venv-$mark" "$VENV"
    install -m 755 "$CODE/deploy/javar" /usr/local/bin/javar
    # Who has this key and a copy can read the copy; keep one of it far from both.
    if [ ! -f "$ETC/backup.key" ]; then
        rm -f "$DATA/.backup.key"
        javar backup --make-key "$DATA/.backup.key" >/dev/null
        mv "$DATA/.backup.key" "$ETC/backup.key"
    fi
}

copy_first() {
    [ -x /usr/local/bin/javar ] && [ -f "$DATA/.installed" ] || return 0
    say "A copy of the data before the upgrade"
    javar backup >/dev/null || refuse "The copy failed: the running site was not changed. See 'javar backup'."
    tell "made, in $(kept JAVAR_BACKUP_DIR)"
}

database() {
    [ "$JAVAR_DATABASE" = postgres ] || return 0
    say "PostgreSQL"
    version=$(pg_lsclusters -h | awk '$2 == "main" { found = $1 } END { print found }')
    [ -n "$version" ] || refuse "PostgreSQL has no cluster called main (see pg_lsclusters)."
    # The site speaks to it through a socket, as the user javar, without a password and a network.
    heard=/etc/postgresql/$version/main/conf.d/javar.conf
    if ! grep -qs "^listen_addresses = ''" "$heard"; then
        printf "listen_addresses = ''\n" > "$heard"
        pg_ctlcluster "$version" main stop 2>/dev/null || true
    fi
    if systemd_runs; then
        systemctl start "postgresql@$version-main"
    else
        pg_ctlcluster "$version" main status >/dev/null || pg_ctlcluster "$version" main start
    fi
    port=$(pg_lsclusters -h | awk '$2 == "main" { found = $3 } END { print found }')
    as_postgres() { runuser -u postgres -- psql -p "$port" -v ON_ERROR_STOP=1 -qtA "$@"; }
    tries=0
    until as_postgres -c 'SELECT 1' >/dev/null 2>&1; do
        tries=$((tries + 1))
        [ "$tries" -lt 30 ] || refuse "PostgreSQL does not answer."
        sleep 1
    done
    [ "$(as_postgres -c "SELECT 1 FROM pg_roles WHERE rolname = 'javar'")" = 1 ] ||
        as_postgres -c 'CREATE ROLE javar LOGIN'
    [ "$(as_postgres -c "SELECT 1 FROM pg_database WHERE datname = 'javar'")" = 1 ] ||
        as_postgres -c "CREATE DATABASE javar OWNER javar ENCODING 'UTF8' TEMPLATE template0"
    put PGHOST /var/run/postgresql
    put DATABASE_URL "postgres://javar@:$port/javar?host=/var/run/postgresql"
    tell "database javar, reached through a socket as the user javar"
}

# --- services ------------------------------------------------------------------------------------------
systemd_runs() { [ -d /run/systemd/system ]; }

units() {
    say "systemd units"
    for unit in "$CODE"/deploy/units/*; do
        install -m 644 "$unit" "$UNITS/"
    done
    # What the operator keeps on other disks the services may write to as well.
    more=
    for name in JAVAR_BACKUP_DIR JAVAR_JOURNAL_DIR JAVAR_TRAIL_DIR; do
        folder=$(kept "$name")
        [ -z "$folder" ] || more="$more -$folder"
    done
    for service in javar-prepare $SERVICES; do
        install -d -m 755 "$UNITS/$service.service.d"
        printf '[Service]\nReadWritePaths=%s\n' "${more# }" > "$UNITS/$service.service.d/folders.conf"
    done
    # As Debian has it, a web server that falls stays down.
    install -d -m 755 "$UNITS/nginx.service.d"
    printf '[Service]\nRestart=on-failure\nRestartSec=3\n' > "$UNITS/nginx.service.d/javar.conf"
    if command -v systemd-analyze >/dev/null 2>&1; then
        # shellcheck disable=SC2086
        (cd "$UNITS" && systemd-analyze verify --man=no javar-*.service javar.target) ||
            refuse "systemd does not like the units; see above."
        tell "verified"
        version=$(systemctl --version | awk 'NR == 1 { print $2 }')
        for service in javar-prepare $SERVICES; do
            drop=$UNITS/$service.service.d
            rm -f "$drop/pauses.conf"
            if [ "${version%%[!0-9]*}" -ge 254 ]; then
                install -d -m 755 "$drop"
                printf '[Service]\nRestartSteps=6\nRestartMaxDelaySec=60\n' > "$drop/pauses.conf"
            fi
        done
    fi
}

certificate() {
    say "TLS"
    TLS_CERTIFICATE=$JAVAR_TLS_CERTIFICATE TLS_KEY=$JAVAR_TLS_KEY
    if [ -z "$TLS_CERTIFICATE" ]; then
        TLS_CERTIFICATE=$ETC/self-made.crt TLS_KEY=$ETC/self-made.key
        if [ ! -f "$TLS_KEY" ]; then
            (
                umask 077
                openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 825 \
                    -keyout "$TLS_KEY" -out "$TLS_CERTIFICATE" -subj "/CN=$JAVAR_HOST" \
                    -addext "subjectAltName=DNS:$JAVAR_HOST" 2>/dev/null
            )
            chmod 644 "$TLS_CERTIFICATE"
        fi
        tell "self-made: browsers warn until JAVAR_TLS_CERTIFICATE and JAVAR_TLS_KEY name a real one"
    else
        tell "given: $TLS_CERTIFICATE"
    fi
}

web_server() {
    say "nginx"
    six=
    [ -f /proc/net/if_inet6 ] || six='#'
    sed -e "s|@HOST@|$JAVAR_HOST|g" -e "s|@CERTIFICATE@|$TLS_CERTIFICATE|g" \
        -e "s|@KEY@|$TLS_KEY|g" -e "s|@DATA@|$DATA|g" -e "s|@SIX@|$six|g" \
        "$CODE/deploy/nginx/javar.conf" > "$SITE_FILE"
    for snippet in javar-proxy.conf javar-files.conf; do
        install -m 644 "$CODE/deploy/nginx/$snippet" "/etc/nginx/snippets/$snippet"
    done
    install -d -m 755 /usr/share/javar /var/www/javar-acme
    install -m 644 "$CODE/deploy/nginx/503.html" /usr/share/javar/503.html
    ln -sfn ../sites-available/javar /etc/nginx/sites-enabled/javar
    rm -f /etc/nginx/sites-enabled/default
    if ! nginx -t -q; then
        # Other sites of this machine go on.
        rm -f /etc/nginx/sites-enabled/javar
        refuse "nginx does not like $SITE_FILE (see above): it is not in use. Mend it and run me again."
    fi
    tell "$SITE_FILE"
}

start() {
    say "Start"
    if [ ! -f "$DATA/.installed" ]; then
        if [ -n "${RESTORE-}" ]; then
            say "Restore"
            javar restore --go-on "$RESTORE" ||
                refuse "The copy was not restored, nothing was started. Mend what is said above and run
me again in the same way: I go on with it. With another copy: --restore COPY."
            # The restore laid the folders anew: the web server's way into them is made again.
            places
        fi
        javar prepare ||
            refuse "The site was not prepared, nothing was started. Mend what is said above and run me
again in the same way: I go on from here."
        touch "$DATA/.installed"
        chown javar:javar "$DATA/.installed"
    fi
    touch "$ETC/.installed"
    rm -f "$ASKED"
    if systemd_runs; then
        systemctl daemon-reload
        # shellcheck disable=SC2086
        systemctl enable -q javar.target javar-prepare $SERVICES nginx
        systemctl restart javar-prepare ||
            refuse "The database was not brought up to date: journalctl -u javar-prepare says why.
Mend it and run me again. The code of before lies in $CODE.old, the last copy of the data in
$(kept JAVAR_BACKUP_DIR)."
        # shellcheck disable=SC2086
        systemctl restart $SERVICES
        systemctl reload-or-restart nginx
        tell "running: systemctl status javar.target"
    else
        # The same as the unit does; without systemd somebody else has to start the services.
        javar prepare
        javar check --deploy --database default >/dev/null
        tell "systemd does not run here: the units are written, nothing was started"
    fi
}

keeper() {
    say "Who keeps the site"
    first=$ETC/first-sign-in
    (umask 077; javar keeper "$JAVAR_KEEPER" --email "$JAVAR_KEEPER_EMAIL" \
        --mobile "$JAVAR_KEEPER_MOBILE" > "$first.new") ||
        refuse "The account of who keeps the site was not made; see above."
    if grep -q '^https://' "$first.new"; then
        mv "$first.new" "$first"
        tell "a one-time link for $JAVAR_KEEPER lies in $first, for root's eyes; it lasts three days"
    else
        rm -f "$first.new"
        tell "$JAVAR_KEEPER has been here already"
    fi
}

closing() {
    rm -f "$DATA/restored"
    cat <<END

Javar is installed for https://$JAVAR_HOST/

Next:
  1. Open the link in $ETC/first-sign-in, choose a password, remove the file.
  2. Keep a copy of $ETC (keys and settings) somewhere safe, away from this machine.
  3. Organisations are entered with 'javar organisation --help'; people sign up, and
     'javar role USERNAME ORGANISATION ROLE' gives the first registrars, owners and officers theirs.
  4. Copies are made every night in $(kept JAVAR_BACKUP_DIR): name another disk in JAVAR_BACKUP_DIR,
     in $ENV_FILE, and run this script again.
  5. 'javar help' lists all commands; logs: journalctl -u 'javar-*'.
To upgrade, bring the new code here and run this script again.
END
}

main() {
    [ "$(id -u)" = 0 ] || refuse "run me as root."
    [ -f /etc/debian_version ] || refuse "this script knows Debian; the README says what it does."
    while [ $# -gt 0 ]; do
        case $1 in
            --answers)
                [ -r "${2-}" ] || refuse "there is no file of answers at ${2-(no path given)}."
                JAVAR_UNATTENDED=yes
                # shellcheck disable=SC1090
                . "$2"
                shift 2
                ;;
            --restore)
                [ -r "${2-}" ] || refuse "there is no copy at ${2-(no path given)}."
                RESTORE=$(readlink -f "$2")
                shift 2
                ;;
            *) refuse "I know --answers FILE and --restore COPY, not $1." ;;
        esac
    done
    where_we_are
    questions
    people_and_places
    answers
    packages
    settings
    database
    code
    copy_first
    take_code
    units
    certificate
    web_server
    start
    keeper
    closing
}

main "$@"
