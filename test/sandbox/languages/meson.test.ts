import { checkLanguage } from "./check.ts";
import { meson } from "./tables/meson.ts";

checkLanguage(meson);
