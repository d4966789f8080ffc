import type { Language } from "./language.ts";
import { cmake } from "./tables/cmake.ts";
import { go } from "./tables/go.ts";
import { gtk } from "./tables/gtk.ts";
import { meson } from "./tables/meson.ts";
import { npm } from "./tables/npm.ts";
import { perl } from "./tables/perl.ts";
import { python } from "./tables/python.ts";
import { qt } from "./tables/qt.ts";
import { rust } from "./tables/rust.ts";

/** All languages, in the order of the page. */
export const languages: readonly Language[] = [python, rust, go, npm, perl, cmake, meson, gtk, qt];
