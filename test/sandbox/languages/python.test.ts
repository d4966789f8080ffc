import { checkLanguage } from "./check.ts";
import { python } from "./tables/python.ts";

checkLanguage(python);
