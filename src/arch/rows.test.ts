import assert from "node:assert/strict";
import { test } from "node:test";
import * as iced from "iced-x86";
import { forms, readRows, sample } from "./testing/insns.ts";

const flagLetters: readonly (readonly [number, string])[] = [
  [1, "o"],
  [2, "s"],
  [4, "z"],
  [8, "a"],
  [16, "c"],
  [32, "p"],
  [64, "d"],
  [128, "i"],
  [256, "A"],
  [1024, "0"],
  [2048, "1"],
  [4096, "2"],
  [8192, "3"],
];

function letters(bits: number): string {
  return flagLetters
    .filter(([b]) => (bits & b) !== 0)
    .map(([, l]) => l)
    .join("");
}

function flagsOf(i: iced.Instruction): string {
  const parts: string[] = [];
  const put = (name: string, bits: number): void => {
    if (bits !== 0) parts.push(`${name}=${letters(bits)}`);
  };
  put("r", i.rflagsRead);
  put("w", i.rflagsWritten);
  put("0", i.rflagsCleared);
  put("1", i.rflagsSet);
  put("u", i.rflagsUndefined);
  return parts.join(" ") || "-";
}

/** Every row, in each form of its r/m operand, is what another implementation of Intel's manual takes it for. */
test("rows against iced-x86", () => {
  const intel = new iced.Formatter(iced.FormatterSyntax.Intel);
  let same = 0;
  let total = 0;
  const bad: string[] = [];
  for (const row of readRows()) {
    // A prefix is no instruction, and the UD1 of Go's table lacks its ModRM byte.
    if (row.attributes.includes("prefix") || row.mnemonic === "UD1") continue;
    for (const memory of forms(row)) {
      total++;
      const bytes = sample(row, memory);
      const d = new iced.Decoder(64, bytes, iced.DecoderOptions.None);
      const i = d.decode();
      const name = intel.formatMnemonicOptions(i, iced.FormatMnemonicOptions.NoPrefixes);
      if (i.code !== 0 && i.length === bytes.length && row.names.join(" ").endsWith(name) && flagsOf(i) === row.flags)
        same++;
      else
        bad.push(
          `${row.at}: ${row.mnemonic} ${row.operands.join(", ")}: ${name}, length ${i.length}/${bytes.length}, ${flagsOf(i)}`,
        );
      i.free();
      d.free();
    }
  }
  console.log(`rows: ${same}/${total} forms agree`);
  assert.ok(total > 4900);
  assert.equal(bad.length, 0, bad.slice(0, 20).join("\n"));
});
