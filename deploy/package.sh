#!/usr/bin/env bash
# Makes the Debian package: the program with Swift's runtime inside, its manual pages and completions, the unit, and a
# bill of materials; lintian reads the result. Usage: deploy/package.sh; everything goes to .build-package/.
set -euo pipefail
cd "$(dirname "$0")/.."
built=.build-package
tools=$built/tools
stage=$built/stage
dist=$built/dist

echo "Building banyan with Swift's runtime linked in (minutes, the first time)"
swift build -c release --static-swift-stdlib --scratch-path "$built" --product banyan
program=$built/release/banyan
version=$("$program" --version)
export SOURCE_DATE_EPOCH
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)

rm -rf "$stage" "$dist"
mkdir -p "$stage/man" "$stage/completions" "$dist"
cp "$program" README.md README.zh-CN.md RFC-notes.md deploy/HANDBOOK.md deploy/HANDBOOK.zh-CN.md \
    deploy/BACKUP.md deploy/UPGRADING.md deploy/banyan.toml "$stage"
cp -r deploy/debian "$stage/debian"
cp deploy/systemd/banyan.service "$stage/debian/banyan.service"
cp deploy/sysusers.d/banyan.conf "$stage/debian/banyan.sysusers"
cp deploy/tmpfiles.d/banyan.conf "$stage/debian/banyan.tmpfiles"

echo "Writing the manual pages and completions from the program's own tables"
swift build -c release --scratch-path "$tools" --package-path "$built/checkouts/swift-argument-parser" \
    --product generate-manual
"$tools/release/generate-manual" "$program" --multi-page --section 8 \
    --date "$(date -u -d "@$SOURCE_DATE_EPOCH" +%F)" --output-directory "$stage/man"
# A verb's page is called banyan-verb, as git's and systemd's are; an empty line is a paragraph.
for page in "$stage"/man/*; do
    verb=$(basename "$page" .8)
    sed -i -E -e "s/^\.Nm \"?banyan[^\"]*\"?$/.Nm ${verb//./-}/" -e "s/^\.Nm$/.Ic ${verb//./ }/" \
        -e '/^\.Xr /s/\./-/2g' -e 's/^$/.Pp/' "$page"
    [ "$verb" = "${verb//./-}" ] || mv "$page" "$stage/man/${verb//./-}.8"
done
"$program" --generate-completion-script bash | sed '1{/^#!/d}' >"$stage/completions/banyan"
"$program" --generate-completion-script zsh >"$stage/completions/_banyan"
"$program" --generate-completion-script fish >"$stage/completions/banyan.fish"

swift package --scratch-path "$built" show-dependencies --format json |
    deploy/bill-of-materials.py "$version" "$program" >"$stage/banyan.cdx.json"

cat >"$stage/debian/changelog" <<TEXT
banyan ($version) unstable; urgency=medium

  * See CHANGELOG.md.

 -- Banyan maintainers <maintainers@banyan.invalid>  $(date -u -R -d "@$SOURCE_DATE_EPOCH")
TEXT

(cd "$stage" && dpkg-buildpackage --build=binary --no-sign --no-check-builddeps)
mv "$built"/banyan_"$version"_* "$dist"
cp "$stage/banyan.cdx.json" "$dist/banyan_$version.cdx.json"
lintian --fail-on error,warning --suppress-tags initial-upload-closes-no-bugs "$dist"/banyan_"$version"_*.deb
(cd "$dist" && sha256sum banyan_* >SHA256SUMS)
echo "Made:"
ls -l "$dist"
