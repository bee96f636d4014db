#!/usr/bin/env bash
# Makes the virtual environment of the client tests, and the two Hadoop jars that PySpark does not carry.
#
#   prepare.sh VENV
#
# PyPI is the only registry that the tests need: the jars of hadoop-aws and its AWS SDK come out of the source
# distribution of sagemaker-pyspark, whose digest is pinned here. Nothing of that package is installed. A half-made
# environment is never taken for a whole one: the stamp is written last.
set -euo pipefail
venv=$1
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
jars=$venv/hadoop-jars
stamp=$venv/.prepared
wanted=$(cat "$here/requirements.txt" "${BASH_SOURCE[0]}" | sha256sum | cut -d' ' -f1)
[[ -f $stamp && $(cat "$stamp") = "$wanted" ]] && exit 0

python=""
for candidate in python3 python3.13 python3.12 python3.11 /usr/bin/python3; do
    if "$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        python=$candidate
        break
    fi
done
[[ -n $python ]] || { echo "The client tests need Python 3.11 or newer with its venv module (Debian: python3-venv)." >&2; exit 1; }

echo "client tests: preparing $venv with $("$python" --version)"
rm -f "$stamp"
[[ -x $venv/bin/python ]] || "$python" -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$here/requirements.txt"

hadoop=hadoop-aws-3.3.1.jar
sdk=aws-java-sdk-bundle-1.11.901.jar
if [[ ! -f $jars/$hadoop || ! -f $jars/$sdk ]]; then
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    echo "sagemaker-pyspark==1.4.5 --hash=sha256:05ca2d5081d7138ce29a8fb0a9cba077f28c825288ed07aed46a82e63c0bf1fb" > "$work/requirements.txt"
    "$venv/bin/python" -m pip download --quiet --disable-pip-version-check --no-deps --no-binary :all: --require-hashes \
        -r "$work/requirements.txt" -d "$work"
    mkdir -p "$jars"
    tar -xzf "$work"/sagemaker_pyspark-1.4.5.tar.gz -C "$work" --strip-components=3 \
        "sagemaker_pyspark-1.4.5/deps/jars/$hadoop" "sagemaker_pyspark-1.4.5/deps/jars/$sdk"
    mv "$work/$hadoop" "$work/$sdk" "$jars/"
fi
echo "$wanted" > "$stamp"
