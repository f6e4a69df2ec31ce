// npm run gen (or node tools/gen-rules.mjs [--check]): turns src/ssa/rules/*.rules into matchers, src/ssa/gen/*.ts.
// The language is described in src/ssa/rules/README.md.
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = resolve(import.meta.dirname, "..");
const rulesDir = join(root, "src/ssa/rules");
const genDir = join(root, "src/ssa/gen");

/** The operation tables, from the compiler's own sources. */
async function loadOps() {
  const dir = mkdtempSync(join(root, "node_modules", ".rules-"));
  try {
    const out = join(dir, "ops.mjs");
    await build({
      stdin: {
        contents: `export { Op, opInfo } from "./core/op.ts"; export { AMD64, machineOp } from "./amd64/index.ts";`,
        resolveDir: join(root, "src/ssa"),
        loader: "ts",
      },
      bundle: true,
      format: "esm",
      platform: "node",
      packages: "external",
      outfile: out,
      absWorkingDir: root,
      logLevel: "warning",
    });
    return await import(pathToFileURL(out).href);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

const { Op, opInfo, AMD64, machineOp } = await loadOps();

function opOf(name) {
  if (typeof Op[name] === "number") return { code: Op[name], text: `Op.${name}` };
  if (typeof AMD64[name] === "number") return { code: AMD64[name], text: `AMD64.${name}` };
  throw new Error(`no operation ${name}`);
}

// ---- Reading

/** The parts of s between balanced brackets, cut at white space. */
function words(s) {
  const out = [];
  let depth = 0;
  let word = "";
  let quote = "";
  for (const ch of s) {
    if (quote !== "") {
      word += ch;
      if (ch === quote) quote = "";
      continue;
    }
    if (ch === '"') quote = ch;
    if ("([{<".includes(ch) && !(ch === "<" && depth > 0)) depth++;
    if (")]}".includes(ch) || (ch === ">" && depth > 0 && angle(word, depth))) depth--;
    if (/\s/.test(ch) && depth === 0) {
      if (word !== "") out.push(word);
      word = "";
    } else word += ch;
  }
  if (word !== "") out.push(word);
  return out;
}

/** Whether a `>` closes a type written <…> at the outermost level. */
function angle(word, depth) {
  return depth === 1 && word.startsWith("<");
}

/** (Op:class <type> [aux] {sym} args…), or the name of a variable. */
function parse(text) {
  const bind = /^([a-zA-Z_]\w*):(\(.*)$/s.exec(text);
  if (bind) return { ...parse(bind[2]), name: bind[1] };
  if (!text.startsWith("(")) return { variable: text };
  const [head, ...rest] = words(text.slice(1, -1));
  const [name, ...classes] = head.split(":");
  const node = { op: name, classes: classes.join(":"), type: null, aux: null, sym: null, args: [], name: null };
  for (const w of rest) {
    if (w.startsWith("<")) node.type = w.slice(1, -1).trim();
    else if (w.startsWith("[")) node.aux = w.slice(1, -1).trim();
    else if (w.startsWith("{")) node.sym = w.slice(1, -1).trim();
    else node.args.push(parse(w));
  }
  return node;
}

/** Rules of a file: header lines for the output, then rules, which may go on over lines that start with white space. */
function readRules(text) {
  const header = [];
  const lists = new Map();
  const rules = [];
  text.split("\n").forEach((line, i) => {
    if (line.startsWith("#import ")) header.push(line.slice(1));
    else if (line.startsWith("#list ")) lists.set(line.split(/\s+/)[1], line.split(/\s+/)[2]);
    else if (line.trim() === "" || line.startsWith("//")) return;
    else if (/^\s/.test(line)) rules[rules.length - 1].text += ` ${line.trim()}`;
    else rules.push({ text: line.trim(), line: i + 1 });
  });
  const out = [];
  for (const r of rules) {
    const full = r.text.replace(/@([A-Za-z]+)@/g, (all, name) => (lists.has(name) ? `@${lists.get(name)}@` : all));
    for (const text of alternatives(full)) out.push({ text, line: r.line });
  }
  return { header, rules: out };
}

/** `Foo@a,b@` stands for two rules, as everywhere in the line. */
function alternatives(text) {
  const m = /@([^@ ]*)@/.exec(text);
  if (m === null) return [text];
  const n = m[1].split(",").length;
  return Array.from({ length: n }, (_, k) =>
    text.replace(/@([^@ ]*)@/g, (_all, list) => {
      const l = list.split(",");
      if (l.length !== n) throw new Error(`alternatives differ in number: ${text}`);
      return l[k];
    }),
  );
}

function splitRule(text) {
  const arrow = text.indexOf(" => ");
  if (arrow < 0) throw new Error(`no => in ${text}`);
  const left = text.slice(0, arrow);
  const right = text.slice(arrow + 4).trim();
  const end = closing(left);
  const cond = left.slice(end + 1).trim();
  if (cond !== "" && !cond.startsWith("&&")) throw new Error(`strange condition in ${text}`);
  return { pattern: parse(left.slice(0, end + 1)), cond: cond.slice(2).trim(), result: right };
}

function closing(s) {
  let depth = 0;
  for (let i = 0; i < s.length; i++) {
    if (s[i] === "(") depth++;
    if (s[i] === ")" && --depth === 0) return i;
  }
  throw new Error(`unbalanced: ${s}`);
}

// ---- Writing

const classTests = {
  64: (t) => `isInt64(${t})`,
  32: (t) => `isInt32(${t})`,
  16: (t) => `isInt16(${t})`,
  8: (t) => `isInt8(${t})`,
  F64: (t) => `isF64(${t})`,
  F32: (t) => `isF32(${t})`,
  S: (t) => `${t}.isSigned`,
  U: (t) => `!${t}.isSigned`,
  I: (t) => `!${t}.isFloat`,
};

class Writer {
  lines = [];
  depth = 1;
  count = 0;
  bound = new Map();

  line(s) {
    this.lines.push("  ".repeat(this.depth) + s);
  }

  open(s) {
    this.line(`${s} {`);
    this.depth++;
  }

  close() {
    this.depth--;
    this.line("}");
  }

  bind(name, expr) {
    if (name === "_") return;
    if (this.bound.has(name)) this.open(`if (${name} === ${expr})`);
    else {
      this.bound.set(name, true);
      this.line(`const ${name} = ${expr};`);
    }
  }

  /** Opens blocks in which value expr matches node. */
  match(node, expr, top) {
    if (node.variable !== undefined) return this.bind(node.variable, expr);
    const op = opOf(node.op);
    let v = expr;
    if (!top) {
      v = node.name ?? `v${this.count++}`;
      this.line(`const ${v} = ${expr};`);
      if (node.name) this.bound.set(v, true);
      this.open(`if (${v}.op === ${op.text})`);
    }
    if (node.classes !== "") {
      const tests = node.classes
        .split("&")
        .map((c) => c.split("|").map((k) => (classTests[k] ?? fail(`class ${k}`))(`${v}.type`)))
        .map((c) => (c.length > 1 ? `(${c.join(" || ")})` : c[0]));
      this.open(`if (${tests.join(" && ")})`);
    }
    if (node.type !== null) this.bind(node.type, `${v}.type`);
    if (node.aux !== null) {
      const [lo, hi] = node.aux.split(":");
      this.auxPart(lo, `${v}.auxInt`);
      if (hi !== undefined) this.auxPart(hi, `${v}.auxHi`);
    }
    if (node.sym !== null) this.bind(node.sym, `${v}.aux`);
    const info = opInfo(op.code);
    if (info.args >= 0 && info.args !== node.args.length) fail(`${node.op} has ${info.args} arguments`);
    const swap =
      info.commutative && node.args.slice(0, 2).some((a) => a.variable === undefined || this.bound.has(a.variable));
    let first = 0;
    if (swap) {
      const i = `i${this.count++}`;
      this.open(`for (let ${i} = 0; ${i} < 2; ${i}++)`);
      this.match(node.args[0], `${v}.args[${i}]!`, false);
      this.match(node.args[1], `${v}.args[1 - ${i}]!`, false);
      first = 2;
    }
    for (let k = first; k < node.args.length; k++) this.match(node.args[k], `${v}.args[${k}]!`, false);
  }

  auxPart(name, expr) {
    if (/^-?\d/.test(name)) this.open(`if (${expr} === ${name})`);
    else this.bind(name, expr);
  }

  /** Writes the values that a result needs; gives the expression of the value. */
  make(node, top) {
    if (node.variable !== undefined) return node.variable;
    const op = opOf(node.op);
    const args = node.args.map((a) => this.make(a, false));
    const row = machineOp(op.code);
    const flags = row?.writesFlags && row.outputs.length === 1 && row.outputs[0] === 0;
    const type = node.type ?? (flags ? "cx.types.flags" : top ? "v.type" : "t0");
    const [lo, hi] = (node.aux ?? "0").split(/:(?![^(]*\))/);
    const rest = `${op.text}, ${type}, ${lo}, ${hi ?? 0}, ${node.sym ?? "null"}, [${args.join(", ")}]`;
    if (top) {
      this.line(`become(v, ${rest});`);
      return "v";
    }
    const name = `n${this.count++}`;
    this.line(`const ${name} = make(v, ${rest});`);
    return name;
  }

  rule(r) {
    const { pattern, cond, result } = splitRule(r.text);
    const depth = this.depth;
    this.bound = new Map();
    this.line(`// ${r.text.replaceAll("*/", "* /")}`);
    this.open("");
    this.lines[this.lines.length - 1] = `${"  ".repeat(this.depth - 1)}{`;
    this.match(pattern, "v", true);
    if (cond !== "") this.open(`if (${cond})`);
    if (result.startsWith("(")) {
      const node = parse(result);
      const at = this.lines.length;
      this.make(node, true);
      if (this.lines.slice(at).some((l) => /\bt0\b/.test(l))) {
        this.lines.splice(at, 0, `${"  ".repeat(this.depth)}const t0 = v.type;`);
      }
    } else {
      this.line(`v.copyOf(${result});`);
    }
    this.line("return true;");
    while (this.depth > depth) this.close();
  }
}

function fail(what) {
  throw new Error(what);
}

function generate(file, text) {
  const { header, rules } = readRules(text);
  const byOp = new Map();
  for (const r of rules) {
    try {
      const op = splitRule(r.text).pattern.op;
      opOf(op);
      if (!byOp.has(op)) byOp.set(op, []);
      byOp.get(op).push(r);
    } catch (e) {
      throw new Error(`${file}:${r.line}: ${e.message}`);
    }
  }
  const name = file.replace(/\.rules$/, "");
  const w = [];
  for (const [op, list] of byOp) {
    const wr = new Writer();
    for (const r of list) {
      try {
        wr.rule(r);
      } catch (e) {
        throw new Error(`${file}:${r.line}: ${e.message}`);
      }
    }
    w.push(`function rewrite${op}(v: Value, cx: Context): boolean {`, ...wr.lines, "  return false;", "}", "");
  }
  w.push(`/** Rewrites v in place by the first rule of rules/${file} that matches; says whether one did. */`);
  w.push(`export function ${name}Rewrite(v: Value, cx: Context): boolean {`, "  switch (v.op) {");
  for (const op of byOp.keys()) w.push(`    case ${opOf(op).text}:`, `      return rewrite${op}(v, cx);`);
  w.push("  }", "  return false;", "}", "");
  const body = w.join("\n");
  const hash = createHash("sha256").update(text).digest("hex").slice(0, 16);
  const uses = (id) => new RegExp(`\\b${id}\\b`).test(body);
  const helpers = ["become", "isF32", "isF64", "isInt16", "isInt32", "isInt64", "isInt8", "make"].filter(uses);
  return [
    `// Generated by tools/gen-rules.mjs from src/ssa/rules/${file} (${hash}). Do not edit.`,
    ...(uses("AMD64") ? ['import { AMD64 } from "../amd64/ops.ts";'] : []),
    `import { ${uses("Op") ? "Op, " : ""}type Value } from "../core/index.ts";`,
    'import type { Context } from "../context.ts";',
    `import { ${helpers.join(", ")} } from "../rules/support.ts";`,
    ...header.map((h) => (h.endsWith(";") ? h : `${h};`)),
    "",
    body.replaceAll(/function (\w+)\(v: Value, cx: Context\)/g, (all, fn) => {
      const start = body.indexOf(all);
      const text = body.slice(start + all.length, body.indexOf("\n}", start));
      return /\bcx\b/.test(text) ? all : `function ${fn}(v: Value, _cx: Context)`;
    }),
  ].join("\n");
}

const check = process.argv.includes("--check");
let stale = 0;
const files = readdirSync(rulesDir).filter((f) => f.endsWith(".rules"));
for (const file of files) {
  const text = generate(file, readFileSync(join(rulesDir, file), "utf8"));
  const out = join(genDir, file.replace(/\.rules$/, ".ts"));
  let old = "";
  try {
    old = readFileSync(out, "utf8");
  } catch {
    // Not generated yet.
  }
  if (old === text) continue;
  if (check) {
    console.error(`${out} is not what ${file} makes`);
    stale++;
  } else writeFileSync(out, text);
}
for (const f of readdirSync(genDir)) {
  if (files.includes(f.replace(/\.ts$/, ".rules"))) continue;
  console.error(`${f} has no rules`);
  stale++;
}
process.exit(stale > 0 ? 1 : 0);
