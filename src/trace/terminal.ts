// A trace as text for a terminal: instruction number, thread, address, the tree of functions, what happened.

import type { Trace, TraceEvent } from "./events.ts";

export interface TextOptions {
  readonly color: boolean;
  /** Highest level shown. */
  readonly level: number;
  /** Instruction numbers shown. */
  readonly from: number;
  readonly to: number;
  readonly width: number;
}

const palette: Record<string, string> = {
  load: "36",
  enter: "1;32",
  leave: "32",
  write: "33",
  cpuid: "35",
  syscall: "34",
  thread: "1;35",
  "thread-exit": "35",
  goroutine: "1;33",
  status: "90",
  run: "1;36",
  signal: "31",
  exit: "1;37",
};
const marks: Record<string, string> = {
  load: "▣",
  enter: "▶",
  leave: "◀",
  write: "✎",
  cpuid: "⚙",
  syscall: "⇄",
  thread: "╫",
  "thread-exit": "╫",
  goroutine: "✦",
  status: "·",
  run: "➤",
  signal: "⚡",
  exit: "■",
};

function grouped(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+(?!\d))/g, " ");
}

function short(file: string): string {
  const i = file.indexOf("/src/");
  return i >= 0 ? file.slice(i + 5) : file.slice(file.lastIndexOf("/") + 1);
}

/** The whole narration. */
export function traceText(trace: Trace, o: TextOptions): string {
  const paint = (code: string, text: string): string => (o.color ? `\x1b[${code}m${text}\x1b[0m` : text);
  const out: string[] = [];
  const h = trace.head;
  out.push(paint("1", `${h.program}: ${h.go}${h.stripped ? ", stripped" : ""}`));
  out.push(paint("90", `${"instruction".padStart(12)}  thread  P  address`));
  let shownStack = false;
  for (const e of trace.events) {
    if (e.level > o.level || e.n < o.from || e.n > o.to) continue;
    out.push(eventLine(e, o, paint));
    if (!shownStack && e.kind === "load" && e.text.startsWith("the stack")) {
      shownStack = true;
      for (const line of stackLines(trace, o.level >= 2)) out.push(paint("90", `${" ".repeat(38)}│ ${line}`));
    }
  }
  if (h.dropped > 0)
    out.push(paint("1", `${grouped(h.dropped)} more events came before the end: -events N keeps more`));
  for (const d of h.differences) out.push(paint("90", `${h.go}: ${d}`));
  const end = h.ended ? `exit status ${h.status}` : "the program had not ended when the recording stopped";
  const began =
    h.mainMain >= 0
      ? `main.main began at instruction ${grouped(h.mainMain)} of ${grouped(h.instructions)}`
      : `${grouped(h.instructions)} instructions, main.main did not begin`;
  out.push(paint("1", `${began}; ${end}`));
  return `${out.join("\n")}\n`;
}

/** The initial stack, a line a word; the auxiliary vector's keys and values on one line, the environment only if wanted. */
function stackLines(trace: Trace, environment: boolean): string[] {
  const out: string[] = [];
  const words = trace.stack;
  let variables = 0;
  for (let i = 0; i < words.length; i++) {
    const w = words[i] as Trace["stack"][0];
    if (w.text.startsWith("envp[") && !environment) {
      variables++;
      continue;
    }
    if (variables > 0) out.push(`${" ".repeat(36)}(${variables} variables of the environment)`);
    variables = 0;
    const value = words[i + 1];
    if (w.text.startsWith("AT_") && value !== undefined) {
      out.push(`${w.address}  ${value.value.padStart(18)}  ${w.text}${value.text === "" ? "" : ` ${value.text}`}`);
      i++;
    } else out.push(`${w.address}  ${w.value.padStart(18)}  ${w.text}`);
  }
  return out;
}

function eventLine(e: TraceEvent, o: TextOptions, paint: (code: string, text: string) => string): string {
  const n = grouped(e.n).padStart(12);
  const who = e.tid === 0 ? "      " : String(e.tid).padStart(6);
  const p = e.p < 0 ? " -" : String(e.p).padStart(2);
  const indent = "│ ".repeat(Math.min(e.depth, 12));
  const mark = paint(palette[e.kind] ?? "0", marks[e.kind] ?? " ");
  let head = "";
  if (e.kind === "enter") head = `${paint(palette.enter as string, e.func)} `;
  const place =
    e.line > 0 && (e.kind === "enter" || e.kind === "write" || e.kind === "cpuid")
      ? paint("90", ` ${short(e.file)}:${e.line}`)
      : "";
  const cost =
    e.cost === undefined || (e.kind === "leave" && o.level < 2)
      ? ""
      : paint("90", ` [${grouped(e.cost)} instructions]`);
  const list =
    o.level >= 1 && Array.isArray(e.data?.goroutines)
      ? (e.data.goroutines as readonly string[]).map((g) => `\n${" ".repeat(38)}${indent}  ${paint("33", g)}`).join("")
      : "";
  return `${paint("90", n)}  ${who} ${p}  ${paint("90", e.pc.padEnd(10))}  ${indent}${mark} ${head}${e.text}${cost}${place}${list}`;
}
