import { checkLanguage } from "./check.ts";
import { gtk } from "./tables/gtk.ts";

checkLanguage(gtk);
