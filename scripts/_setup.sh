# Functions for the other scripts of this folder. `setup runtime` or `setup dev` creates .venv and installs the
# locked packages, once. `say` prints a message. The working folder is then the root of this copy, and PYTHON
# is set.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
ROOT=$PWD
PYTHON=$ROOT/.venv/bin/python
export PIP_DISABLE_PIP_VERSION_CHECK=1

say() { printf 'vedette: %s\n' "$*" >&2; }

find_python() {
    local name
    for name in "${VEDETTE_PYTHON:-}" python3 python3.13 python3.12 python3.11; do
        [ -n "$name" ] || continue
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$name"
            return
        fi
    done
    say "Python 3.11 or newer is required: install it, or set VEDETTE_PYTHON to its path"
    return 1
}

root_with_apt() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; }

apt_install() {
    say "installing $* (apt)"
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "$@"; } >/dev/null 2>"$ROOT/.venv/apt.log"
}

make_venv() {
    local base
    if "$PYTHON" -m pip --version >/dev/null 2>&1; then return; fi
    base=$(find_python)
    mkdir -p .venv
    if ! "$base" -c 'import ensurepip, venv' 2>/dev/null; then
        # In Debian and Ubuntu, venv is a package of its own.
        if ! { root_with_apt && apt_install python3-venv; }; then
            say "$base cannot create virtual environments: install python3-venv (apt install python3-venv)"
            return 1
        fi
    fi
    say "creating .venv with $("$base" --version)"
    "$base" -m venv --clear .venv
}

install_lock() {
    local lock=$1 stamp=.venv/.installed-$1 now
    now=$(cat "$lock" .venv/pyvenv.cfg | cksum)
    if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$now" ]; then return; fi
    say "installing the packages of $lock (once, one to two minutes)"
    "$PYTHON" -m pip install --quiet --require-hashes -r "$lock"
    echo "$now" >"$stamp"
}

# The package is installed as a path file and a command of two lines. This needs no build tool, so the lock file
# for run time contains none.
link_package() {
    local site
    site=$("$PYTHON" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
    echo "$ROOT/src" >"$site/vedette.pth"
    printf '#!/bin/sh\nexec "%s" -m vedette.cli "$@"\n' "$PYTHON" >.venv/bin/vedette
    chmod +x .venv/bin/vedette
}

# The names engine is compiled during the installation, so that the demonstration starts faster.
warm() {
    local stamp=.venv/.warm now
    [ -f src/vedette/screening/names/warm.py ] || return 0
    now=$(cat src/vedette/screening/names/*.py .venv/pyvenv.cfg | cksum)
    if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$now" ]; then return; fi
    say "compiling the names engine (once)"
    "$PYTHON" -m vedette.screening.names.warm >/dev/null
    echo "$now" >"$stamp"
}

setup() {
    local lock=requirements.txt
    [ "$1" = runtime ] || lock=requirements-dev.txt
    mkdir -p .venv
    # If two scripts run at the same time, the second waits until the first has installed the packages.
    if command -v flock >/dev/null; then
        exec 9>.venv.lock
        flock 9
    fi
    make_venv
    install_lock "$lock"
    link_package
    "$PYTHON" scripts/catalogues.py
    warm
    exec 9>&-
}
