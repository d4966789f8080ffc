import { availableParallelism } from "node:os";

/** How many processes or threads work side by side here, each on a processor of its own; four at most. */
export const parallelism = Math.min(4, availableParallelism());
