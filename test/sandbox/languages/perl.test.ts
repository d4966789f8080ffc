import { checkLanguage } from "./check.ts";
import { perl } from "./tables/perl.ts";

checkLanguage(perl);
