#!/bin/sh
# Makes the Python environment of these tools, once, and prints the path of its interpreter.
# It lies outside the repository; SALIENT_REFERENCE_ENV moves it.
set -eu

here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
environment=${SALIENT_REFERENCE_ENV:-${XDG_CACHE_HOME:-$HOME/.cache}/salient-reference}
stamp=$environment/requirements.txt

if ! cmp -s "$here/requirements.txt" "$stamp"; then
    python3 -m venv --clear "$environment"
    "$environment/bin/pip" install --quiet --disable-pip-version-check \
        --requirement "$here/requirements.txt" >&2
    cp "$here/requirements.txt" "$stamp"
fi
echo "$environment/bin/python"
