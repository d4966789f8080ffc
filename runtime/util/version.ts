/** The version of phasecache, as in package.json. */
export const version = "0.1.0";
