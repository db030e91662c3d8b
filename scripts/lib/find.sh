# Where the tools are: sourced by the other scripts, with `root` set to the checkout.
# shellcheck shell=bash

# shellcheck disable=SC2154 # the sourcing script sets root
state="$root/.ferrobench"
tools="$state/tools"

nextflow_version=24.10.0
nextflow_jars="$state/nextflow/$nextflow_version"

# Bad input or a missing part: one line what, one line the remedy.
fault() {
    printf 'error: %s\nhint: %s\n' "$1" "$2" >&2
    exit 2
}

# .ferrobench/env/<first 16 hexadecimal digits of the lock's sha256>
environment_folder() {
    local digest
    digest=$(sha256sum < "$1")
    printf '%s\n' "$state/env/${digest:0:16}"
}

# True where the version in $1 (`3.11.7`) is at least $2 (`3.11`).
at_least() {
    [[ $(printf '%s\n%s\n' "$2" "$1" | sort --version-sort | head -n 1) == "$2" ]]
}

find_python() {
    local name version
    for name in "${FERROBENCH_PYTHON:-python3}" python3.13 python3.12 python3.11; do
        version=$("$name" -c 'import platform; print(platform.python_version())' 2> /dev/null) || continue
        if at_least "$version" 3.11; then
            # The interpreter itself: a shim that looks at the working folder would not do.
            "$name" -c 'import sys; print(sys.executable)'
            return
        fi
    done
    return 1
}

python_remedy() {
    printf '%s' "install it (Debian: sudo apt-get install python3 python3-venv), or name one: FERROBENCH_PYTHON=/path/to/python3.12"
}

find_uv() {
    if [[ -x $tools/uv/bin/uv ]]; then
        printf '%s\n' "$tools/uv/bin/uv"
    else
        command -v uv
    fi
}

# The first number with dots in what `java -version` says: 17.0.15; the old 1.8.0 counts as 1.
java_version() {
    local java=${JAVA_HOME:+$JAVA_HOME/bin/}java
    "$java" -version 2>&1 | sed -n 's/.*version "\([0-9.]*\).*/\1/p' | head -n 1
}

# The project's own Nextflow where it is installed, else one on the PATH that is new enough.
find_nextflow() {
    local found version
    if [[ -e $nextflow_jars/ferrobench-complete && -x $tools/nextflow ]]; then
        printf '%s\n' "$tools/nextflow"
        return
    fi
    found=$(command -v nextflow) || return 1
    version=$(NXF_DISABLE_CHECK_LATEST=true "$found" -version 2> /dev/null | sed -n 's/.*version \([0-9.]*\).*/\1/p' | head -n 1)
    at_least "${version:-0}" 24.10 && printf '%s\n' "$found"
}
