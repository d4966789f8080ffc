# shellcheck shell=bash
# shellcheck disable=SC2154
# npmInstallHook, which installs the files that `npm pack` would pack.
npmInstallHook() {
  local file package=$out/lib/node_modules/$pname
  runHook preInstall
  while IFS= read -r file; do
    install -D "$file" "$package/$file"
  done < <(npm pack --json --dry-run | node -e \
    'for (const { path } of JSON.parse(fs.readFileSync(0))[0].files) console.log(path)')
  makeWrapper node "$out/bin/$pname" --add-flags "$package/dist/$pname.js"
  runHook postInstall
}

if [[ -z ${dontNpmInstall-} && -z ${installPhase-} ]]; then installPhase=npmInstallHook; fi
