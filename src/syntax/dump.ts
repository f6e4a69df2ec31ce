// The tree as text, one field a line: for people, and to compare trees.
import { Group, kindName } from "./nodes.ts";
import type { Node } from "./nodes.ts";

/** Fields that later stages fill, or that say where and not what. */
const hidden = new Set([
  "kind",
  "pos",
  "tv",
  "obj",
  "inst",
  "selection",
  "info",
  "scope",
  "implicit",
  "target",
  "source",
  "bytes",
  "padded",
  "pragma",
  "buildLine",
  "goVersion",
  "linknames",
  "cgoPragmas",
  "eof",
  "rbrace",
  "colon",
  "bodyStart",
  "bodyEnd",
]);

/** n with all below it; with positions if position is given. Group membership shows as a number. */
export function dumpTree(n: Node, position?: (pos: number) => string): string {
  const lines: string[] = [];
  const groups = new Map<Group, number>();
  const visit = (label: string, value: unknown, indent: string): void => {
    if (value === null || typeof value !== "object") {
      lines.push(`${indent}${label}${JSON.stringify(value)}`);
      return;
    }
    if (value instanceof Group) {
      if (!groups.has(value)) groups.set(value, groups.size + 1);
      lines.push(`${indent}${label}#${groups.get(value)}`);
      return;
    }
    if (Array.isArray(value)) {
      if (value.length === 0) return;
      lines.push(`${indent}${label}[${value.length}]`);
      for (const v of value) visit("", v, `${indent}  `);
      return;
    }
    const node = value as Node;
    const at = position === undefined ? "" : ` @ ${position(node.pos)}`;
    lines.push(`${indent}${label}${kindName(node.kind)}${at}`);
    for (const [key, v] of Object.entries(node)) {
      if (!hidden.has(key) && v !== null && v !== false) visit(`${key}: `, v, `${indent}  `);
    }
  };
  visit("", n, "");
  return lines.join("\n");
}
