#!/usr/bin/env node
import { argv } from "node:process";

export const count = (text) => text.split(/\s+/).filter(Boolean).length;

if (argv[2] === "--version") console.log("words @version@");
else if (argv[2] !== undefined) console.log(count(argv[2]));
