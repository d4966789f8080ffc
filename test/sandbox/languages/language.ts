/** An edit of a package, and what it costs. */
export interface Edit {
  /** Nix attributes that replace those of the package, which are in scope as `old`. `pkgs` is in scope. */
  readonly attributes: string;
  /** The phase through which the build is restored. */
  readonly through: string;
  /** What runs after that, as the page describes it. */
  readonly runs: string;
  /** Attributes of the build before the edit, if it differs from the package. */
  readonly before?: string;
  /** Whether the phases that run compile tests. By default they compile nothing. */
  readonly compilesTests?: true;
  /** Whether the build is restored without the hook after the phase, because the edit is one of this hook. */
  readonly editsHook?: true;
  /** Whether the edit is tested only in the nightly mode, because other languages have it as well. */
  readonly nightly?: true;
}

/** A language or a kind of wrapper: a package, and edits of it. */
export interface Language {
  readonly title: string;
  /** What the test builds, in one sentence of the page. */
  readonly text: string;
  /** What the language's own tools do for the same edits, in one or two sentences of the page. */
  readonly tools: string;
  /** A file in this folder with the package: a function of `pkgs` and `src`. */
  readonly file: string;
  /** The example whose sources are used, a Debian source package, or a folder in `samples`. */
  readonly source: { example: string } | { debian: string } | { sample: string };
  /** An example whose tarball the package needs besides its sources. */
  readonly tarballsOf?: string;
  /** By the attribute that is edited. */
  readonly edits: Readonly<Record<string, Edit>>;
}
