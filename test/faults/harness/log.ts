import { closeSync, openSync, readFileSync } from "node:fs";

/** A file that receives the hook's messages. */
export class Log implements Disposable {
  readonly fd: number;
  readonly #path: string;
  #read = 0;

  constructor(path: string) {
    this.#path = path;
    this.fd = openSync(path, "w+");
  }

  /** Returns the messages since the previous call. */
  messages(): string {
    const log = readFileSync(this.#path, "utf8");
    const messages = log.slice(this.#read);
    this.#read = log.length;
    return messages;
  }

  [Symbol.dispose](): void {
    closeSync(this.fd);
  }
}
