// Error marks in Go sources: `/* ERROR "text" */` after the token at which the error is expected, as the test data of
// internal/types has them. cmd/compile/internal/syntax/testing.go, types2/check_test.go.

/** An expected error: at (line, col) a message that contains the text, or matches it as a pattern. */
export interface Mark {
  readonly line: number;
  readonly col: number;
  readonly text: string;
}

const operators = [
  "<<=",
  ">>=",
  "&^=",
  "...",
  "&&=",
  "||=",
  ":=",
  "<-",
  "++",
  "--",
  "==",
  "!=",
  "<=",
  ">=",
  "&&",
  "||",
  "<<",
  ">>",
  "&^",
  "+=",
  "-=",
  "*=",
  "/=",
  "%=",
  "&=",
  "|=",
  "^=",
];

/** Comments of source whose text matches rx, by the line of the token before them. */
export function commentMap(source: string, rx: RegExp): Map<number, Mark[]> {
  const out = new Map<number, Mark[]>();
  let line = 1;
  let lineStart = 0;
  let prevLine = 0;
  let prevCol = 0;
  let i = 0;
  const n = source.length;
  // Columns count bytes; test files are nearly all ASCII, and the tolerance covers the rest.
  const newline = (at: number) => {
    line++;
    lineStart = at + 1;
  };
  while (i < n) {
    const c = source[i]!;
    if (c === "\n") {
      newline(i++);
      continue;
    }
    if (c === " " || c === "\t" || c === "\r") {
      i++;
      continue;
    }
    if (c === "/" && (source[i + 1] === "/" || source[i + 1] === "*")) {
      const block = source[i + 1] === "*";
      let end = source.indexOf(block ? "*/" : "\n", i + 2);
      if (end < 0) end = n;
      const text = source.slice(i + 2, end).replace(/\r$/, "");
      if (rx.test(text)) {
        const list = out.get(prevLine) ?? [];
        list.push({ line: prevLine, col: prevCol, text });
        out.set(prevLine, list);
      }
      for (let j = i; j < end; j++) if (source[j] === "\n") newline(j);
      i = block ? end + 2 : end;
      continue;
    }
    prevLine = line;
    prevCol = i - lineStart + 1;
    if (c === '"' || c === "'") {
      i++;
      while (i < n && source[i] !== c && source[i] !== "\n") i += source[i] === "\\" ? 2 : 1;
      i++;
    } else if (c === "`") {
      i++;
      while (i < n && source[i] !== "`") {
        if (source[i] === "\n") newline(i);
        i++;
      }
      i++;
    } else if (/[\p{L}_]/u.test(c)) {
      while (i < n && /[\p{L}\p{Nd}_]/u.test(source[i]!)) i++;
    } else if (/[0-9]/.test(c) || (c === "." && /[0-9]/.test(source[i + 1] ?? ""))) {
      while (i < n && /[0-9a-zA-Z_.]/.test(source[i]!)) {
        if (/[eEpP]/.test(source[i]!) && /[+-]/.test(source[i + 1] ?? "") && !/^0[xX]/.test(source.slice(i - 8, i)))
          i++;
        i++;
      }
    } else {
      const op = operators.find((o) => source.startsWith(o, i));
      i += op?.length ?? 1;
    }
  }
  return out;
}

/** A Go regular expression as a JavaScript one. */
export function goRegExp(pattern: string): RegExp {
  return new RegExp(
    pattern.replace(/\(\?s\)/g, "").replace(/\\Q(.*?)\\E/g, (_, s: string) => s.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")),
    "s",
  );
}
