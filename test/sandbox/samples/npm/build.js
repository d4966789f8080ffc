import { mkdirSync, readFileSync, writeFileSync } from "node:fs";

const { version } = JSON.parse(readFileSync("package.json", "utf8"));
const source = readFileSync("src/words.js", "utf8").replace("@version@", version);
mkdirSync("dist", { recursive: true });
writeFileSync("dist/words.js", source, { mode: 0o755 });
