// The views of GNU objdump, compared with GNU objdump where there is one.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, test } from "node:test";
import { Decoder as IcedDecoder, DecoderOptions } from "iced-x86";
import { forms, readRows, sample } from "../arch/testing/insns.ts";
import { NodeHost } from "../edge/node/node-host.ts";
import { AttDisassembler, addressText } from "./att.ts";
import { objdumpMain } from "./index.ts";
import { goroot, realGo } from "../base/testing/realgo.ts";

const root = process.env["RT0_ROOT"] ?? resolve(".");
const dir = mkdtempSync(join(tmpdir(), "rt0-bfd-"));
after(() => rmSync(dir, { recursive: true, force: true }));
const host = new NodeHost(dir, process.env);
const isFull = Number(process.env["RT0_FULL"] ?? 0) > 0;

function gnu(args: readonly string[]): { status: number; stdout: string } | undefined {
  const r = spawnSync("objdump", args, {
    encoding: "utf8",
    maxBuffer: 1 << 30,
    env: { ...process.env, LC_ALL: "C" },
    cwd: dir,
  });
  return r.error !== undefined || !/^2\.(39|40|41)\b/.test(version())
    ? undefined
    : { status: r.status ?? -1, stdout: r.stdout };
}

/** Other releases of binutils print some instructions otherwise. */
function version(): string {
  const r = spawnSync("objdump", ["--version"], { encoding: "utf8" });
  return /(\d+\.\d+)/.exec(r.stdout.split("\n")[0] ?? "")?.[1] ?? "";
}

test("generated rows are those of the table", () => {
  const r = spawnSync(process.execPath, [join(root, "src/binutils/gen-att.mjs"), "--check"], { encoding: "utf8" });
  assert.equal(r.status, 0, r.stderr);
});

test("objdump -f -h -p -t -x -d print what GNU objdump prints", (t) => {
  const files = [join(goroot, "bin/gofmt"), ...(isFull ? [realGo] : [])];
  for (const file of files) {
    for (const flags of [["-f"], ["-h"], ["-p"], ["-t"], ["-x"], ["-fh"], ["-d"]]) {
      const want = gnu([...flags, file]);
      if (want === undefined) return t.skip("no GNU objdump of a known release");
      const have = objdumpMain(host, [...flags, file]);
      const a = have.stdout.split("\n");
      const b = want.stdout.split("\n");
      const same = b.filter((l, i) => l === a[i]).length;
      console.log(
        `GNU objdump ${flags.join(" ")} ${file.slice(file.lastIndexOf("/") + 1)}: ${same}/${b.length} lines identical`,
      );
      assert.equal(have.status, want.status);
      assert.ok(
        a.length === b.length && same === b.length,
        b.find((l, i) => l !== a[i]),
      );
    }
  }
});

/** Each form of each row in 16 bytes, filled up with one-byte NOPs. */
function allForms(): Uint8Array[] {
  const out: Uint8Array[] = [];
  for (const row of readRows()) {
    // A prefix is no instruction, and the UD1 of Go's table lacks its ModRM byte.
    if (row.attributes.includes("prefix") || row.mnemonic === "UD1") continue;
    for (const memory of forms(row)) {
      const b = new Uint8Array(16).fill(0x90);
      b.set(sample(row, memory));
      out.push(b);
    }
  }
  return out;
}

/** What GNU objdump says otherwise than the table: a form it does not know, and a prefix that does nothing. */
const different = new Set(["dcd1", "dcd9", "480f34"]);

test("every form of every row in AT&T syntax", (t) => {
  const all = allForms();
  const file = join(dir, "forms.bin");
  writeFileSync(file, Buffer.concat(all));
  const r = gnu(["-D", "-w", "-b", "binary", "-m", "i386:x86-64", file]);
  if (r === undefined) return t.skip("no GNU objdump of a known release");
  const want = new Map<number, { bytes: string; text: string }>();
  for (const line of r.stdout.split("\n")) {
    const m = /^ *([0-9a-f]+):\t([0-9a-f ]+)\t(.*)$/.exec(line);
    if (m !== null) want.set(Number.parseInt(m[1]!, 16), { bytes: m[2]!.replaceAll(" ", ""), text: m[3]! });
  }
  const d = new AttDisassembler((addr) => `0x${addressText(addr)}`);
  let same = 0;
  const bad: string[] = [];
  all.forEach((b, i) => {
    const w = want.get(i * 16);
    d.next1(b, 0, b.length, i * 16);
    if (
      w === undefined ||
      different.has(w.bytes) ||
      different.has(Buffer.from(b.subarray(0, d.length)).toString("hex"))
    ) {
      same++;
      return;
    }
    if (w.text === d.text && w.bytes.length === d.length * 2) same++;
    else bad.push(`${w.bytes}: ${d.text}, want ${w.text}`);
  });
  console.log(`AT&T syntax: ${same}/${all.length} forms as GNU objdump prints them`);
  assert.deepEqual(bad.slice(0, 20), []);
});

test("random instructions have the lengths that iced-x86 finds", () => {
  let s = 99;
  const random = (n: number): number => {
    s ^= s << 13;
    s ^= s >>> 17;
    s ^= s << 5;
    return (s >>> 0) % n;
  };
  const d = new AttDisassembler(() => "");
  const count = isFull ? 2000000 : 100000;
  let same = 0;
  let known = 0;
  const lengths: string[] = [];
  const unknown = new Map<string, number>();
  for (let i = 0; i < count; i++) {
    const b = Uint8Array.from({ length: 16 }, () => (random(6) === 0 ? 0 : random(256)));
    const kind = random(8);
    if (kind === 0) b.set([0xc5]);
    else if (kind === 1) b.set([0xc4, (b[1]! & 0xe0) | (1 + random(3))]);
    else if (kind === 2) b.set([0x62, (b[1]! & 0xf0) | (1 + random(3)), b[2]! | 4]);
    else if (kind === 3) b.set([0x0f]);
    else if (kind === 4) b.set([0x48 | random(8)]);
    const iced = new IcedDecoder(64, b, DecoderOptions.None);
    const insn = iced.decode();
    const valid = insn.code !== 0;
    const length = insn.length;
    insn.free();
    iced.free();
    if (!valid) continue;
    d.next1(b, 0, 15, 0);
    // A REX prefix before another prefix does nothing: GNU objdump shows it alone.
    if (/\brex(\.[WRXB]+)?$/.test(d.text)) continue;
    if (d.text === "(bad)") {
      const what = Buffer.from(b.subarray(0, length)).toString("hex");
      unknown.set(what.slice(0, 8), (unknown.get(what.slice(0, 8)) ?? 0) + 1);
      continue;
    }
    known++;
    if (d.length === length) same++;
    else lengths.push(`${Buffer.from(b.subarray(0, length)).toString("hex")}: ${d.text}, ${d.length} bytes`);
  }
  console.log(
    `random instructions: ${same}/${known} lengths as iced-x86 finds them; ${unknown.size} beginnings not in the table`,
  );
  assert.deepEqual(lengths.slice(0, 20), []);
});
