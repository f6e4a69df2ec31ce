import type { Pos, PosTable, ResolvedPos } from "./position.ts";

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

  /** Whether a text could not be parsed: then nothing is type-checked. */
  get hasSyntaxErrors(): boolean {
    for (const d of this.list) if (isSyntaxError(d)) return true;
    return false;
  }

  /**
   * The lines gc prints. gc stops at error number `limit` (0: never), in the order in which errors are reported, and prints
   * those it has by position: files, and the parts of a file between //line directives, in the order of their first error.
   * Of several syntax errors on a line only the first counts, and of the same message twice in a row on a line; equal
   * messages at one place are printed once. cmd/compile/internal/base/print.go.
   */
  format(limit = 10, style: PosStyle = {}): string[] {
    const order = new Map<object, number>();
    const queue: Queued[] = [];
    let syntax: Queued | null = null;
    let other: Queued | null = null;
    let last: Queued | null = null;
    for (const d of this.list) {
      const q = this.queued(d, order, style);
      if (isSyntaxError(d)) {
        if (syntax !== null && sameLine(syntax, q)) continue;
        syntax = q;
      } else {
        if (other !== null && sameLine(other, q) && other.message === d.message) continue;
        other = q;
      }
      last = q;
      queue.push(q);
      if (limit > 0 && queue.length === limit) break;
    }
    const stopped = limit > 0 && queue.length === limit;
    queue.sort((a, b) => a.base - b.base || a.line - b.line || a.col - b.col);
    const lines: string[] = [];
    for (let i = 0; i < queue.length; i++) {
      const q = queue[i]!;
      const text = q.at === "" ? q.message : `${q.at}: ${q.message}`;
      if (i === 0 || text !== lines[lines.length - 1]) lines.push(text);
    }
    if (stopped) lines.push(`${last!.at === "" ? "<unknown line number>" : last!.at}: too many errors`);
    return lines;
  }

  private queued(d: Diagnostic, order: Map<object, number>, style: PosStyle): Queued {
    const r = this.positions.resolve(d.pos);
    if (r === undefined) return { base: -1, line: 0, col: 0, message: d.message, at: "" };
    let base = order.get(r.origin);
    if (base === undefined) {
      base = order.size;
      order.set(r.origin, base);
    }
    // gc packs line and column into a word.
    const line = Math.min(r.line0, maxLine);
    const col = line === maxLine ? 0 : Math.min(r.col0, maxColumn);
    return { base, line, col, message: d.message, at: formatPosition(r, style) };
  }
}

/** How positions are printed. */
export interface PosStyle {
  /** Without columns (-C). */
  readonly noColumns?: boolean;
  /** Where //line directives are in force, the real place too, in brackets (-L). */
  readonly original?: boolean;
}

/** Lines from here on are all this line, without column. */
const maxLine = 2 ** 20 - 2;
/** Columns from here on are unknown. */
const maxColumn = 255;

interface Queued {
  /** Index of what the position counts from, in order of first use; -1 for no position. */
  readonly base: number;
  readonly line: number;
  readonly col: number;
  readonly message: string;
  /** The position as printed, "" for none. */
  readonly at: string;
}

function isSyntaxError(d: Diagnostic): boolean {
  return d.message.startsWith("syntax error");
}

function sameLine(a: Queued, b: Queued): boolean {
  return a.base === b.base && a.line === b.line;
}

/** A position as gc's driver prints it. cmd/internal/src/pos.go. */
function formatPosition(r: ResolvedPos, style: PosStyle): string {
  const moved = r.origin !== r.file;
  const line0 = Math.min(r.line0, maxLine);
  const show = (name: string, line: number, col: number) =>
    style.noColumns !== true && col > 0 && col < maxColumn ? `${name}:${line}:${col}` : `${name}:${line}`;
  const col0 = line0 === maxLine ? 0 : Math.min(r.col0, maxColumn);
  if (!moved) return show(r.name, line0, col0);
  // A column counted from a directive on the same line, of what is left of it.
  const col = r.col === 0 ? 0 : r.col - (r.col0 - col0);
  const text = show(r.name, r.line - (r.line0 - line0), col);
  return style.original === true ? `${text}[${show(r.file.name, line0, col0)}]` : text;
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
