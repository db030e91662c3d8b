# What the tests of the whole pipeline share: sourced, with the real Nextflow and the real steps.
# shellcheck shell=bash disable=SC2034 # the tests that source this file read its variables

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=scripts/lib/find.sh
source "$root/scripts/lib/find.sh"
here="$root/tests/pipeline"
python=${FERROBENCH_REFERENCE_PYTHON:-python3}
nextflow=$(find_nextflow) || fault "no Nextflow" "run scripts/setup"
export NXF_ANSI_LOG=false

# A folder of its own to launch from, with a name that a careless script would break on.
scratch=$(mktemp -d "${TMPDIR:-/tmp}/ferrobench test ü' \$(false) XXXXXX")
trap 'rm -rf -- "$scratch"' EXIT
cd -- "$scratch" || exit 1

# What takes long is left out of the usual run, and says so.
only_with_all() {
    if [[ ${FERROBENCH_TEST_ALL:-no} != yes ]]; then
        echo "skipped: only with scripts/test --all"
        exit 0
    fi
}

passed=0
failed=0

# check "what must hold" command…
check() {
    local what=$1
    shift
    if "$@"; then
        passed=$((passed + 1))
        printf 'ok      %s\n' "$what"
    else
        failed=$((failed + 1))
        printf 'FAILED  %s\n' "$what"
    fi
}

# The test's last line and exit code. What Nextflow said is shown where something failed.
finish() {
    if ((failed)); then
        tail -n 60 -- "$scratch"/*.log
    fi
    printf '%s: %s passed, %s failed\n' "$(basename -- "$0")" "$passed" "$failed"
    ((failed == 0))
}

# run NAME ENTRY arguments…: Nextflow's words go to NAME.log (stdout) and NAME.err, its code to $code,
# its time to $took.
run() {
    local name=$1 entry=$2 begin=$SECONDS
    shift 2
    "$nextflow" run "$root/$entry" -profile test "$@" > "$name.log" 2> "$name.err"
    code=$?
    took=$((SECONDS - begin))
}

# The processes that ran in NAME, each once, without those that always look.
ran() {
    sed -n 's/.* \(Subm\|Re-subm\)itted process > FERROBENCH:[A-Z]*:\([A-Z_]*\).*/\2/p' "$1.log" |
        grep -vxE 'ENVIRONMENT|SELECT|KEEP_FOR_PARTIAL_REPORT|PUBLISH' | sort -u
}

ran_nothing() {
    local names
    names=$(ran "$1")
    [[ -z $names ]] || { printf 'ran again: %s\n' "${names//$'\n'/ }"; false; }
}

no_such_words() {
    ! grep -nE "$1" "${@:2}"
}
