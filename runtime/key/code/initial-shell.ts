import type { ByteString } from "../../util/bytes.ts";

/** The shell before the first phase. */
export interface InitialShell {
  /** Functions by name: the output of `declare -f`. */
  functions: ReadonlyMap<string, ByteString>;
  /** Values of variables by name. Each element of an array is a line. */
  variables: ReadonlyMap<string, ByteString>;
}
