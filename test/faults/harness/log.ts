import { closeSync, openSync, readFileSync } from "node:fs";

/** A file that the hook's messages go to. */
export class Log implements Disposable {
  readonly fd: number;
  readonly #path: string;
  #read = 0;

  constructor(path: string) {
    this.#path = path;
    this.fd = openSync(path, "w+");
  }

  /** What was said since the last time that this was asked. */
  said(): string {
    const log = readFileSync(this.#path, "utf8");
    const said = log.slice(this.#read);
    this.#read = log.length;
    return said;
  }

  [Symbol.dispose](): void {
    closeSync(this.fd);
  }
}
