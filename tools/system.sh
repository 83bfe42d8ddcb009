#!/bin/sh
# Install the Debian packages that rendering, the report and the tests want; where that cannot be done, say so and go on.
set -u
missing=""
fc-list 2>/dev/null | grep -qi 'noto.*cjk' || missing="$missing fonts-noto-cjk fontconfig"
{ command -v chromium || command -v chromium-browser || command -v google-chrome; } >/dev/null 2>&1 || missing="$missing chromium"
python3 -c "import ensurepip" 2>/dev/null || missing="$missing python3-venv"
[ -z "$missing" ] && exit 0
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
  echo "installing$missing"
  export DEBIAN_FRONTEND=noninteractive
  if { apt-get update -qq && apt-get install -y -qq --no-install-recommends $missing; } >/dev/null 2>&1; then exit 0; fi
fi
echo "note: could not install$missing; without chromium no page is rendered; without a CJK font pictures of Chinese text show boxes; without python3-venv there is no set-up."
exit 0
