import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { TraceEvent } from "./events.ts";
import { bootEvents, hello } from "./testing/run.ts";
import { withoutGo } from "../base/testing/realgo.ts";

const root = process.env.RT0_ROOT ?? process.cwd();
const kinds = /^(load|enter|leave|write|cpuid|syscall|thread|goroutine|status|run|exit)\b/;

/** Whether an event is what `kind what key=value key~part…` says. */
function matches(e: TraceEvent, check: string): boolean {
  // A value may hold blanks: it ends where the next key begins.
  const words = check.split(
    / (?=[\w.]+[=~]|(?:fs|rsp|entry|fileSize|size|stackLo|sp|gAtFs|curg|allp|schedtick|runtimeInitTime)(?: |$))/,
  );
  const [kind, ...name] = (words[0] as string).split(" ");
  if (e.kind !== kind) return false;
  const what = name.join(" ");
  const alternatives = what.split(",");
  const is = (w: string): boolean => {
    switch (e.kind) {
      case "enter":
      case "cpuid":
        return e.func === w;
      case "leave":
        return e.data?.function === w;
      case "write":
        return e.data?.field === w;
      case "load":
        return w.startsWith(".") ? e.data?.section === w : e.text.includes(w);
      case "run":
      case "status":
        return `g${String(e.data?.goid)}` === w;
      case "goroutine":
        return String(e.data?.start).includes(w);
      default:
        return e.text.startsWith(w);
    }
  };
  if (what !== "" && !alternatives.some(is)) return false;
  return words.slice(1).every((w) => {
    const m = /^([\w.]+)(?:([=~])(.*))?$/.exec(w);
    if (m === null) throw new Error(`${check}: ${w}`);
    const [, key, op, value] = m as unknown as [string, string, string | undefined, string];
    const have = key === "line" ? e.line : key === "text" ? e.text : e.data?.[key];
    if (have === undefined) return false;
    if (op === undefined) return true;
    return op === "=" ? String(have) === value : value.split(",").some((v) => String(have).includes(v));
  });
}

test("docs/boot-claims.md holds, row by row", { skip: withoutGo }, async () => {
  const { head, events } = await bootEvents(hello(), []);
  const exact = head.go === "go1.26.8";
  let rows = 0;
  let checks = 0;
  const missing: string[] = [];
  for (const line of readFileSync(join(root, "docs/boot-claims.md"), "utf8").split("\n")) {
    const cells = line.split(" | ");
    if (cells.length < 3 || !/^\| \d/.test(line)) continue;
    rows++;
    const shown = cells.slice(2).join(" | ");
    let last = -1;
    for (const [, span] of shown.matchAll(/`([^`]+)`/g)) {
      if (!kinds.test(span as string)) continue;
      const check = exact ? (span as string) : (span as string).replace(/ (line|from)[=~]\S+/g, "");
      checks++;
      const at = events.findIndex((e, i) => i > (shown.includes("in this order") ? last : -1) && matches(e, check));
      if (at < 0) missing.push(`row ${cells[0]?.slice(2)}: ${span}`);
      else last = at;
    }
  }
  assert.deepEqual(missing, []);
  assert.ok(rows > 50 && checks > 100, `${rows} rows, ${checks} checks`);
  assert.ok(!events.some((e) => e.kind === "leave" && /runtime\.(mstart|mstart0)$/.test(String(e.data?.function))));
  // 64 KiB exactly.
  const value = (field: string): number => Number(events.find((e) => e.data?.field === field)?.data?.value);
  assert.equal(value("g0.stack.hi") - value("g0.stack.lo"), 65536);
  console.log(`${checks} checks of ${rows} rows hold`);
});
