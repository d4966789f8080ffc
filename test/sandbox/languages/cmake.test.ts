import { checkLanguage } from "./check.ts";
import { cmake } from "./tables/cmake.ts";

checkLanguage(cmake);
