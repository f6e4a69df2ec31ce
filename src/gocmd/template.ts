// The part of text/template that -f is used with: fields, join, len, not, eq, if, range, with, printf-free text.
import { CommandError } from "./exec.ts";

type Value = unknown;

interface Node {
  readonly kind: "text" | "value" | "if" | "range" | "with";
  readonly text: string;
  readonly body: Node[];
  readonly otherwise: Node[];
}

function parse(tokens: string[], at: { i: number }): { nodes: Node[]; end: string } {
  const nodes: Node[] = [];
  while (at.i < tokens.length) {
    const t = tokens[at.i++]!;
    if (!t.startsWith("{{")) {
      nodes.push({ kind: "text", text: t, body: [], otherwise: [] });
      continue;
    }
    const action = t
      .slice(2, -2)
      .replace(/^-\s|\s-$/g, "")
      .trim();
    if (action === "end" || action === "else") return { nodes, end: action };
    const m = /^(if|range|with)\s+(.*)$/s.exec(action);
    if (m === null) {
      nodes.push({ kind: "value", text: action, body: [], otherwise: [] });
      continue;
    }
    const body = parse(tokens, at);
    const otherwise = body.end === "else" ? parse(tokens, at).nodes : [];
    nodes.push({ kind: m[1] as "if" | "range" | "with", text: m[2]!, body: body.nodes, otherwise });
  }
  return { nodes, end: "" };
}

function truth(v: Value): boolean {
  if (Array.isArray(v)) return v.length > 0;
  if (v !== null && typeof v === "object") return Object.keys(v).length > 0;
  return v !== undefined && v !== null && v !== false && v !== "" && v !== 0;
}

function show(v: Value): string {
  if (v === undefined || v === null) return "";
  if (Array.isArray(v)) return `[${v.map(show).join(" ")}]`;
  if (typeof v === "object") {
    const fields = v as Record<string, Value>;
    return `map[${Object.keys(fields)
      .sort()
      .map((k) => `${k}:${show(fields[k])}`)
      .join(" ")}]`;
  }
  return String(v);
}

/** Words of an action: names, .Fields, "strings", and parenthesised parts. */
function words(s: string): string[] {
  return s.match(/"(?:[^"\\]|\\.)*"|`[^`]*`|\((?:[^()]|\([^()]*\))*\)|[^\s()]+/g) ?? [];
}

function evaluate(text: string, dot: Value): Value {
  let value: Value;
  let first = true;
  for (const stage of text.split("|")) {
    value = command(words(stage.trim()), dot, first ? [] : [value]);
    first = false;
  }
  return value;
}

function operand(word: string, dot: Value): Value {
  if (word.startsWith("(")) return evaluate(word.slice(1, -1), dot);
  if (word.startsWith('"')) return JSON.parse(word);
  if (word.startsWith("`")) return word.slice(1, -1);
  if (word === "true" || word === "false") return word === "true";
  if (/^-?\d+$/.test(word)) return Number(word);
  if (!word.startsWith(".")) throw new CommandError(`template: main:1: function "${word}" not defined`);
  let v = dot;
  for (const field of word.split(".").slice(1)) {
    if (field !== "") v = v !== null && typeof v === "object" ? (v as Record<string, Value>)[field] : undefined;
  }
  return v;
}

function command(w: string[], dot: Value, piped: Value[]): Value {
  const args = () => [...w.slice(1).map((x) => operand(x, dot)), ...piped];
  switch (w[0]) {
    case "join": {
      const [list, separator] = args();
      return Array.isArray(list) ? list.map(show).join(show(separator)) : "";
    }
    case "len": {
      const [v] = args();
      return typeof v === "string" || Array.isArray(v)
        ? v.length
        : v !== null && typeof v === "object"
          ? Object.keys(v).length
          : 0;
    }
    case "not":
      return !truth(args()[0]);
    case "and":
      return args().reduce((a, b) => (truth(a) ? b : a));
    case "or":
      return args().reduce((a, b) => (truth(a) ? a : b));
    case "eq": {
      const [a, ...others] = args();
      return others.some((b) => show(a) === show(b));
    }
    case "ne": {
      const [a, b] = args();
      return show(a) !== show(b);
    }
    case "print":
      return args().map(show).join("");
    case "index": {
      const [v, i] = args();
      return v !== null && typeof v === "object" ? (v as Record<string, Value>)[String(i)] : undefined;
    }
    case undefined:
      return piped[0];
    default:
      return operand(w[0], dot);
  }
}

function execute(nodes: readonly Node[], dot: Value): string {
  let out = "";
  for (const n of nodes) {
    if (n.kind === "text") {
      out += n.text;
      continue;
    }
    const v = evaluate(n.text, dot);
    if (n.kind === "value") out += show(v);
    else if (n.kind === "range") {
      const items = Array.isArray(v) ? v : v !== null && typeof v === "object" ? Object.values(v) : [];
      out += items.length === 0 ? execute(n.otherwise, dot) : items.map((x) => execute(n.body, x)).join("");
    } else if (truth(v)) out += execute(n.body, n.kind === "with" ? v : dot);
    else out += execute(n.otherwise, dot);
  }
  return out;
}

/** The template's text for a value. */
export function evaluateTemplate(template: string, value: Value): string {
  const tokens = template.match(/\{\{(?:[^}]|\}(?!\}))*\}\}|(?:[^{]|\{(?!\{))+/g) ?? [];
  return execute(parse(tokens, { i: 0 }).nodes, value);
}
