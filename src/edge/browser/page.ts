// The page around the worker: takes a program, shows what it prints, and its boot. machine.html?program=URL&view=boot&args=a,b
// starts at once.
import type { Command, Report } from "./messages.ts";

/** What is used of the DOM; its own types would clash with Node's. */
interface Element {
  textContent: string;
  value: string;
  srcdoc: string;
  hidden: boolean;
  disabled: boolean;
  readonly files: readonly { readonly name: string; arrayBuffer(): Promise<ArrayBuffer> }[] | null;
  readonly dataset: Record<string, string>;
  scrollTop: number;
  readonly scrollHeight: number;
  append(...nodes: (Element | string)[]): void;
  addEventListener(type: string, f: (e: DragEvent) => void): void;
}
interface DragEvent {
  preventDefault(): void;
  readonly dataTransfer: { readonly files: Element["files"] } | null;
}
interface Browser {
  readonly document: {
    title: string;
    getElementById(id: string): Element;
    createElement(name: string): Element;
    body: Element;
  };
  readonly location: { readonly search: string };
  fetch(url: string): Promise<{ readonly ok: boolean; readonly status: number; arrayBuffer(): Promise<ArrayBuffer> }>;
  Worker: new (url: URL, options: { type: "module" }) => WorkerHandle;
  TextDecoder: new () => { decode(b: Uint8Array, o: { stream: boolean }): string };
  TextEncoder: new () => { encode(s: string): Uint8Array };
}
interface WorkerHandle {
  postMessage(c: Command): void;
  onmessage: ((e: { readonly data: Report }) => void) | null;
  onerror: ((e: { readonly message: string }) => void) | null;
}

const browser = globalThis as unknown as Browser;
const { document } = browser;
const element = (id: string): Element => document.getElementById(id);
const output = element("output");
const state = element("state");
const boot = element("boot");
const decoders = [1, 2].map(() => new browser.TextDecoder());

let name = "";
let elf: Uint8Array | undefined;
let running = false;
let shown = 0;
const limit = 400_000;

function say(text: string): void {
  state.textContent = text;
  document.title = text;
}

function show(fd: number, bytes: Uint8Array): void {
  const text = decoders[fd === 2 ? 1 : 0]?.decode(bytes, { stream: true }) ?? "";
  shown += text.length;
  if (shown > limit) return;
  const span = document.createElement("span");
  if (fd === 2) span.dataset["stream"] = "stderr";
  span.textContent = text;
  output.append(span);
  output.scrollTop = output.scrollHeight;
}

function buttons(): void {
  element("run").disabled = running || elf === undefined;
  element("tell").disabled = running || elf === undefined;
  element("stop").disabled = !running;
  element("send").disabled = !running;
}

const worker = new browser.Worker(new URL("worker.js", import.meta.url), { type: "module" });
worker.onerror = (e) => say(`failed: ${e.message}`);
worker.onmessage = ({ data: r }) => {
  switch (r.kind) {
    case "ready":
      say("ready");
      void automatic();
      break;
    case "output":
      show(r.fd, r.bytes);
      break;
    case "page":
      boot.hidden = false;
      boot.srcdoc = r.html;
      break;
    case "end":
      running = false;
      say(`${name}: status ${r.status}, ${(r.ms / 1000).toFixed(2)} s`);
      buttons();
      break;
  }
};

function start(kind: "run" | "boot"): void {
  if (elf === undefined) return;
  output.textContent = "";
  shown = 0;
  boot.hidden = true;
  running = true;
  say(`${name}: running`);
  buttons();
  const words = (id: string): string[] =>
    element(id)
      .value.split(/\s+/)
      .filter((w) => w !== "");
  worker.postMessage({ kind, name, elf, flags: words("flags"), args: words("args") });
}

async function take(file: { readonly name: string; arrayBuffer(): Promise<ArrayBuffer> } | undefined): Promise<void> {
  if (file === undefined) return;
  elf = new Uint8Array(await file.arrayBuffer());
  name = file.name;
  say(`${name}: ${elf.length} bytes`);
  buttons();
}

/** What the page's address asks for. */
async function automatic(): Promise<void> {
  const query = new URLSearchParams(browser.location.search);
  const url = query.get("program");
  if (url === null) return;
  const r = await browser.fetch(url);
  if (!r.ok) {
    say(`${url}: HTTP status ${r.status}`);
    return;
  }
  element("args").value = (query.get("args") ?? "").replace(/,/g, " ");
  element("flags").value = (query.get("flags") ?? "").replace(/,/g, " ");
  await take({ name: url.slice(url.lastIndexOf("/") + 1), arrayBuffer: () => r.arrayBuffer() });
  start(query.get("view") === "boot" ? "boot" : "run");
}

element("file").addEventListener("change", () => void take(element("file").files?.[0]));
element("run").addEventListener("click", () => start("run"));
element("tell").addEventListener("click", () => start("boot"));
element("stop").addEventListener("click", () => worker.postMessage({ kind: "interrupt" }));
element("console").addEventListener("submit", (e) => {
  e.preventDefault();
  const line = element("line");
  worker.postMessage({ kind: "input", bytes: new browser.TextEncoder().encode(`${line.value}\n`) });
  line.value = "";
});
element("close").addEventListener("click", () => worker.postMessage({ kind: "input", bytes: new Uint8Array(0) }));
document.body.addEventListener("dragover", (e) => e.preventDefault());
document.body.addEventListener("drop", (e) => {
  e.preventDefault();
  void take(e.dataTransfer?.files?.[0]);
});
buttons();
