#!/bin/sh
# Makes echarts.min.js from entry.js. Needs npm and its registry; nobody needs either to build or use Strata.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
cp "$here/entry.js" .
npm init -y >/dev/null
npm install --no-audit --no-fund --ignore-scripts --save-exact echarts@6.1.0 zrender@6.1.0 tslib@2.3.0 esbuild@0.28.2
# A page that holds this distributes it, so what its licences ask to be kept stands in it.
{
    echo '/*!'
    cat "$here/NOTICE"
    echo
    echo 'Licensed under the Apache License, Version 2.0: https://www.apache.org/licenses/LICENSE-2.0'
    echo 'This is a part of it, made smaller. It contains zrender and code of d3.js:'
    echo
    cat "$here/LICENSE-zrender"
    echo
    cat "$here/LICENSE-d3"
    echo '*/'
} >"$here/echarts.min.js"
node_modules/.bin/esbuild entry.js --bundle --minify --format=iife --target=es2020 --legal-comments=none >>"$here/echarts.min.js"
cd "$here"
sha256sum echarts.min.js >SHA256SUMS
