#!/bin/sh
# What the tests need besides Python packages: a real browser and its driver, from Debian's packages.
set -eu
if command -v chromium >/dev/null && command -v chromedriver >/dev/null; then
    exit 0
fi
run() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }
run apt-get update -qq
run apt-get install -y -qq --no-install-recommends chromium chromium-driver fonts-dejavu-core >/dev/null
