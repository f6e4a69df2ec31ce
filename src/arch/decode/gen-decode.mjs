// Makes gen/table.ts, the decoder's rows, from the instruction table (../*.insns) and the forms of extra.insns.
// --check compares only. AVX-512 is left out: the machine does not report it.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const here = import.meta.dirname;
const files = ["integer", "system", "x87", "sse", "crypto", "avx"].map((f) => join(here, "..", `${f}.insns`));
files.push(join(here, "extra.insns"));

const strings = { MOVS: "movs", STOS: "stos", LODS: "lods", SCAS: "scas", CMPS: "cmps", INS: "ins", OUTS: "outs" };
const widths = { B: 8, W: 16, L: 32, Q: 64 };
const rename = { popfq: "popf", pushfq: "pushf", fxsave64: "fxsave", fxrstor64: "fxrstor", xsave64: "xsave", xrstor64: "xrstor" };

function nameOf(go, column) {
  const m = /^(MOVS|STOS|LODS|SCAS|CMPS|INS|OUTS)([BWLQ])$/.exec(go);
  if (m) return [strings[m[1]], widths[m[2]]];
  if (/^V?CMP[PS][SD]$/.test(go)) return [go.toLowerCase(), 0];
  const last = column.split(" ").filter((w) => w !== "far").pop();
  return [rename[last] ?? last, 0];
}

/** An operand word as type letter, register size, memory size (0: none). */
function typeOf(word, slot, go, opcode, width) {
  let m;
  if (slot === "i") return "I";
  if (slot === "b") return "B";
  if (word === "1") return "1";
  if (word === "AL") return "A8";
  if (word === "AX") return `A${width}`;
  if (word === "CL" || word === "CX") return "C";
  if (word === "XMM0") return "Z";
  if (word === "ST0" && slot === "-") return "T";
  if (word === "ST0" || word === "STi") return "S";
  // The index of a gather is a vector; its lanes are the instruction's business.
  if (word === "m" || word === "vmx" || word === "vmy") return "M0/0";
  if ((m = /^m(\d+)$/.exec(word))) return `M0/${m[1]}`;
  if ((m = /^r(\d+)$/.exec(word))) return `R${m[1]}/0`;
  if ((m = /^r\/m(\d+)$/.exec(word))) return `R${m[1]}/${m[1]}`;
  if ((m = /^r32\/m(\d+)$/.exec(word))) return `R32/${m[1]}`;
  if ((m = /^r64\/m(\d+)$/.exec(word))) return `R64/${m[1]}`;
  if ((m = /^xmm(?:\/m(\d+))?$/.exec(word))) return `V128/${m[1] ?? 0}`;
  if ((m = /^ymm(?:\/m(\d+))?$/.exec(word))) return `V256/${m[1] ?? 0}`;
  if ((m = /^mm(?:\/m(\d+))?$/.exec(word))) return `X64/${m[1] ?? 0}`;
  return undefined;
}

const rows = [];
for (const file of files) {
  for (const line of readFileSync(file, "utf8").split("\n")) {
    if (line === "" || line.startsWith("#")) continue;
    const [form, encoding, slots, , , names, attributes] = line.split(" | ");
    if (/\b(alias|priv|prefix)\b/.test(attributes)) {
      // HLT is the exception: it is a fault that has a name.
      if (!form.startsWith("HLT")) continue;
    }
    if (/^RETF|^MOVSWW|^MOVZWW/.test(form)) continue;
    const space = form.indexOf(" ");
    const go = space < 0 ? form : form.slice(0, space);
    // NEG and NOT take their size from the mnemonic: Go's assembler accepts any register name for them.
    const sized = /^(?:NEG|NOT)([WLQ])$/.exec(go);
    const words = space < 0 ? [] : sized ? [`r/m${widths[sized[1]]}`] : form.slice(space + 1).split(", ");
    let access = slots === "-" ? [] : slots.split(" ").map((s) => s.split(":")[0]);
    let vex = 0;
    let map = 0;
    let pp = 0;
    let w = 0;
    let l = 0;
    let digit = "-";
    let fixed = "-";
    let plus = 0;
    let modrm = 0;
    let imm = "-";
    let a32 = 0;
    const bytes = [];
    for (const t of encoding.split(" ")) {
      let m;
      if (t.startsWith("EVEX")) vex = 2;
      else if ((m = /^VEX\.(128|256|LIG)(?:\.(66|F2|F3))?\.(0F|0F38|0F3A)\.(W0|W1|WIG)$/.exec(t))) {
        vex = 1;
        l = m[1] === "256" ? 1 : 0;
        pp = m[2] === "66" ? 1 : m[2] === "F3" ? 2 : m[2] === "F2" ? 3 : 0;
        map = m[3] === "0F" ? 1 : m[3] === "0F38" ? 2 : 3;
        w = m[4] === "W1" ? 1 : 0;
      } else if (t === "REX.W") w = 1;
      else if (t === "REX.R") vex = 2;
      else if (bytes.length === 0 && vex === 0 && t === "66") pp |= 1;
      else if (bytes.length === 0 && vex === 0 && t === "F3") pp |= 2;
      else if (bytes.length === 0 && vex === 0 && t === "F2") pp |= 4;
      else if (bytes.length === 0 && t === "67") a32 = 1;
      else if (/^\/\d$/.test(t)) {
        digit = t[1];
        modrm = 1;
      } else if (t === "/r") modrm = 1;
      else if (/^(ib|iw|id|io)$/.test(t)) imm = t;
      else if (t === "is4") imm = "is4";
      else if (/^c[bd]$/.test(t)) imm = t;
      else if ((m = /^([0-9A-F]{2})\+r$/.exec(t))) {
        bytes.push(m[1]);
        plus = 1;
      } else if (/^[0-9A-F]{2}$/.test(t)) bytes.push(t);
      else throw new Error(`${file}: ${line}: ${t}`);
    }
    if (vex === 2) continue;
    if (vex === 1) pp = [0, 1, 2, 4][pp];
    let rest = bytes;
    if (vex === 0 && rest[0] === "0F") {
      map = 1;
      rest = rest.slice(1);
      if (rest[0] === "38" || rest[0] === "3A") {
        map = rest[0] === "38" ? 2 : 3;
        rest = rest.slice(1);
      }
    }
    const opcode = rest[0];
    if (opcode === undefined) continue;
    if (rest.length === 2) fixed = rest[1];
    if (rest.length > 2) continue;
    const width = w === 1 ? 64 : (pp & 1) !== 0 ? 16 : 32;
    let operands = [];
    let skip = false;
    words.forEach((word, i) => {
      const slot = access[i];
      const type = typeOf(word, slot, go, opcode, width);
      if (slot === undefined || type === undefined) {
        skip = true;
        return;
      }
      let t = type;
      if (slot === "i") {
        // Sign or zero extension of what is encoded.
        const unsigned = word.endsWith("u") || (imm === "iw" && /^RET/.test(go));
        t = `I${unsigned ? "u" : "s"}`;
      }
      operands.push(`${slot}${t}`);
    });
    if (skip) continue;
    const intelOrder = /^CMP[BWLQ]$/.test(go);
    if (!intelOrder) {
      if (/^CMP[PS][SD]$/.test(go)) operands = [operands[1], operands[0], operands[2]];
      else operands.reverse();
    }
    let [name, string] = nameOf(go, names);
    if (operands.some((o) => /^.X/.test(o)) ) name = `mmx.${name}`;
    rows.push([vex, map, opcode, pp, w, l, digit, fixed, plus, modrm, imm, a32, string, name, operands.join(",") || "-"].join(" "));
  }
}
const text = `// Generated by src/arch/decode/gen-decode.mjs from src/arch/*.insns and extra.insns; do not edit.

/**
 * One row a line: VEX, opcode map, opcode, mandatory prefixes (1 66, 2 F3, 4 F2), W, L, ModRM digit, fixed ModRM byte,
 * register in opcode, ModRM present, immediate, address-size prefix, element width of a string instruction, mnemonic,
 * operands in Intel's order (slot, type, register size/memory size).
 */
export const rows = \`${rows.join("\n")}\`;
`;
const out = join(here, "gen", "table.ts");
if (process.argv.includes("--check")) {
  if (readFileSync(out, "utf8") !== text) {
    console.error("src/arch/decode/gen/table.ts is stale: run node src/arch/decode/gen-decode.mjs");
    process.exit(1);
  }
} else writeFileSync(out, text);
