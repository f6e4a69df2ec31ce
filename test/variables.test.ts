import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { goProgram } from "../src/base/testing/realgo.ts";
import { goBuild, root, rt0, run, withoutGo } from "./support/toolchains.ts";

// What debuggers are told of variables: the same as gc tells them where nothing is optimised; and where something is, either
// that or nothing, never a wrong value. One program, built by rt0 and gc, with -N -l and without.

const dir = mkdtempSync(join(tmpdir(), "rt0-variables-"));
after(() => rmSync(dir, { recursive: true, force: true }));

const source = readFileSync(join(root, "test/support/variables.go.txt"), "utf8");
const noOptimisation = ["-gcflags=-N -l"];

interface Programs {
  /** Without optimisation, and with. */
  readonly ours: string;
  readonly oursFast: string;
  readonly theirs: string;
  readonly theirsFast: string;
}

let built: Programs | undefined;
function programs(): Programs {
  if (built !== undefined) return built;
  const src = join(dir, "src");
  mkdirSync(src);
  writeFileSync(join(src, "main.go"), source);
  writeFileSync(join(src, "go.mod"), "module m\n\ngo 1.26\n");
  const out = (name: string): string => join(dir, name);
  const ours = (name: string, flags: readonly string[]): string => {
    const r = rt0(["build", ...flags, "-o", out(name), "."], { cwd: src, timeout: 600 });
    assert.equal(r.status, 0, r.stderr);
    return out(name);
  };
  const theirs = (name: string, flags: readonly string[]): string => {
    goBuild(out(name), ".", flags, src);
    return out(name);
  };
  built = {
    ours: ours("ours", noOptimisation),
    oursFast: ours("oursFast", []),
    theirs: theirs("theirs", noOptimisation),
    theirsFast: theirs("theirsFast", []),
  };
  const expected = run(built.theirs);
  for (const p of [built.ours, built.oursFast]) assert.deepEqual(run(p), expected);
  return built;
}

/** A line for each variable: see support/dwarfvars.go.txt. */
function declared(program: string): string[] {
  const tool = goProgram("dwarfvars", readFileSync(join(root, "test/support/dwarfvars.go.txt"), "utf8"));
  const text = execFileSync(tool, [program], { encoding: "utf8" });
  return [...new Set(text.trim().split("\n"))].sort();
}

const isInlined = (line: string): boolean => line.split("|")[2] !== "-";

test("without optimisation, functions, scopes, names, kinds, types and lines of all variables are gc's", {
  skip: withoutGo,
}, () => {
  const p = programs();
  // By-reference captures: gc says the line of the literal.
  const plain = (l: string): string => (l.includes("|&") ? l.replace(/\|\d+\|captured$/, "||captured") : l);
  const ours = declared(p.ours).map(plain);
  const theirs = declared(p.theirs).map(plain);
  const same = ours.filter((l) => theirs.includes(l)).length;
  console.log(`variables: ${same} identical of ${theirs.length}, ${ours.length - same} others`);
  assert.deepEqual(ours, theirs);
});

test("with optimisation, no variable is missing that gc describes", { skip: withoutGo }, () => {
  const p = programs();
  // gc leaves out what it has optimised away, says where captured variables are first used, and decides by itself what escapes.
  const plain = (l: string): string => {
    const f = l.split("|");
    const isPointer = f[4]!.startsWith("&");
    return [
      f[0],
      f[1],
      f[3],
      f[4]!.replace(/^&/, ""),
      isPointer ? f[5]!.replace(/^\*/, "") : f[5],
      f[7] === "" ? f[6] : "",
      f[7],
    ].join("|");
  };
  const ours = declared(p.oursFast);
  const theirs = declared(p.theirsFast).filter((l) => !isInlined(l));
  // gc says no line of parameters of functions that it has inlined somewhere.
  const own = new Set(ours.filter((l) => !isInlined(l)).flatMap((l) => [plain(l), plain(l.replace(/\|\d+\|$/, "||"))]));
  const missing = [...new Set(theirs.map(plain))].filter((l) => !own.has(l));
  const inlined = ours.filter(isInlined);
  console.log(
    `variables: ${theirs.length - missing.length} of gc's ${theirs.length}, ${ours.length - inlined.length} in all, ${inlined.length} inlined`,
  );
  assert.deepEqual(missing, []);
  const calls = (list: readonly string[]): string[] =>
    [...new Set(list.filter(isInlined).map((l) => `${l.split("|")[0]} ${l.split("|")[2]}`))].sort();
  const theirCalls = calls(declared(p.theirsFast)).filter((c) => c.includes("main.small"));
  for (const c of theirCalls) assert.ok(calls(ours).includes(c), `${c} is inlined, and not described`);
});

const lines = source.split("\n");
const stops = lines.flatMap((l, i) => (l.includes("// stop") ? [i + 1] : []));

/** By line and number of the hit: what gdb shows of arguments and locals, by name. */
type Answers = Map<string, Map<string, string>>;

function gdbAnswers(program: string): Answers {
  const script = ["set pagination off", "set confirm off", "set width 0", "set print thread-events off"];
  script.push("set env GOMAXPROCS=1", "set env GODEBUG=asyncpreemptoff=1", "set env GOGC=off");
  for (const n of stops) script.push(`break main.go:${n}`);
  // The commands of a breakpoint that others follow.
  script.push(
    `commands 1-${stops.length}`,
    "silent",
    'printf "@@ "',
    "info line *$pc",
    "info args",
    "info locals",
    "continue",
    "end",
    "run",
  );
  const file = join(dir, `${program.split("/").at(-1)}.gdb`);
  writeFileSync(file, `${script.join("\n")}\n`);
  const r = spawnSync("gdb", ["-nx", "-batch", "-x", file, program], { encoding: "utf8", timeout: 120_000 });
  const answers: Answers = new Map();
  const hits = new Map<number, number>();
  let now: Map<string, string> | null = null;
  for (const line of r.stdout.split("\n")) {
    const stop = /^@@ Line (\d+) of /.exec(line);
    if (stop !== null) {
      const n = Number(stop[1]);
      const hit = (hits.get(n) ?? 0) + 1;
      hits.set(n, hit);
      now = new Map();
      answers.set(`${n}#${hit}`, now);
      continue;
    }
    const v = /^(\S+) = (.*)$/.exec(line);
    // Names of inner scopes come first; later ones are hidden.
    if (v !== null && now !== null && !now.has(v[1]!))
      now.set(v[1]!, v[2]!.replace(/0x[0-9a-f]{4,}/g, "PTR").replace(/<[\w.*()/]+(\+\d+)?>/g, "SYM"));
  }
  return answers;
}

/** The greatest line that declares a variable of a name in a function; locals are garbage before. */
function declarations(program: string): Map<string, number> {
  const m = new Map<string, number>();
  for (const l of declared(program)) {
    const f = l.split("|");
    if (f[3] !== "local") continue;
    const key = `${f[0]} ${f[4]}`;
    m.set(key, Math.max(m.get(key) ?? 0, Number(f[6])));
  }
  return m;
}

function functionAt(line: number): string {
  for (let i = line - 1; i >= 0; i--) {
    const m = /^func (?:\((\w+) (\*?)(\w+)\) )?(\w+)/.exec(lines[i]!);
    if (m !== null)
      return m[1] === undefined ? `main.${m[4]}` : m[2] === "*" ? `main.(*${m[3]}).${m[4]}` : `main.${m[3]}.${m[4]}`;
  }
  return "";
}

/** What gdb shows of gc's program without optimisation, where it can be trusted: the truth. */
function truth(p: Programs): Answers {
  const all = gdbAnswers(p.theirs);
  const decl = declarations(p.theirs);
  for (const [stop, vars] of all) {
    const line = Number(stop.split("#")[0]);
    for (const name of vars.keys()) {
      const at = decl.get(`${functionAt(line)} ${name}`);
      // A function literal's are under its own name; they are all trusted.
      if (at !== undefined && at >= line) vars.delete(name);
      // Results without a name are set at the end.
      if (name.startsWith("~r")) vars.delete(name);
    }
  }
  return all;
}

interface Score {
  right: number;
  none: number;
  readonly wrong: string[];
}

function score(truth: Answers, answers: Answers): Score {
  const s: Score = { right: 0, none: 0, wrong: [] };
  for (const [stop, vars] of truth) {
    const got = answers.get(stop);
    for (const [name, value] of vars) {
      // Optimised code may have a pointer to a variable, or the variable.
      const v = got?.get(name);
      if (v === undefined || v.includes("<optimized out>") || v.includes("<synthetic pointer>")) s.none++;
      else if (v === value) s.right++;
      else s.wrong.push(`main.go:${stop} ${name} = ${v}, not ${value}`);
    }
  }
  return s;
}

const withoutGdb = spawnSync("gdb", ["--version"]).status === 0 ? withoutGo : "needs gdb";

test("gdb: without optimisation all values are gc's", { skip: withoutGdb }, () => {
  const p = programs();
  const expected = truth(p);
  assert.ok(expected.size > 40, `gdb stopped ${expected.size} times`);
  const s = score(expected, gdbAnswers(p.ours));
  console.log(
    `gdb, -N -l: ${s.right} values right, ${s.none} missing, ${s.wrong.length} wrong, at ${expected.size} stops`,
  );
  assert.deepEqual(s.wrong, []);
  assert.equal(s.none, 0);
});

test("gdb: with optimisation no value is wrong", { skip: withoutGdb }, () => {
  const p = programs();
  const expected = truth(p);
  const ours = score(expected, gdbAnswers(p.oursFast));
  const theirs = score(expected, gdbAnswers(p.theirsFast));
  console.log(
    `gdb, optimised: ${ours.right} values right, ${ours.none} not available, ${ours.wrong.length} wrong; ` +
      `gc: ${theirs.right}, ${theirs.none}, ${theirs.wrong.length}`,
  );
  assert.deepEqual(ours.wrong, []);
  // Code that keeps everything in place would say all; so much at least is there.
  assert.ok(ours.right * 2 > ours.right + ours.none, "less than half of the values are available");
});

/** delve, where the tests of the linker have built it. */
function delve(): string | null {
  const cache = process.env["XDG_CACHE_HOME"] ?? join(process.env["HOME"] ?? "", ".cache");
  const path = join(cache, "rt0-test-tools", "dlv");
  return existsSync(path) ? path : null;
}

test("delve: without optimisation arguments and locals are gc's", {
  skip: delve() === null ? "needs delve, which the tests of src/link build" : withoutGo,
}, () => {
  const p = programs();
  const commands = stops.map((n) => `break main.go:${n}`);
  const chosen = stops.length;
  for (let i = 0; i < chosen; i++) commands.push("continue", "args", "locals");
  commands.push("exit", "y");
  const answers = (program: string): string[] => {
    const r = spawnSync(delve()!, ["exec", "--allow-non-terminal-interactive=true", program], {
      input: `${commands.join("\n")}\n`,
      encoding: "utf8",
      timeout: 120_000,
      env: { ...process.env, GOMAXPROCS: "1", GODEBUG: "asyncpreemptoff=1" },
    });
    return r.stdout
      .split("\n")
      .map((l) => l.replace(/^(\(dlv\) )+/, ""))
      .filter((l) => /^[~\w&]+ = /.test(l) || /^> .*main\.go:\d+/.test(l))
      .map((l) => l.replace(/0x[0-9a-f]+/g, "PTR").replace(/^> .*main\.go:(\d+).*/, "@$1"));
  };
  const decl = declarations(p.theirs);
  // Variables below the line they are stopped at are garbage.
  const trusted = (list: string[]): string[] => {
    let line = 0;
    const out: string[] = [];
    for (const l of list) {
      if (l.startsWith("@")) line = Number(l.slice(1));
      const at = decl.get(`${functionAt(line)} ${/^[~\w&]+/.exec(l)?.[0]}`);
      if (l.startsWith("~r") || (at !== undefined && at >= line)) continue;
      out.push(l);
    }
    return out;
  };
  const theirs = trusted(answers(p.theirs));
  const ours = trusted(answers(p.ours));
  const group = (list: string[]): string[] =>
    list
      .join("\n")
      .split(/\n(?=@)/)
      .map((g) => g.split("\n").sort().join("\n"));
  const a = group(ours);
  const b = group(theirs);
  const same = b.filter((g, i) => g === a[i]).length;
  console.log(`delve, -N -l: ${same} of ${b.length} stops show the same`);
  assert.ok(b.length > 20);
  assert.deepEqual(a, b);
});
