// node tools/ts.mjs tools/objdiff/main.ts ours.a theirs.a [-data prefix] [-v]: two objects of one package side by side, by
// symbol name: what only one defines, and where kind, flags, size, contents or relocations differ. The first thing to look
// at when a program built by rt0 misbehaves: compare the package's objects made by rt0 and by gc.
import { readFileSync } from "node:fs";
import { findObjectStart, isArchive, readArchive, readGoobj, relocName, type ObjectFile, type ObjSym } from "#formats";

const args = process.argv.slice(2);
const take = (name: string): string | null => {
  const i = args.indexOf(name);
  return i < 0 ? null : args.splice(i, 2)[1]!;
};
const prefix = take("-data");
const verbose = args.includes("-v");
const [ours, theirs] = args.filter((a) => a !== "-v").map(load);

interface Named {
  readonly sym: ObjSym;
  readonly relocs: readonly string[];
}

function load(path: string): Map<string, Named> {
  const bytes = new Uint8Array(readFileSync(path));
  const data = isArchive(bytes) ? readArchive(bytes).find((e) => e.name === "_go_.o")!.data : bytes;
  const o = readGoobj(data.subarray(findObjectStart(data)));
  const lists = [o.symdefs, o.hashed64, o.hashed, o.nonpkgdefs, o.nonpkgrefs];
  const byName = new Map<string, Named>();
  for (const list of lists.slice(0, 4)) {
    for (const s of list) {
      if (s.name === "") continue;
      const key = s.abi === 1 ? `${s.name}<1>` : s.name;
      byName.set(key, {
        sym: s,
        relocs: s.relocs.map((r) => `+${r.off}:${r.size} ${relocName(r.type)} ${target(o, r.pkg, r.sym)}+${r.add}`),
      });
    }
  }
  return byName;
}

/** The name of what a reference means; other packages' symbols by index stay numbers. */
function target(o: ObjectFile, pkg: number, sym: number): string {
  const self = [o.symdefs, o.hashed64, o.hashed];
  if (pkg === 0 && sym === 0) return "-";
  if (pkg === 0x7fffffff) return [...o.nonpkgdefs, ...o.nonpkgrefs][sym]?.name ?? "?";
  if (pkg === 0x7ffffffe) return self[1]![sym]?.name ?? "?";
  if (pkg === 0x7ffffffd) return self[2]![sym]?.name ?? "?";
  if (pkg === 0x7ffffffb) return self[0]![sym]?.name ?? "?";
  if (pkg === 0x7ffffffc) return `builtin ${sym}`;
  const named = o.refNames.find((r) => r.pkg === pkg && r.sym === sym);
  return named?.name ?? `${o.pkgs[pkg]}#${sym}`;
}

const differences: string[] = [];
let same = 0;
for (const [name, a] of ours!) {
  const b = theirs!.get(name);
  if (b === undefined) {
    differences.push(`only ours    ${name} kind ${a.sym.kind} size ${a.sym.size}`);
    continue;
  }
  const what: string[] = [];
  if (a.sym.kind !== b.sym.kind) what.push(`kind ${a.sym.kind} / ${b.sym.kind}`);
  // bit 3 (leaf) and bit 4 (nosplit) follow from the code.
  if ((a.sym.flag & ~8) !== (b.sym.flag & ~8)) what.push(`flags ${a.sym.flag} / ${b.sym.flag}`);
  if (a.sym.flag2 !== b.sym.flag2) what.push(`flags2 ${a.sym.flag2} / ${b.sym.flag2}`);
  const isText = a.sym.kind === 1 || a.sym.kind === 2;
  if (!isText) {
    if (a.sym.size !== b.sym.size) what.push(`size ${a.sym.size} / ${b.sym.size}`);
    const x = Buffer.from(a.sym.data).toString("hex");
    const y = Buffer.from(b.sym.data).toString("hex");
    if (prefix !== null && name.startsWith(prefix)) {
      if (x !== y) what.push(`\n    ours   ${x}\n    theirs ${y}`);
      const r = [...a.relocs].sort().join("\n      ");
      const q = [...b.relocs].sort().join("\n      ");
      if (r !== q) what.push(`\n    ours\n      ${r}\n    theirs\n      ${q}`);
    } else if (x !== y) what.push("contents");
  }
  if (what.length > 0) differences.push(`differs      ${name}: ${what.join(", ")}`);
  else same++;
}
for (const [name, b] of theirs!) {
  if (!ours!.has(name)) differences.push(`only theirs  ${name} kind ${b.sym.kind} size ${b.sym.size}`);
}
const shown = verbose
  ? differences
  : differences.filter(
      (d) =>
        !/gclocals·|go:string\.|\.dict|go\.shape|runtime\.gcbits|\.stmp_|arginfo|argliveinfo|\.stkobj|opendefer|wrapinfo|go:info|go:cuinfo|go:constinfo/.test(
          d,
        ),
    );
for (const d of shown.sort()) console.log(d);
console.log(`${same} alike, ${differences.length} different (${shown.length} shown)`);
