import { checkLanguage } from "./check.ts";
import { rust } from "./tables/rust.ts";

checkLanguage(rust);
