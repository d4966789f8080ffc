/** What can be wrong with a thing in the store. */
export type ProblemCode =
  | "damaged-record"
  | "missing-blob"
  | "damaged-blob"
  | "damaged-pin"
  | "damaged-config"
  | "stray"
  | "inaccessible";

/** Something wrong in the store. */
export interface Problem {
  code: ProblemCode;
  /** Below the store's folder of this format. Not escaped: anybody may have chosen it. */
  path: string;
  message: string;
}
