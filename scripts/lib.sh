# shellcheck shell=bash
# What the scripts here share. They source it after `set -euo pipefail`; it puts them in the
# project's root.

cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit

step() { printf '[%4d s] %s\n' "$SECONDS" "$*"; }

die() { # TEXT [EXIT CODE]
    printf '%s: %s\n' "${0##*/}" "$1" >&2
    exit "${2:-1}"
}

# The comment block at the top of a script is its help.
usage() { sed -n '2,/^[^#]/{/^#/!d; s/^# \{0,1\}//; p}' "scripts/${0##*/}"; }

wrong_usage() { die "$1 (scripts/${0##*/} --help tells more)" 2; }

# A text that is another one for each commit (or day, where there is no git): which share of a long
# check this run takes. The same commit asks the same again.
rotation() { git rev-parse --verify --quiet HEAD 2>/dev/null || date +%F; }

is_number() { [[ $1 =~ ^[1-9][0-9]*$ ]]; }

# --- Packages ---------------------------------------------------------------------------------

packages_of() { # GROUP...
    local group
    for group in "$@"; do
        awk -v group="$group" '$1 == group { print $2 }' scripts/packages
    done | sort -u
}

apt_install=(apt-get install -y --no-remove --no-install-recommends)

# Installs what is missing of these groups, and nothing else: with nothing missing apt is not asked,
# so a prepared machine needs no network. Without root it prints the one line to run.
install_packages() { # GROUP...
    command -v apt-get >/dev/null ||
        die "this is not a Debian; install these yourself: $(packages_of "$@" | tr '\n' ' ')" 2
    local package missing=()
    for package in $(packages_of "$@"); do
        [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] ||
            missing+=("$package")
    done
    if ((${#missing[@]} == 0)); then return; fi

    local as_root=(env)
    if ((EUID != 0)); then
        if ! sudo -n true 2>/dev/null; then
            echo "sudo apt-get update && sudo ${apt_install[*]} ${missing[*]}"
            exit 2
        fi
        as_root=(sudo -n env)
    fi
    as_root+=(LC_ALL=C DEBIAN_FRONTEND=noninteractive)

    step "installing what is missing: ${missing[*]}"
    if ! "${as_root[@]}" "${apt_install[@]}" --simulate "${missing[@]}" >/dev/null 2>&1; then
        step "apt does not know all of these yet: apt-get update"
        "${as_root[@]}" apt-get update -q || true # one broken source need not stop the others
    fi
    # A line of --print-uris is: 'uri' file size hash.
    "${as_root[@]}" "${apt_install[@]}" --print-uris -qq "${missing[@]}" 2>/dev/null | awk '
        { bytes += $3; ++files }
        END { printf "         to download: %d packages, %.0f MB\n", files, bytes / 1e6 }' || true
    local install=("${as_root[@]}" "${apt_install[@]}" -q)
    install+=(-o DPkg::Lock::Timeout=120 "${missing[@]}")
    if ! quiet build/logs/install.log "${install[@]}"; then
        step "once more with fresh package lists: apt-get update"
        "${as_root[@]}" apt-get update -q
        quiet build/logs/install.log "${install[@]}" ||
            die "apt-get could not install: ${missing[*]}"
    fi
}

# --- Long commands ----------------------------------------------------------------------------

# On a terminal the last line of output, in place; elsewhere one line every 20 seconds.
progress() {
    local line shown=$SECONDS
    while IFS= read -r line; do
        if [[ -t 1 ]]; then
            printf '\r\033[K         %s' "${line:0:85}"
        elif ((SECONDS - shown >= 20)); then
            printf '[%4d s]   ... %s\n' "$SECONDS" "${line:0:85}"
            shown=$SECONDS
        fi
    done
    if [[ -t 1 ]]; then printf '\r\033[K'; fi
}

# Runs a command with its output in LOG. If it fails, the end of LOG is shown.
quiet() { # LOG COMMAND...
    local log=$1
    shift
    mkdir -p "${log%/*}"
    if "$@" </dev/null 2>&1 | tee "$log" | progress; then return 0; fi
    printf -- '--- the end of %s:\n' "$log"
    tail -n 60 "$log"
    printf -- '---\n'
    return 1
}

configure() { # PRESET [OPTION...]
    quiet "build/logs/$1-configure.log" cmake --preset "$@"
}

compile() { # PRESET [TARGET]
    quiet "build/logs/$1-build.log" \
        cmake --build --preset "$1" ${2:+--target "$2"} -- -k 0
}

# --- Counting ---------------------------------------------------------------------------------

passed=0
failed=0
rows=()

# Adds a row to the table that `closing` prints.
record() { # NAME PASSED FAILED SECONDS
    passed=$((passed + $2))
    failed=$((failed + $3))
    rows+=("$(printf '%-34s %8d %8d %8d' "$1" "$2" "$3" "$4")")
}

# A command that is one check: it counts as one passed or one failed.
check() { # NAME COMMAND...
    local name=$1 began=$SECONDS
    shift
    step "$name"
    if "$@"; then
        record "$name" 1 0 $((SECONDS - began))
    else
        record "$name" 0 1 $((SECONDS - began))
        return 1
    fi
}

# The tests of one label in one preset that is built. Each test counts.
run_tests() { # NAME PRESET LABEL [--no-tests=ignore ...]
    local name=$1 preset=$2 label=$3 log=build/logs/$2-$3-tests.log began=$SECONDS ok=1 summary
    shift 3
    step "$name"
    quiet "$log" ctest --test-dir "build/$preset" -L "^$label\$" -j "$(nproc)" \
        --output-on-failure "$@" || ok=0
    summary=$(grep -E 'tests passed, [0-9]+ tests failed out of [0-9]+' "$log" || true)
    if [[ $summary =~ ([0-9]+)\ tests\ failed\ out\ of\ ([0-9]+) ]]; then
        local bad=${BASH_REMATCH[1]} all=${BASH_REMATCH[2]}
        if ((ok == 0 && bad == 0)); then bad=1 all=$((all + 1)); fi # ctest itself failed
        record "$name" $((all - bad)) "$bad" $((SECONDS - began))
    else
        record "$name" 0 $((1 - ok)) $((SECONDS - began))
    fi
    ((ok))
}

# The table, and as the last line what was counted.
closing() {
    printf '\n%-34s %8s %8s %8s\n' "" passed failed seconds
    if ((${#rows[@]})); then printf '%s\n' "${rows[@]}"; fi
    printf '\n%d passed, %d failed\n' "$passed" "$failed"
    ((failed == 0 && passed > 0))
}
