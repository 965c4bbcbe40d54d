#!/bin/sh
# What the tests need besides Python packages, from Debian: a real browser and its driver, a speech
# synthesizer, WordNet's files, a translator, and Fashion-MNIST.
set -eu
packages="chromium chromium-driver fonts-dejavu-core espeak-ng wordnet-base apertium apertium-eng-spa dataset-fashion-mnist"
missing=""
for package in $packages; do
    dpkg-query --show --showformat='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' \
        || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
run() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }
run apt-get update -qq
# shellcheck disable=SC2086  # a list of names
run apt-get install -y -qq --no-install-recommends $missing >/dev/null
