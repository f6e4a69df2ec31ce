// What the go command says of packages that it loads and builds: text on standard error, or with -json an event a line on
// standard output. cmd/go/internal/load/printer.go.
import type { Exec } from "./exec.ts";

export interface Printer {
  /** Output about a package that is no failure ("" for none in particular). */
  print(pkg: string, text: string): void;
  /** The package cannot be built, and why. */
  error(pkg: string, text: string): void;
}

export class TextPrinter implements Printer {
  constructor(private readonly exec: Exec) {}

  print(_pkg: string, text: string): void {
    this.exec.err(text);
  }

  error(_pkg: string, text: string): void {
    if (text !== "") this.exec.err(text.endsWith("\n") ? text : `${text}\n`);
  }
}

export class JsonPrinter implements Printer {
  constructor(private readonly exec: Exec) {}

  private event(pkg: string, action: string, output: string): void {
    const text = output === "" ? "" : `,"Output":${jsonString(output)}`;
    this.exec.out(`{"ImportPath":${jsonString(pkg)},"Action":"${action}"${text}}\n`);
  }

  print(pkg: string, text: string): void {
    if (text !== "") this.event(pkg, "build-output", text);
  }

  error(pkg: string, text: string): void {
    const all = text === "" || text.endsWith("\n") ? text : `${text}\n`;
    for (let at = 0; at < all.length; ) {
      const end = all.indexOf("\n", at) + 1;
      this.print(pkg, all.slice(at, end));
      at = end;
    }
    this.event(pkg, "build-fail", "");
  }
}

/** A string as Go's encoding/json writes it: safe inside of HTML. */
export function jsonString(s: string): string {
  return JSON.stringify(s).replace(/[<>&\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
