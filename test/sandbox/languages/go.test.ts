import { checkLanguage } from "./check.ts";
import { go } from "./tables/go.ts";

checkLanguage(go);
