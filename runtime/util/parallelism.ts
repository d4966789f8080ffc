import { availableParallelism } from "node:os";

/** How many processes or threads run in parallel: one for each available processor, at most four. */
export const parallelism = Math.min(4, availableParallelism());
