import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Machine } from "#machine";
import type { TraceEvent, TraceHead } from "./events.ts";
import { boot, hello } from "./testing/run.ts";
import { goProgram, withoutGo } from "../base/testing/realgo.ts";

const dir = join(tmpdir(), "rt0-trace");

/** Prints more than a page shows, and not only ASCII. */
const wideSource = `package main

import (
	"fmt"
	"strings"
)

func main() { fmt.Println(strings.Repeat("Hello, 世界 ", 2500)) }
`;

test("the boot of hello, in order", { skip: withoutGo }, async () => {
  const program = hello();
  const r = await boot(program, "-json");
  assert.equal(r.status, 0, r.err);
  const [first, ...lines] = r.out.trim().split("\n");
  const head = JSON.parse(first as string) as TraceHead;
  const events = lines.map((l) => JSON.parse(l) as TraceEvent);
  assert.equal(head.status, 0);
  const order = events.filter((e) => e.kind === "enter").map((e) => e.func);
  // The chain of the articles (boot-claims rows 19, 68, 132, 148, 152, 157, 162-167).
  const want = [
    "_rt0_amd64_linux",
    "_rt0_amd64",
    "runtime.rt0_go",
    "runtime.settls",
    "runtime.check",
    "runtime.args",
    "runtime.osinit",
    "runtime.schedinit",
    "runtime.mallocinit",
    "runtime.alginit",
    "runtime.mcommoninit",
    "runtime.modulesinit",
    "runtime.typelinksinit",
    "runtime.itabsinit",
    "runtime.goargs",
    "runtime.gcinit",
    "runtime.procresize",
    "runtime.newproc",
    "runtime.mstart",
    "runtime.mstart1",
    "runtime.minit",
    "runtime.mstartm0",
    "runtime.schedule",
    "runtime.main",
    "runtime.gcenable",
    "main.main",
    "runtime.exit",
  ];
  let at = -1;
  for (const w of want) {
    const i = order.indexOf(w, at + 1);
    assert.ok(i > at, `${w} after ${order[at]}`);
    at = i;
  }
  const write = (field: string): number =>
    Number(events.find((e) => e.kind === "write" && e.data?.field === field)?.data?.value ?? 0);
  assert.equal(write("g0.stack.hi") - write("g0.stack.lo"), 65536);
  assert.ok(events.some((e) => e.kind === "write" && e.text.startsWith("m0.tls[0] = 0x123")));
  assert.ok(events.some((e) => e.text.includes("sched.maxmcount = 10000")));
  assert.ok(events.some((e) => e.kind === "cpuid" && e.text.includes("GenuineIntel")));
  assert.ok(events.filter((e) => e.kind === "thread").length >= 2);
  assert.ok(events.filter((e) => e.kind === "goroutine").length >= 5);
  assert.ok(events.some((e) => e.kind === "syscall" && e.text.startsWith('write(1, "hello world\\n", 12) = 12')));
  for (let i = 1; i < events.length; i++)
    assert.ok((events[i] as TraceEvent).n >= (events[i - 1] as TraceEvent).n - 64, "in time order");
  // Watching does not change the run.
  const plain = new Machine();
  plain.load(program, ["prog"], ["HOME=/root"], "/w/prog", "/w");
  plain.run(1e9);
  assert.equal(plain.instructions, head.instructions);
  console.log(`${events.length} events, ${order.length} functions, ${head.instructions} instructions`);
});

test("stripped programs, ranges, the page", { skip: withoutGo }, async () => {
  const s = await boot(hello(["-ldflags=-s -w"]), "-no-color");
  assert.equal(s.status, 0);
  assert.match(s.out, /stripped/);
  assert.match(s.out, /runtime\.schedinit/);
  assert.match(s.out, /main\.main/);
  const range = await boot(hello(), "-no-color", "-from", "runtime.schedinit", "-to", "runtime.procresize");
  assert.doesNotMatch(range.out, /_rt0_amd64_linux first/);
  assert.match(range.out, /runtime\.mallocinit/);
  // What does not fit is counted, and the end is told all the same.
  const short = await boot(hello(), "-no-color", "-events", "100");
  assert.match(short.out, /the process is gone, status 0/);
  const more = Number(/(\d[\d ]*) more events came before the end/.exec(short.out)?.[1]?.replaceAll(" ", ""));
  const all = (await boot(hello(), "-json")).out.trim().split("\n").length - 1;
  assert.equal(100 + more + 1, all);
  assert.equal((await boot(hello(), "-events", "few")).status, 2);

  const page = await boot(hello(), "-o", "/w/boot.html");
  assert.equal(page.status, 0, page.err);
  const wide = await boot(new Uint8Array(readFileSync(goProgram("wide", wideSource))), "-o", "/w/wide.html");
  assert.match(Buffer.from(wide.host.readFile("/w/wide.html")).toString(), /世界.*… and \d+ more characters/);
  const html = Buffer.from(page.host.readFile("/w/boot.html")).toString();
  assert.match(html, /<svg id="lanes"/);
  assert.doesNotMatch(html, /<(script|link|img)[^>]+(src|href)=/);
});

test("what is not a Go program", async () => {
  assert.equal((await boot(Uint8Array.of(1, 2, 3))).status, 126);
  const none = await boot(new Uint8Array(0));
  assert.match(none.err, /not an ELF file/);
  if (withoutGo !== false) return;
  const arm = hello().slice();
  arm[18] = 183;
  assert.match((await boot(arm)).err, /AArch64/);
  assert.match((await boot(hello().slice(0, 1000))).err, /outside the file/);
});

test("programs of other languages are named as such", {
  skip: !existsSync("/usr/bin/gcc") && "needs gcc",
}, async () => {
  const src = join(dir, "c.c");
  mkdirSync(dir, { recursive: true });
  writeFileSync(src, "int main(void) { return 0; }\n");
  for (const [flag, status, text] of [
    ["-static", 1, /not a Go program/],
    ["-O1", 126, /dynamically linked/],
  ] as const) {
    execFileSync("gcc", [flag, "-o", join(dir, "c"), src]);
    const r = await boot(new Uint8Array(readFileSync(join(dir, "c"))));
    assert.equal(r.status, status);
    assert.match(r.err, text);
  }
});
