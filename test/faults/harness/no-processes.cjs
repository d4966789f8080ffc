// Preloaded in a call that is traced. The runtime reads two files of each process that it sees, and how many there are
// is the machine's affair: a fault aimed at the nth `openat` would strike elsewhere as soon as one begins or ends.
const fs = require("node:fs");

const { readdirSync } = fs;
fs.readdirSync = (path, options) => (path === "/proc" ? [] : readdirSync(path, options));
