// Mutilated assembly: the assembler never crashes or hangs, and accepts what the real one accepts, with its messages.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { runAsm } from "./testing/host.ts";
import { go, goroot } from "./testing/std.ts";

const scratch = mkdtempSync(join(tmpdir(), "rt0-asm-fuzz-"));
after(() => rmSync(scratch, { recursive: true, force: true }));
const full = process.env["RT0_ASM_FULL"] === "1";
/** Mutated files in all, and those of them that the real assembler sees too. */
const total = Number(process.env["RT0_ASM_FUZZ"] ?? (full ? 6000 : 400));
const compared = total <= 400 ? 100 : Math.floor(total / 3);

let seed = 20;
function random(n: number): number {
  seed ^= seed << 13;
  seed ^= seed >>> 17;
  seed ^= seed << 5;
  return (seed >>> 0) % n;
}

/** Pieces of real files: the head with its includes, and some lines in a row. */
function sources(): string[][] {
  const list: string[][] = [];
  const dirs = [
    "runtime",
    "internal/bytealg",
    "math",
    "crypto/md5",
    "internal/runtime/atomic",
    "reflect",
    "cmd/asm/internal/asm/testdata",
  ];
  for (const d of dirs) {
    const dir = join(goroot, "src", d);
    for (const f of readdirSync(dir)) {
      if (!/(amd64|amd64enc_extra|amd64error)\.s$/.test(f)) continue;
      list.push(readFileSync(join(dir, f), "utf8").split("\n"));
    }
  }
  return list;
}

const words = [
  ...[
    "AX",
    "R15",
    "X3",
    "Y7",
    "Z31",
    "K2",
    "SP",
    "FP",
    "SB",
    "PC",
    "TLS",
    "g",
    "$",
    "$-1",
    "$0x7fffffffffffffff",
    "$1.5",
  ],
  ...[
    "$(1<<63)",
    "(",
    ")",
    "[",
    "]",
    ",",
    ":",
    ";",
    "<>",
    "<ABIInternal>",
    "·f",
    "∕",
    "*8",
    "(AX)(BX*4)",
    "+8",
    "-8",
    "/",
    "\\",
  ],
  ...[
    "#define X(a) a",
    "#ifdef X",
    "#else",
    "#endif",
    "#undef X",
    "#include",
    "#line 7",
    '"',
    "'a'",
    "'",
    "/*",
    "*/",
    "//",
    "\0",
    "é",
  ],
  ...[
    "TEXT",
    "DATA",
    "GLOBL",
    "PCDATA",
    "FUNCDATA",
    "PCALIGN",
    "NOSPLIT",
    "MOVQ",
    "VADDPD",
    ".Z",
    ".BCST",
    "JMP",
    "CALL",
    "RET",
    "NOSUCH",
  ],
];

function mutate(lines: readonly string[]): string {
  const start = random(lines.length);
  let text = lines.slice(start, start + 5 + random(60));
  // Most begin with a function, so that what follows belongs to something.
  if (random(4) !== 0) text = ["TEXT ·first(SB), 4, $16-8", ...text];
  for (let n = 1 + random(6); n > 0 && text.length > 0; n--) {
    const i = random(text.length);
    const line = text[i]!;
    const at = random(line.length + 1);
    const to = at + random(8);
    switch (random(7)) {
      case 0:
        text[i] = line.slice(0, at) + line.slice(to);
        break;
      case 1:
        text[i] = line.slice(0, at) + words[random(words.length)]! + line.slice(at);
        break;
      case 2:
        text[i] = line.replace(/[A-Z0-9]+/g, (w) => (random(3) === 0 ? words[random(words.length)]! : w));
        break;
      case 3:
        text.splice(i, 1);
        break;
      case 4:
        text.splice(i, 0, text[random(text.length)]!);
        break;
      case 5:
        text[i] = line.slice(0, at) + String.fromCharCode(random(128)) + line.slice(at + 1);
        break;
      default:
        text[i] = line.slice(0, at);
    }
  }
  return `${text.join("\n")}${random(8) === 0 ? "" : "\n"}`;
}

interface Outcome {
  readonly status: number;
  readonly stderr: string;
  readonly object: Uint8Array | undefined;
}

function args(i: number): string[] {
  return [
    "-e",
    "-p",
    "pkg/x",
    "-I",
    join(goroot, "src/runtime"),
    "-I",
    join(goroot, "pkg/include"),
    "-o",
    `f${i}.o`,
    `./f${i}.s`,
  ];
}

const asm = spawnSync(go, ["tool", "-n", "asm"], { encoding: "utf8" }).stdout.trim();

/** The real assembler, two at a time. It may run into an endless loop itself: then it is of no use as a judge. */
function real(i: number): Promise<Outcome | undefined> {
  return new Promise((resolve) => {
    const child = spawn(asm, args(i), { cwd: scratch, env: { ...process.env, GOROOT: goroot } });
    let stderr = "";
    child.stderr.on("data", (d: Buffer) => (stderr += d.toString()));
    child.stdout.resume();
    const timer = setTimeout(() => child.kill("SIGKILL"), 5000);
    child.on("close", (status) => {
      clearTimeout(timer);
      const path = join(scratch, `f${i}.o`);
      const object = status === 0 && existsSync(path) ? new Uint8Array(readFileSync(path)) : undefined;
      resolve(status === null || stderr.includes("goroutine ") ? undefined : { status, stderr, object });
    });
  });
}

test("mutilated assembly", async () => {
  const all = sources();
  const texts: string[] = [];
  while (texts.length < total) texts.push(mutate(all[random(all.length)]!));
  let accepted = 0;
  const mine = texts.map((text, i): Outcome => {
    writeFileSync(join(scratch, `f${i}.s`), text);
    const started = Date.now();
    let r: ReturnType<typeof runAsm>;
    try {
      r = runAsm(args(i), scratch, { GOROOT: goroot });
    } catch (e) {
      throw new Error(`case ${i}: ${e instanceof Error ? e.stack : String(e)}\n${text}`);
    }
    const took = Date.now() - started;
    assert.ok(took < 10000, `case ${i} takes ${took} ms:\n${text}`);
    if (r.status === 0) accepted++;
    else assert.notEqual(r.stderr, "", text);
    return { status: r.status, stderr: r.stderr, object: r.output };
  });
  const judged: (Outcome | undefined)[] = [];
  for (let i = 0; i < compared; i += 2) judged.push(...(await Promise.all([real(i), real(i + 1)])));
  let same = 0;
  let words = 0;
  let judges = 0;
  const bad: string[] = [];
  judged.forEach((want, i) => {
    if (want === undefined) return;
    judges++;
    const have = mine[i]!;
    const equal = want.object === undefined || Buffer.compare(want.object, have.object ?? new Uint8Array(0)) === 0;
    if (have.status === want.status && equal) same++;
    else
      bad.push(
        `${texts[i]}\nwant ${want.status} ${want.stderr}\nhave ${have.status} ${have.stderr}${equal ? "" : "objects differ"}`,
      );
    if (have.stderr === want.stderr) words++;
    else if (process.env["RT0_SHOW"] !== undefined) console.log(`${i}: want ${want.stderr}have ${have.stderr}`);
  });
  console.log(
    `mutilated assembly: ${total} files, ${accepted} accepted; ${same}/${judges} accepted or refused as by Go, ${words}/${judges} with the same words`,
  );
  assert.equal(bad.length, 0, bad.slice(0, 3).join("\n----\n"));
});
