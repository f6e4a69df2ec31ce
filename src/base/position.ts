/**
 * A source position: a small integer that a PosTable resolves. 0 is "no position". Every file owns a contiguous range of
 * positions, one for each byte offset and one for its end, so a position costs one number in a node and comparing two
 * positions of one file compares their offsets.
 */
export type Pos = number;

/** The position that is nowhere. */
export const NoPos: Pos = 0;

/** Where a position is once `//line` directives are applied (for users), and where it really is (line0, col0). */
export interface ResolvedPos {
  readonly file: SourceFile;
  /** File name as shown: the one given to addFile, or the one a //line directive names. */
  readonly name: string;
  /** 1-based line, after //line directives. */
  readonly line: number;
  /** 1-based byte column; 0 when a //line directive without column is in force. */
  readonly col: number;
  /** 1-based physical line and byte column. */
  readonly line0: number;
  readonly col0: number;
  /** What the position counts from: the file, or the //line directive in force. */
  readonly origin: object;
}

/** A `//line` or `/*line` directive: from byte offset on, positions count from (name, line, col). */
interface LineDirective {
  readonly offset: number;
  readonly name: string;
  readonly line: number;
  readonly col: number;
}

/** One file's share of the position space. */
export class SourceFile {
  /** Byte offsets at which lines start; lineStarts[0] is 0. Appended by the lexer in increasing order. */
  readonly lineStarts: number[] = [0];
  private readonly directives: LineDirective[] = [];

  constructor(
    readonly name: string,
    /** Position of byte offset 0. */
    readonly base: Pos,
    readonly size: number,
  ) {}

  pos(offset: number): Pos {
    return this.base + offset;
  }

  offset(pos: Pos): number {
    return pos - this.base;
  }

  /** Whether positions count from elsewhere than the file's start somewhere. */
  get hasDirectives(): boolean {
    return this.directives.length > 0;
  }

  /** Records that positions from offset on are shown as (name, line, col); col 0 means columns are unknown. */
  addDirective(offset: number, name: string, line: number, col: number): void {
    this.directives.push({ offset, name, line, col });
  }

  /** Resolves a byte offset. */
  resolve(offset: number): ResolvedPos {
    const i = lastAtOrBelow(this.lineStarts, offset, (x) => x);
    const line0 = i + 1;
    const col0 = offset - this.lineStarts[i]! + 1;
    if (this.directives.length === 0)
      return { file: this, name: this.name, line: line0, col: col0, line0, col0, origin: this };
    const d = this.directives[lastAtOrBelow(this.directives, offset, (x) => x.offset)];
    if (d === undefined || d.offset > offset)
      return { file: this, name: this.name, line: line0, col: col0, line0, col0, origin: this };
    const start = lastAtOrBelow(this.lineStarts, d.offset, (x) => x);
    const line = d.line + (i - start);
    const col = d.col === 0 ? 0 : i === start ? d.col + (offset - d.offset) : col0;
    return { file: this, name: d.name, line, col, line0, col0, origin: d };
  }
}

/** Index of the last element whose key is <= x (0 if there is none). */
function lastAtOrBelow<T>(sorted: readonly T[], x: number, key: (t: T) => number): number {
  let lo = 0;
  let hi = sorted.length;
  while (hi - lo > 1) {
    const mid = (lo + hi) >>> 1;
    if (key(sorted[mid]!) <= x) lo = mid;
    else hi = mid;
  }
  return lo;
}

/** All files of one compilation, and the way back from a position to file, line and column. */
export class PosTable {
  private readonly files: SourceFile[] = [];
  private next: Pos = 1;

  /** Gives a file of size bytes its range of positions. */
  addFile(name: string, size: number): SourceFile {
    const f = new SourceFile(name, this.next, size);
    this.next += size + 1;
    this.files.push(f);
    return f;
  }

  /** The file a position lies in, or undefined for NoPos. */
  fileOf(pos: Pos): SourceFile | undefined {
    if (pos <= NoPos || this.files.length === 0) return undefined;
    return this.files[lastAtOrBelow(this.files, pos, (f) => f.base)];
  }

  resolve(pos: Pos): ResolvedPos | undefined {
    const f = this.fileOf(pos);
    return f?.resolve(pos - f.base);
  }

  /** "name:line:col" as gc prints it ("?" for NoPos). */
  format(pos: Pos): string {
    const r = this.resolve(pos);
    if (r === undefined) return "?";
    return r.col === 0 ? `${r.name}:${r.line}` : `${r.name}:${r.line}:${r.col}`;
  }

  /** As format, with the real place in brackets where a //line directive is in force: for the insides of messages. */
  formatFull(pos: Pos): string {
    const r = this.resolve(pos);
    if (r === undefined) return "<unknown position>";
    const text = r.col === 0 ? `${r.name}:${r.line}` : `${r.name}:${r.line}:${r.col}`;
    if (r.name === r.file.name && r.line === r.line0 && r.col === r.col0) return text;
    return `${text}[${r.file.name}:${r.line0}:${r.col0}]`;
  }
}
