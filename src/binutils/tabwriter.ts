/**
 * Lines of cells as Go's text/tabwriter sets them with tabs for padding: a column is as wide as the widest cell of a run
 * of consecutive lines that have it, rounded up to tab stops. A line's last element is no cell of a column.
 */
export function setColumns(
  lines: readonly (readonly string[])[],
  minWidth: number,
  tabWidth: number,
  padding: number,
): string {
  const out: string[] = [];
  const widths: number[] = [];
  const writeLines = (from: number, to: number): void => {
    for (let i = from; i < to; i++) {
      const cells = lines[i]!;
      for (let j = 0; j < cells.length; j++) {
        const c = cells[j]!;
        out.push(c);
        if (j >= widths.length) continue;
        const w = textWidth(c);
        const cellWidth = Math.ceil(widths[j]! / tabWidth) * tabWidth;
        out.push("\t".repeat(Math.ceil((cellWidth - w) / tabWidth)));
      }
      out.push("\n");
    }
  };
  const format = (from: number, to: number): void => {
    const column = widths.length;
    let start = from;
    for (let i = from; i < to; i++) {
      if (column >= lines[i]!.length - 1) continue;
      writeLines(start, i);
      start = i;
      let width = minWidth;
      for (; i < to && column < lines[i]!.length - 1; i++) {
        width = Math.max(width, textWidth(lines[i]![column]!) + padding);
      }
      widths.push(width);
      format(start, i);
      widths.pop();
      start = i;
    }
    writeLines(start, to);
  };
  format(0, lines.length);
  return out.join("");
}

/** Characters, counted as code points. */
function textWidth(s: string): number {
  let n = 0;
  for (let i = 0; i < s.length; i++) {
    const c = s.charCodeAt(i);
    if (c < 0xdc00 || c > 0xdfff) n++;
  }
  return n;
}
