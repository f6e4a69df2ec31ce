// What the checker records about a package as lines of text, in the order of the source: the same lines as testing/oracle.go
// prints from types2.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { valueString } from "#constant";
import { type Expr, isExpr, Kind, type Node, walk } from "#syntax";
import { instanceOf, Mode, type Package, selectionOf, tvOf, typeString } from "../index.ts";
import { goroot, type ListedPackage, type SourceImporter } from "./goroot.ts";

const modes: readonly string[] = [
  "",
  "void ",
  "builtin ",
  "type ",
  "value ",
  "value addr ",
  "value ok ",
  "value ",
  "value nil ",
  "value ok ",
  "value ",
  "value ",
];

/** One line for the mode, type and value of each expression, for each selection and instance, and the order of initialisation. */
export function packageFacts(pkg: Package, importer: SourceImporter): string[] {
  const out: string[] = [];
  const position = (p: number) => importer.positions.format(p);
  for (const f of pkg.files) {
    const base = basename(f.source.name);
    walk(f, (n: Node) => {
      if (isExpr(n)) expressionFacts(n, base);
      return true;
    });
  }
  function expressionFacts(e: Expr, base: string): void {
    const r = importer.positions.resolve(e.pos)!;
    const at = `${base}:${r.line}:${r.col}`;
    const tv = tvOf(e);
    if (tv !== null) {
      const type = tv.mode === Mode.NoValue ? "void" : typeString(tv.type, null, position);
      const value = tv.value === null ? "" : valueString(tv.value);
      out.push(`${at} ${kindNames[e.kind]} ${modes[tv.mode]!}| ${type} | ${value}`.replaceAll("\n", "\\n"));
    }
    if (e.kind === Kind.SelectorExpr) {
      const s = selectionOf(e);
      if (s !== null) out.push(`${at} SEL ${s.kind} [${s.index.join(" ")}] ${s.indirect} ${s.obj.name}`);
    }
    if (e.kind === Kind.Name) {
      const i = instanceOf(e);
      if (i !== null) {
        const targs = i.targs.map((t) => `${typeString(t)};`).join("");
        out.push(`${at} INST ${targs} | ${typeString(i.type, null, position)}`.replaceAll("\n", "\\n"));
      }
    }
  }
  for (const i of pkg.initOrder) {
    const r = importer.positions.resolve(i.rhs.pos)!;
    out.push(`~INIT ${i.lhs.map((v) => `${v.name},`).join("")} = ${r.line}:${r.col}`);
  }
  return out;
}

const kindNames: readonly string[] =
  "None BadExpr Name BasicLit CompositeLit KeyValueExpr FuncLit ParenExpr SelectorExpr IndexExpr SliceExpr AssertExpr TypeSwitchGuard Operation CallExpr ListExpr ArrayType SliceType DotsType StructType InterfaceType FuncType MapType ChanType".split(
    " ",
  );

/** The reference's facts about packages, by import path. */
export function referenceFacts(listed: readonly ListedPackage[], paths: readonly string[]): Map<string, string[]> {
  const dir = mkdtempSync(join(tmpdir(), "rt0-types-"));
  try {
    const source = resolve(process.env["RT0_ROOT"] ?? ".", "src/types/testing/oracle.go");
    const overlay = join(dir, "overlay.json");
    const list = join(dir, "list.json");
    const exe = join(dir, "oracle");
    writeFileSync(
      overlay,
      JSON.stringify({ Replace: { [join(goroot, "src/cmd/compile/rt0typesoracle/main.go")]: source } }),
    );
    writeFileSync(list, JSON.stringify(listed));
    execFileSync(join(goroot, "bin/go"), ["build", "-overlay", overlay, "-o", exe, "cmd/compile/rt0typesoracle"], {
      cwd: join(goroot, "src/cmd"),
      env: { ...process.env, GOFLAGS: "-p=1" },
    });
    const text = execFileSync(exe, [list, ...paths], { maxBuffer: 1 << 30 }).toString();
    const out = new Map<string, string[]>();
    let lines: string[] = [];
    for (const line of text.split("\n")) {
      if (line.startsWith("== ")) {
        lines = [];
        out.set(line.slice(3), lines);
      } else if (line !== "") lines.push(line);
    }
    return out;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
