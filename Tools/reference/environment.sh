#!/bin/sh
# Makes the Python environment of these tools, once, and prints the path of its interpreter.
# It lies outside the repository; SALIENT_REFERENCE_ENV moves it. With the argument NAME it is the
# environment of NAME-requirements.txt, beside the other.
set -eu

here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
environment=${SALIENT_REFERENCE_ENV:-${XDG_CACHE_HOME:-$HOME/.cache}/salient-reference}${1:+-$1}
requirements=$here/${1:+$1-}requirements.txt
stamp=$environment/requirements.txt

if ! cmp -s "$requirements" "$stamp"; then
    python3 -m venv --clear "$environment"
    "$environment/bin/pip" install --quiet --disable-pip-version-check \
        --requirement "$requirements" >&2
    cp "$requirements" "$stamp"
fi
echo "$environment/bin/python"
