// The instruction table as text, and a sample encoding of each row, for tests that hold it against another source.
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const dir = join(process.env.RT0_ROOT ?? resolve("."), "src/arch");
const topics = ["integer", "system", "x87", "sse", "crypto", "avx", "avx512"];

export interface TextRow {
  readonly at: string;
  readonly mnemonic: string;
  readonly operands: readonly string[];
  readonly encoding: readonly string[];
  readonly slots: string;
  readonly access: readonly string[];
  readonly flags: string;
  readonly feature: string;
  readonly names: readonly string[];
  readonly attributes: readonly string[];
}

export function readRows(): TextRow[] {
  const out: TextRow[] = [];
  for (const topic of topics) {
    readFileSync(join(dir, `${topic}.insns`), "utf8")
      .split("\n")
      .forEach((line, i) => {
        if (line === "" || line.startsWith("#")) return;
        const [form, encoding, places, flags, feature, names, attributes] = line.split(" | ") as string[];
        const space = form!.indexOf(" ");
        const list = places === "-" ? [] : places!.split(" ");
        out.push({
          at: `${topic}.insns:${i + 1}`,
          mnemonic: space < 0 ? form! : form!.slice(0, space),
          operands: space < 0 ? [] : form!.slice(space + 1).split(", "),
          encoding: encoding!.split(" "),
          slots: list.map((p) => p[0]).join(""),
          access: list.map((p) => p.slice(2)),
          flags: flags!,
          feature: feature!,
          names: names!.split(" "),
          attributes: attributes === "-" ? [] : attributes!.split(" "),
        });
      });
  }
  return out;
}

const pp: Readonly<Record<string, number>> = { 66: 1, F3: 2, F2: 3 };
const maps: Readonly<Record<string, number>> = { "0F": 1, "0F38": 2, "0F3A": 3 };

/** Bytes of one instruction of the row: register operands 1 (reg), 2 or memory (rm), 3 (vvvv), small immediates. */
export function sample(row: TextRow, memory: boolean): Uint8Array {
  const out: number[] = [];
  const [first] = row.encoding;
  const digit = row.encoding.find((t) => /^\/[0-7]$/.test(t));
  const field = digit === undefined ? 1 : Number(digit[1]);
  const four = row.operands.some((o) => o.endsWith("+3"));
  const v = row.slots.includes("v") ? (four ? 4 : 3) : 0;
  if (first!.startsWith("VEX.") || first!.startsWith("EVEX.")) {
    let p = 0;
    let m = 1;
    let w = 0;
    for (const t of first!.split(".").slice(2)) {
      p = pp[t] ?? p;
      m = maps[t] ?? m;
      if (t === "W1") w = 1;
    }
    const length = first!.split(".")[1]!;
    const l = length === "256" ? 1 : length === "512" ? 2 : 0;
    const vvvv = (~v & 15) << 3;
    if (first!.startsWith("VEX")) out.push(0xc4, 0xe0 | m, (w << 7) | vvvv | (l << 2) | p);
    else out.push(0x62, 0xf0 | m, (w << 7) | vvvv | 4 | p, (l << 5) | 8 | (row.slots.includes("k") ? 5 : 0));
  }
  for (const t of row.encoding) {
    if (/^[0-9A-F]{2}$/.test(t)) out.push(Number.parseInt(t, 16));
    else if (/^[0-9A-F]{2}\+r$/.test(t)) out.push(Number.parseInt(t, 16) + 1);
    else if (t === "REX.W") out.push(0x48);
    else if (t === "REX.R") out.push(0x44);
    else if (t.startsWith("/")) {
      if (row.operands.some((o) => o.startsWith("vm"))) out.push((field << 3) | 4, 0x20);
      else
        out.push(
          memory ? field << 3 : 0xc0 | (field << 3) | (row.operands.includes("STi") && /^[DC]/.test(first!) ? 1 : 2),
        );
    } else if (t === "ib") out.push(/^V?P?CMP/.test(row.mnemonic) ? 12 : 5);
    else if (t === "is4") out.push(0x40);
    else if (t === "iw") out.push(5, 0x15);
    else if (t === "id" || t === "cd") out.push(5, 0x15, 0, 0);
    else if (t === "io") out.push(5, 0, 0, 0, 1, 0, 0, 0);
    else if (t === "cb") out.push(5);
  }
  return Uint8Array.from(out);
}

/** The forms in which the row's r/m operand may stand: register, memory, or both. */
export function forms(row: TextRow): boolean[] {
  const i = row.slots.indexOf("m");
  if (i < 0) return [false];
  const o = row.operands[i]!;
  if (o.includes("/m")) return [false, true];
  return [/^m\d*$/.test(o) || o.startsWith("vm")];
}
