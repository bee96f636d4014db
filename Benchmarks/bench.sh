#!/usr/bin/env bash
# Gets the peers that PyPI ships into an environment of their own, then runs bench.py with the arguments given.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
venv=${BENCH_VENV:-$here/../.venv-bench}
stamp=$venv/.prepared
wanted=$(sha256sum < "$here/requirements.txt")
if [[ ! -f $stamp || $(cat "$stamp") != "$wanted" ]]; then
    [[ -x $venv/bin/python ]] || python3 -m venv "$venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$here/requirements.txt"
    echo "$wanted" > "$stamp"
fi
exec "$venv/bin/python" "$here/bench.py" "$@"
