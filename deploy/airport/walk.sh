#!/usr/bin/env bash
# One step of the thesis' walk: prints the command as the thesis does, and runs it. Called by walk.mk; BIN holds `airside`.
set -euo pipefail
cd "$(dirname "$0")"

export AIRSIDE_HOME="${AIRSIDE_HOME:-$HOME/.airside}"
airside="${BIN:?where is airside?}/airside"

# kubectl from 1.29 on can apply; an older one, or none, is stood in for by airside.
kubectl_serves() {
    local minor
    minor=$(kubectl version --client --output=json 2>/dev/null | sed -n 's/.*"gitVersion": *"v1\.\([0-9]*\).*/\1/p' | head -n 1) || return 1
    [ "${minor:-0}" -ge 29 ]
}

run_kubectl() {
    if [ -z "${AIRSIDE_NO_KUBECTL:-}" ] && kubectl_serves; then
        KUBECONFIG="$AIRSIDE_HOME/kubeconfig" kubectl "$@"
    else
        "$airside" "$@"
    fi
}

show_kubectl() {
    echo "kubectl $*"
    run_kubectl "$@"
}

# kubectl returns when the rule is stored; the next step of the walk must see it acting. What there is to warn of, kubectl has said.
settle() {
    local said
    said=$("$airside" apply --wait -f "$1" 2>&1) || { echo "$said" >&2; return 1; }
}

gateway() {
    local port
    port=$(sed -n 's/.*"gateway_port": *\([0-9]*\).*/\1/p' "$AIRSIDE_HOME/settings.json" 2>/dev/null) || true
    [ -n "$port" ] || { echo "no installation in $AIRSIDE_HOME; start one with: make demo" >&2; exit 1; }
    echo "http://127.0.0.1:$port"
}

fetch() {
    if command -v curl >/dev/null; then
        curl --silent --noproxy '*' "$1" || echo "no answer from $1"
    else
        "$BIN/python" -c 'import sys, httpx; print(httpx.get(sys.argv[1], trust_env=False, timeout=None).text, end="")' "$1"
    fi
}

# load COUNT PAUSE PATH
load() {
    local address i
    address="$(gateway)$3"
    echo "for i in {1..$1}; do sleep $2; curl $address; printf \"\\n\"; done"
    for ((i = 0; i < $1; i++)); do
        sleep "$2"
        fetch "$address"
        printf '\n'
    done
}

step=$1
shift
case $step in
up) "$airside" up >/dev/null ;;
kubectl) show_kubectl "$@" ;;
apply)
    show_kubectl apply -f "$1"
    settle "$1"
    ;;
call)
    address=$(gateway)
    for path in "$@"; do
        echo "curl $address$path"
        fetch "$address$path"
        printf '\n'
    done
    ;;
load) load "$@" ;;
load-front)
    address=$(gateway)/
    echo "for i in {1..$1}; do sleep $2; curl --silent $address | grep -o \"<h1>.*</h1>\"; done"
    for ((i = 0; i < $1; i++)); do
        sleep "$2"
        fetch "$address" | grep -o '<h1>.*</h1>' || true
    done
    ;;
share) # what the next step is to be compared with: FILE COUNT PATH
    run_kubectl apply -f "$1" >/dev/null
    settle "$1"
    address=$(gateway)$3
    failed=0
    for ((i = 0; i < $2; i++)); do
        case $(fetch "$address") in *"fault filter abort"*) failed=$((failed + 1)) ;; esac
    done
    echo "without retries: $failed of $2 calls failed" >&2
    ;;
restore) # objects by name, quietly, as FILE has them: FILE NAME...
    "$BIN/python" - "$@" <<'PYTHON' | "$airside" apply --wait -f - >/dev/null
import sys, yaml
file, *names = sys.argv[1:]
with open(file) as text:
    print(yaml.safe_dump_all(one for one in yaml.safe_load_all(text) if one["metadata"]["name"] in names))
PYTHON
    ;;
kiali)
    echo "The console is not built yet; what it will draw, as a table (airside top):"
    "$airside" top
    ;;
*)
    echo "no such step: $step" >&2
    exit 2
    ;;
esac
