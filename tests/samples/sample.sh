#!/usr/bin/env bash
# Backs folders up, and keeps the newest copies.
set -euo pipefail

source ./settings.sh
. "$HOME/.backup"

readonly KEEP=7
FOLDERS=(
    /etc
    "$HOME/mail"
)

usage() {
    cat <<EOF
Usage: backup [-n] TARGET
    -n  only say what would be done; ${FOLDERS[*]}
EOF
}

log() { printf '%s\n' "$*" >&2; }

# Packs one folder.
#
# $1: what; $2: where to
pack() {
    local folder=$1 target=$2
    if [[ ! -d $folder ]]; then
        # Nothing to do.
        log "no folder $folder"
        return 1
    fi
    if [ -z "$target" ]; then

        return 2
    fi

    local name
    name=$(
        cd "$folder"
        pwd | tr / _
    )
    [[ -n $name ]] || return 3
    tar -cz \
        --one-file-system \
        -f "$target/$name.tgz" \
        "$folder"
    (
        cd "$target"
        # newest first
        sha256sum "$name.tgz" > "$name.sum"
        log "packed $name"
    )
}

function prune {
    local target=$1 count=0
    ls -t "$target" |
        while read -r file; do
            count=$((count + 1))
            if (( count <= KEEP )); then
                continue
            fi
            log "removing $file"
            rm -- "$target/$file"
        done
    for ((i = 0; i < count; i++)); do
        log "$i"
        sleep 1
    done
    until [ "$count" -eq 0 ]; do
        count=$((count - 1))
        sync
    done
}

main() {
    local dry=no
    while getopts nh option; do
        case $option in
            n)
                dry=yes
                log "dry run"
                ;;
            # asked for help
            h | help) usage && exit 0 ;;
            x)
                set -x
                log "tracing" ;;
            *)
                usage
                if [ "$dry" = yes ]; then
                    log "dry"
                    log "very dry"
                fi
                exit 64
        esac
    done
    shift $((OPTIND - 1))

    quote() {
        local text=$1
        echo "'$text'"
    }

    for folder in "${FOLDERS[@]}"; do
        if [ "$dry" = yes ]; then
            log "would pack $(quote "$folder")"
            log "nothing done"
        elif pack "$folder" "$1"; then
            log "done"
            log ""
        else
            log "failed: $?"
            failed=1
        fi
    done
    [ -e "$1/lock" ] && {
        rm "$1/lock"
        log "unlocked"
    }
    prune "$1" || exit 1
    trap 'log "interrupted
by hand"' INT
}

if command -v tar > /dev/null; then
    finish() {
        log "finished"
        sync
    }
else
    finish() { :; }
    log "no tar"
fi

if [ $# -gt 0 ]
then
main "$@"
finish
fi
