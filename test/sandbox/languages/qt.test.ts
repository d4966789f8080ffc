import { checkLanguage } from "./check.ts";
import { qt } from "./tables/qt.ts";

checkLanguage(qt);
