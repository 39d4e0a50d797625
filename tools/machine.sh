# shellcheck shell=bash
# What tools/up and tools/test need to know about the machine they run on. Sourced, never run.
#
# Installs what is missing from the distribution (Debian, Ubuntu), says what to do about what it must not fetch (Rust).

say() { printf '%s\n' "$*" >&2; }
die() { say "$(basename "$0"): $*"; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }

# Prints the directory with PostgreSQL's server programs, the newest there is; fails when there is none.
postgres_bin() {
    local directory
    for directory in ${CHRONODON_POSTGRES_BIN:+"$CHRONODON_POSTGRES_BIN"} \
        $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -rV) /usr/pgsql-*/bin /usr/local/pgsql/bin; do
        [ -x "$directory/initdb" ] && [ -x "$directory/postgres" ] && printf '%s\n' "$directory" && return
    done
    has initdb && has postgres && dirname "$(command -v initdb)"
}

has_ffmpeg() { has ffmpeg && has ffprobe; }

# A compiler alone is not enough: without the C library's headers and start files nothing links.
has_compiler() {
    has cc && printf 'int main(void) { return 0; }' | cc -x c -o /dev/null - 2>/dev/null
}

# Can this Python make a virtual environment with pip in it (Debian ships that apart)?
has_python() { has python3 && python3 -c 'import ensurepip, venv' 2>/dev/null; }

has_node() { has node && has npm; }

# ensure WHAT CHECK PACKAGE…: notes the packages for install_missing unless the check holds.
MISSING_PACKAGES=()
MISSING_NAMES=()
ensure() {
    local what=$1 check=$2
    shift 2
    if ! "$check" >/dev/null 2>&1; then
        MISSING_NAMES+=("$what")
        MISSING_PACKAGES+=("$@")
    fi
}

# Installs what ensure noted, and nothing when it noted nothing.
install_missing() {
    [ ${#MISSING_PACKAGES[@]} -gt 0 ] || return 0
    local names packages as_root=()
    names=$(printf '%s, ' "${MISSING_NAMES[@]}")
    packages="${MISSING_PACKAGES[*]}"
    has apt-get || die "missing: ${names%, }. Install them and start again (on Debian: $packages)."
    if [ "$(id -u)" != 0 ]; then
        as_root=(sudo)
        may_sudo || die "missing: ${names%, }. Ask somebody who may: apt-get install $packages"
    fi
    say "Installing ${names%, } ($packages) …"
    apt_install "${as_root[@]}" || die "apt-get could not install $packages"
    MISSING_PACKAGES=()
    MISSING_NAMES=()
}

# Without a password, or with somebody there to type it.
may_sudo() { has sudo && { sudo -n true 2>/dev/null || [ -t 0 ]; }; }

# apt_install [sudo]: quiet unless it fails. Debian's PostgreSQL would create and start a cluster of its own; it is told
# not to for as long as this takes.
apt_install() {
    local settings=/etc/postgresql-common/createcluster.d result=0 log
    log=$(mktemp)
    "$@" mkdir -p "$settings"
    printf 'create_main_cluster = false\n' | "$@" tee "$settings/chronodon.conf" >/dev/null
    # A stale list of packages fails on old versions, an unreachable mirror does not matter when the package is cached.
    "$@" env DEBIAN_FRONTEND=noninteractive apt-get -q update </dev/null >"$log" 2>&1 || true
    "$@" env DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=a apt-get -q -y --no-install-recommends install \
        "${MISSING_PACKAGES[@]}" </dev/null >>"$log" 2>&1 || result=$?
    "$@" rm -f "$settings/chronodon.conf"
    "$@" rmdir --ignore-fail-on-non-empty "$settings"
    [ "$result" = 0 ] || cat "$log" >&2
    rm -f "$log"
    return "$result"
}

# Rust is never fetched behind anybody's back: it is found, or the way to get it is told.
require_rust() {
    has cargo || PATH="$PATH:${CARGO_HOME:-$HOME/.cargo}/bin"
    local wanted found
    wanted=$(sed -n 's/^rust-version *= *"\(.*\)"/\1/p' Cargo.toml | head -n 1)
    if ! has cargo || ! has rustc; then
        say "Rust $wanted or newer is needed and was not found. The usual way to get it, as the user who builds:"
        say "    curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh"
        die "install Rust, open a new shell, and start again"
    fi
    found=$(rustc --version | cut -d ' ' -f 2)
    if [ "$(printf '%s\n' "$wanted" "${found%%-*}" | sort -V | head -n 1)" != "$wanted" ]; then
        say "Rust $wanted or newer is needed; $(command -v rustc) is $found."
        has rustup && die "run: rustup update stable"
        die "install a newer one, for example with rustup (https://rustup.rs), and start again"
    fi
}

# Where cargo puts what it builds.
target_directory() { printf '%s\n' "${CARGO_TARGET_DIR:-$PWD/target}"; }
