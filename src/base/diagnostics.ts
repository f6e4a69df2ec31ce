import { NoPos, type Pos, type PosTable } from "./position.ts";

/** Something the user got wrong. */
export interface Diagnostic {
  readonly pos: Pos;
  /** gc's wording, without position. May hold further lines, each beginning with a tab. */
  readonly message: string;
  /** The error's code in internal/types/errors (0 where it has none). */
  readonly code: number;
  /** A soft error does not make the typed tree unusable (unused variables and imports). */
  readonly soft: boolean;
}

/** Collects diagnostics; the stages only report, the driver sorts, caps and prints. */
export class Diagnostics {
  readonly list: Diagnostic[] = [];

  constructor(readonly positions: PosTable) {}

  report(pos: Pos, message: string, code = 0, soft = false): void {
    this.list.push({ pos, message, code, soft });
  }

  get hasErrors(): boolean {
    return this.list.length > 0;
  }

  /**
   * The lines gc prints: in order of position; of syntax errors only the first on a line, and equal messages at one place
   * once; at most `limit` errors and then "too many errors" (0: no limit). cmd/compile/internal/base/print.go.
   */
  format(limit = 10): string[] {
    const sorted = [...this.list].sort((a, b) => a.pos - b.pos);
    const lines: string[] = [];
    let syntaxLine = "";
    for (const d of sorted) {
      if (d.message.startsWith("syntax error")) {
        const r = this.positions.resolve(d.pos);
        const line = `${r?.name}:${r?.line}`;
        if (line === syntaxLine) continue;
        syntaxLine = line;
      }
      const text = d.pos === NoPos ? d.message : `${this.positions.format(d.pos)}: ${d.message}`;
      if (lines[lines.length - 1] === text) continue;
      if (limit > 0 && lines.length === limit) {
        lines.push("too many errors");
        break;
      }
      lines.push(text);
    }
    return lines;
  }
}

/** A fault of rt0 itself: never shown as if the user had made it. Names the stage and what it was working on. */
export class InternalError extends Error {
  constructor(
    readonly stage: string,
    /** The function, symbol or file in work. */
    readonly subject: string,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(`internal error: ${stage}: ${subject}: ${message}`, options);
    this.name = "InternalError";
  }
}
