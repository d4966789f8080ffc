import { describeCases } from "./check.ts";

const repository = `export HOME=$NIX_BUILD_TOP; git init -q r; cd r; git config user.email a@b; git config user.name c
  mkdir d; echo 1 > a; echo 2 > d/b; echo 3 > 'd/ü c'; echo 4 > edited; git add .; git commit -qm x`;
const verdict = `mkdir -p $out; git diff-index --name-only HEAD -- > $out/a; git diff-files --name-only > $out/b`;

describeCases("git", {
  "finds no changes after a restore": {
    package: `buildPhase = ''${repository}; sleep 1.1; echo x > built''; installPhase = ''${verdict}; runHook postInstall'';`,
    edit: `preInstall = "true";`,
    through: "buildPhase",
  },
  "finds only the files that were changed": {
    package: `buildPhase = ''${repository}; sleep 1.1; echo 5 > edited; chmod +x a; rm d/b'';
      installPhase = ''${verdict}; runHook postInstall'';`,
    edit: `preInstall = "true";`,
    through: "buildPhase",
  },
  "finds a file that was written at the time of the commit": {
    package: `buildPhase = ''${repository}; touch -r a t; printf '9\\n' > a; touch -r t a'';
      installPhase = ''mkdir -p $out; git diff --stat > $out/a; runHook postInstall'';`,
    edit: `preInstall = "true";`,
    through: "buildPhase",
  },
  "reads an index of version 4": {
    package: `buildPhase = ''${repository}; git update-index --index-version 4; sleep 1.1'';
      installPhase = ''${verdict}; git ls-files -s > $out/c; git fsck 2>&1; runHook postInstall'';`,
    edit: `preInstall = "true";`,
    through: "buildPhase",
  },
  "reads an index of version 3, with an intent to add": {
    package: `buildPhase = ''${repository}; echo 6 > new; git add -N new; sleep 1.1'';
      installPhase = ''${verdict}; git status --porcelain > $out/c; runHook postInstall'';`,
    edit: `preInstall = "true";`,
    through: "buildPhase",
  },
  "reads a repository with SHA-256": {
    package: `buildPhase = ''\${builtins.replaceStrings [ "git init -q" ] [ "git init -q --object-format=sha256" ] ''${repository}''}; sleep 1.1'';
      installPhase = ''${verdict}; runHook postInstall'';`,
    edit: `preInstall = "true";`,
    through: "buildPhase",
  },
  "supports submodules and linked work trees": {
    package: `buildPhase = ''(${repository}); export HOME=$NIX_BUILD_TOP; git clone -q r whole; cd whole
      git config user.email a@b; git config user.name c; git -c protocol.file.allow=always submodule --quiet add ../r sub
      git commit -qm y; git worktree add -q ../linked; sleep 1.1'';
      installPhase = ''mkdir -p $out; for i in . sub ../linked; do (cd $i; git diff-index --name-only HEAD; echo "$i done") >> $out/a; done; runHook postInstall'';`,
    edit: `preInstall = "true";`,
    through: "buildPhase",
  },
});
