import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { PosTable } from "#base";
import { CompileSession } from "#compile";
import { goroot, realGo, root, rt0, sourcesOnly, withoutGo } from "./support/toolchains.ts";
import { InProcess, stdStub } from "./support/inprocess.ts";

// Programs with mistakes: rt0 build says what go build says, line for line. See broken/README.md.

interface Program {
  readonly name: string;
  readonly args: readonly string[];
  /** The mistake shows only when the program is linked: run by the command, with real packages. */
  readonly linked: boolean;
  readonly files: ReadonlyMap<string, string | Buffer>;
}

interface Result {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

const dir = join(root, "test/broken");
const bless = process.env["BLESS"] === "1";
const askGo = bless || process.env["RT0_BROKEN_GO"] === "1";
const only = process.env["RT0_BROKEN_ONLY"] ?? "";
/** Those that are linked need all of the standard library compiled. */
const withoutLinked = process.env["RT0_BROKEN_LINKED"] === "0";
const temporary = mkdtempSync(join(tmpdir(), "rt0-broken-"));
after(() => rmSync(temporary, { recursive: true, force: true }));

/** The forms of the command in which each program is built. */
const forms: readonly (readonly string[])[] = [[], ["-gcflags=-e"], ["-json"]];

function programs(text: string): Program[] {
  const out: Program[] = [];
  for (const part of text.split(/^=== /m).slice(1)) {
    const end = part.indexOf("\n");
    const m = /^(.*?)( \(linked\))?(?:: (.*))?$/.exec(part.slice(0, end))!;
    const files = new Map<string, string | Buffer>([["go.mod", "module example.com/m\n\ngo 1.26\n"]]);
    const pieces = `\n${part.slice(end + 1)}`.split(/^-- (.+) --\n/m);
    const first = pieces[0]!.slice(1);
    if (first !== "" || pieces.length === 1) files.set("x.go", first);
    for (let i = 1; i < pieces.length; i += 2) {
      const quoted = / \(quoted\)$/.test(pieces[i]!);
      const text = pieces[i + 1]!;
      files.set(pieces[i]!.replace(/ \(quoted\)$/, ""), quoted ? Buffer.from(unquoted(text), "latin1") : text);
    }
    if (files.get("go.mod") === "") files.delete("go.mod");
    out.push({ name: m[1]!, args: m[3]?.split(" ") ?? [], linked: m[2] !== undefined, files });
  }
  return out;
}

/** Bytes, one character each, of a text with \xNN, \n, \t and \\. */
function unquoted(text: string): string {
  return text
    .replace(/\n$/, "")
    .replace(/\\(x[0-9a-f]{2}|[nrt\\])/g, (_, e: string) =>
      e[0] === "x"
        ? String.fromCharCode(Number.parseInt(e.slice(1), 16))
        : { n: "\n", r: "\r", t: "\t", "\\": "\\" }[e]!,
    );
}

function write(p: Program, at: string): void {
  for (const [name, text] of p.files) {
    const path = join(at, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}

const env = {
  ...process.env,
  GOROOT: goroot,
  GOFLAGS: "",
  GOENV: "off",
  GOWORK: "off",
  GOPROXY: "off",
  GOTOOLCHAIN: "local",
  GO111MODULE: "",
  CGO_ENABLED: "0",
};

function withGo(args: readonly string[], cwd: string): Promise<Result> {
  return new Promise((resolve) => {
    const child = spawn(realGo, args, { cwd, env });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on("data", (d: Buffer) => out.push(d));
    child.stderr.on("data", (d: Buffer) => err.push(d));
    child.on("close", (code) =>
      resolve({ status: code ?? -1, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() }),
    );
  });
}

/** Without what differs from machine to machine. */
function neutral(r: Result, at: string, tree: string): Result {
  const clean = (s: string) =>
    s
      .replaceAll(at, "{DIR}")
      .replaceAll(tree, "{GOROOT}")
      .replace(/\/tmp\/go-build\d+/g, "$WORK");
  return { status: r.status, stdout: clean(r.stdout), stderr: clean(r.stderr) };
}

function block(r: Result): string {
  const lines = (mark: string, s: string) =>
    s === ""
      ? ""
      : s
          .replace(/\n$/, "")
          .split("\n")
          .map((l) => `${mark}${l}\n`)
          .join("") + (s.endsWith("\n") ? "" : "%\n");
  return `> ${r.status}\n${lines("| ", r.stdout)}${lines("! ", r.stderr)}`;
}

/** Expectations of a file: program name to one block a form; "=" for a block like the first. */
function wanted(path: string): Map<string, string[]> {
  const out = new Map<string, string[]>();
  for (const part of readFileSync(path, "utf8").split(/^=== /m).slice(1)) {
    const end = part.indexOf("\n");
    const blocks = part
      .slice(end + 1)
      .split(/^(?=> |=\n)/m)
      .filter((b) => b !== "");
    out.set(
      part.slice(0, end),
      blocks.map((b) => (b === "=\n" ? blocks[0]! : b)),
    );
  }
  return out;
}

const session = new CompileSession(new PosTable());
const tree = sourcesOnly();
const cache = join(temporary, "cache");

async function withRt0(p: Program, args: readonly string[], cwd: string): Promise<Result> {
  if (p.linked) {
    const r = rt0(args, { cwd, env: { ...env, GOROOT: tree } as Record<string, string>, timeout: 600 });
    return { status: r.status ?? -1, stdout: r.stdout, stderr: r.stderr };
  }
  const exec = new InProcess(cwd, { ...env, GOROOT: tree, RT0CACHE: cache }, session, stdStub(tree));
  return await exec.go(args);
}

for (const file of readdirSync(dir).filter((f) => f.endsWith(".txt"))) {
  const base = file.slice(0, -4);
  test(`broken programs: ${base}`, { skip: askGo ? withoutGo : false }, async () => {
    const list = programs(readFileSync(join(dir, file), "utf8")).filter((p) => p.name.includes(only));
    assert.equal(new Set(list.map((p) => p.name)).size, list.length, "names of programs");
    const place = (p: Program) => join(temporary, base, String(list.indexOf(p)), "m");
    for (const p of list) write(p, place(p));
    const expected = new Map<string, string[]>();
    if (askGo) {
      const queue = [...list];
      const worker = async () => {
        for (let p = queue.shift(); p !== undefined; p = queue.shift()) {
          const blocks: string[] = [];
          for (const f of forms) {
            const r = neutral(await withGo(["build", ...f, ...p.args], place(p)), place(p), goroot);
            blocks.push(block(r));
          }
          expected.set(p.name, blocks);
        }
      };
      await Promise.all([worker(), worker(), worker()]);
    } else for (const [k, v] of wanted(join(dir, `${base}.want`))) expected.set(k, v);
    let met = 0;
    let total = 0;
    const problems: string[] = [];
    for (const p of list) {
      if (p.linked && withoutLinked) continue;
      const want = expected.get(p.name) ?? [];
      for (let i = 0; i < forms.length; i++) {
        // What -e does is the compiler's business.
        if (p.linked && i === 1) continue;
        total++;
        const args = ["build", ...forms[i]!, ...p.args];
        const have = block(neutral(await withRt0(p, args, place(p)), place(p), tree));
        if (have === want[i]) met++;
        else problems.push(`${p.name}: go ${args.join(" ")}\n-- go --\n${want[i]}-- rt0 --\n${have}`);
      }
    }
    console.log(`broken programs, ${base}: ${met}/${total} outputs as go's`);
    if (bless) {
      let text = "";
      for (const p of list) {
        const [first, ...rest] = expected.get(p.name)!;
        text += `=== ${p.name}\n${first}${rest.map((b) => (b === first ? "=\n" : b)).join("")}`;
      }
      writeFileSync(join(dir, `${base}.want`), text);
    }
    const log = process.env["RT0_BROKEN_LOG"] ?? "";
    if (log !== "") appendFileSync(log, problems.join("\n"));
    // A failure shows the first; RT0_BROKEN_LOG=file takes all.
    assert.equal(problems.slice(0, 5).join("\n"), "");
  });
}
