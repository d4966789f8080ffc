/** The kinds of problems in a store. */
export type ProblemCode =
  | "damaged-record"
  | "missing-blob"
  | "damaged-blob"
  | "damaged-pin"
  | "damaged-config"
  | "stray"
  | "inaccessible";

/** A problem in a store. */
export interface Problem {
  code: ProblemCode;
  /** Path below the store's base. Not escaped, and possibly chosen by an attacker. */
  path: string;
  message: string;
}
