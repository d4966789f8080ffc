/** The result of a check. */
export interface Finding {
  /** The subject: a word that stays the same when the message is reworded. */
  check: Check;
  status: "pass" | "fail" | "info";
  message: string;
  /** How to fix it. */
  remedy?: string;
}

export type Check =
  | "node"
  | "runtime"
  | "nix"
  | "sandbox"
  | "sandbox-paths"
  | "daemon"
  | "trusted-user"
  | "auto-allocate-uids"
  | "directory"
  | "parents"
  | "space"
  | "file-system"
  | "format"
  | "temporaries"
  | "test-build";

export const pass = (check: Check, message: string): Finding => ({ check, status: "pass", message });

export const info = (check: Check, message: string, remedy?: string): Finding => ({
  check,
  status: "info",
  message,
  ...(remedy !== undefined && { remedy }),
});

export const fail = (check: Check, message: string, remedy: string): Finding => ({
  check,
  status: "fail",
  message,
  remedy,
});
