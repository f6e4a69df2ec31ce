import { sha256 } from "#base";
import { Kind as Node, type VarDecl } from "#syntax";
import { BasicKind, ObjKind, objOf, type Type, TypeKind, under, type Var } from "#types";
import { type Global, StaticData } from "../core/index.ts";
import type { Program } from "./program.ts";

/** Variables with //go:embed directives (cmd/compile/internal/staticdata/embed.go). */
export function embedData(p: Program, set: (g: Global, d: StaticData) => void): void {
  if (p.options.embed === null) return;
  for (const file of p.options.files) {
    for (const d of file.declList) {
      if (d.kind === Node.VarDecl && d.pragma !== null && d.pragma.embeds.length > 0) embedVar(p, d, set);
    }
  }
}

function embedVar(p: Program, d: VarDecl, set: (g: Global, d: StaticData) => void): void {
  const v = objOf(d.nameList[0]!);
  if (v === null || v.kind !== ObjKind.Var) return;
  const patterns: string[] = [];
  for (const e of d.pragma!.embeds) patterns.push(...e.patterns);
  const files = embedFiles(p, patterns);
  const g = p.global(v as Var);
  const data = new StaticData(g, g.type.size);
  const u = under(v.type!);
  if (u.kind === TypeKind.Struct) fileSystem(p, files, data, v.type!, set);
  else {
    const bytes = contents(p, files.find((f) => !f.endsWith("/"))!);
    writeInt(data, 8, bytes.length);
    if (u.kind === TypeKind.Basic && u.basic === BasicKind.String) {
      if (bytes.length > 0)
        data.pointers.push({ offset: 0, target: { kind: "string", bytes: text(bytes) }, addend: 0 });
    } else {
      writeInt(data, 16, bytes.length);
      const array = p.newTemp(p.types.arrayOf(p.types.uint8, bytes.length), false);
      const copy = new StaticData(array, bytes.length);
      copy.bytes.set(bytes);
      set(array, copy);
      data.pointers.push({ offset: 0, target: { kind: "global", global: array }, addend: 0 });
    }
  }
  set(g, data);
}

/** Files that the patterns match, and the directories above them, in the order of embed.FS. */
function embedFiles(p: Program, patterns: readonly string[]): string[] {
  const found = new Set<string>();
  for (const pattern of patterns) {
    for (const file of p.options.embed!.patterns[pattern] ?? []) {
      found.add(file);
      for (let i = file.lastIndexOf("/"); i > 0; i = file.lastIndexOf("/", i - 1)) found.add(`${file.slice(0, i)}/`);
    }
  }
  const key = (name: string): [string, string] => {
    const n = name.endsWith("/") ? name.slice(0, -1) : name;
    const i = n.lastIndexOf("/");
    return i < 0 ? [".", n] : [n.slice(0, i), n.slice(i + 1)];
  };
  return [...found].sort((a, b) => {
    const [ad, an] = key(a);
    const [bd, bn] = key(b);
    return ad !== bd ? (ad < bd ? -1 : 1) : an < bn ? -1 : an > bn ? 1 : 0;
  });
}

function contents(p: Program, file: string): Uint8Array {
  return p.options.host.readFile(p.options.embed!.files[file] ?? file);
}

function text(bytes: Uint8Array): string {
  let s = "";
  for (const x of bytes) s += String.fromCharCode(x);
  return s;
}

function writeInt(d: StaticData, offset: number, n: number): void {
  const view = new DataView(d.bytes.buffer, d.bytes.byteOffset);
  view.setUint32(offset, n >>> 0, true);
  view.setUint32(offset + 4, Math.floor(n / 4294967296), true);
}

/** Bytes of embed.file: name, data string, hash [16]byte. */
const fileSize = 48;

/** embed.FS is a pointer to a slice of files, which lies in front of its array. */
function fileSystem(
  p: Program,
  files: readonly string[],
  data: StaticData,
  _type: Type,
  set: (g: Global, d: StaticData) => void,
): void {
  const t = p.types;
  const word = t.structOf([
    { name: "name", type: t.string },
    { name: "data", type: t.string },
    { name: "hash", type: t.arrayOf(t.uint8, 16) },
  ]);
  const type = t.structOf([
    { name: "ptr", type: t.unsafePtr },
    { name: "len", type: t.int },
    { name: "cap", type: t.int },
    { name: "files", type: t.arrayOf(word, files.length) },
  ]);
  const g = p.newTemp(type, true);
  const d = new StaticData(g, type.size);
  d.pointers.push({ offset: 0, target: { kind: "global", global: g }, addend: 24 });
  writeInt(d, 8, files.length);
  writeInt(d, 16, files.length);
  files.forEach((file, i) => {
    const at = 24 + i * fileSize;
    const name = utf8(file);
    d.pointers.push({ offset: at, target: { kind: "string", bytes: name }, addend: 0 });
    writeInt(d, at + 8, name.length);
    if (file.endsWith("/")) return;
    const bytes = contents(p, file);
    if (bytes.length > 0)
      d.pointers.push({ offset: at + 16, target: { kind: "string", bytes: text(bytes) }, addend: 0 });
    writeInt(d, at + 24, bytes.length);
    d.bytes.set(sha256(bytes).subarray(0, 16), at + 32);
  });
  set(g, d);
  data.pointers.push({ offset: 0, target: { kind: "global", global: g }, addend: 0 });
}

function utf8(s: string): string {
  return text(new TextEncoder().encode(s));
}
