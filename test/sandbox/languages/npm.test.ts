import { checkLanguage } from "./check.ts";
import { npm } from "./tables/npm.ts";

checkLanguage(npm);
