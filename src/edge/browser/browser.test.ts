import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { goProgram, helloSource, withoutGo } from "../../base/testing/realgo.ts";

const root = process.env.RT0_ROOT ?? process.cwd();
const dir = join(tmpdir(), "rt0-browser");
const chromium = [
  process.env.CHROMIUM ?? "",
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
].find((p) => p !== "" && existsSync(p));
const why = (chromium === undefined && "no chromium (set CHROMIUM, or apt-get install chromium)") || withoutGo;

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly sessionId?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly message: string };
}

/** A headless browser, spoken to over a pipe (Chrome DevTools Protocol). */
class Browser {
  private next = 0;
  private readonly waiting = new Map<number, (m: Message) => void>();
  /** Console errors, exceptions, failed loads of all pages. */
  readonly complaints: string[] = [];
  private rest = "";

  private constructor(
    private readonly process: ChildProcess,
    private readonly profile: string,
  ) {
    const out = process.stdio[4] as Readable;
    out.setEncoding("utf8");
    out.on("data", (text: string) => {
      const parts = (this.rest + text).split("\0");
      this.rest = parts.pop() ?? "";
      for (const p of parts) this.receive(JSON.parse(p) as Message);
    });
  }

  static start(): Browser {
    const profile = mkdtempSync(join(tmpdir(), "rt0-chromium-"));
    const flags = [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--disable-dev-shm-usage",
      "--remote-debugging-pipe",
      `--user-data-dir=${profile}`,
      "about:blank",
    ];
    const p = spawn(chromium as string, flags, { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
    return new Browser(p, profile);
  }

  private receive(m: Message): void {
    if (m.id !== undefined) {
      this.waiting.get(m.id)?.(m);
      this.waiting.delete(m.id);
      return;
    }
    const p = m.params ?? {};
    if (m.method === "Runtime.exceptionThrown")
      this.complaints.push(JSON.stringify(p["exceptionDetails"]).slice(0, 600));
    if (m.method === "Log.entryAdded") {
      const e = p["entry"] as { level: string; text: string; url?: string };
      if (e.level === "error") this.complaints.push(`${e.text} ${e.url ?? ""}`);
    }
    if (m.method === "Runtime.consoleAPICalled" && p["type"] === "error")
      this.complaints.push(JSON.stringify(p["args"]));
  }

  send(method: string, params: object = {}, sessionId?: string): Promise<Record<string, unknown>> {
    const id = ++this.next;
    const text = JSON.stringify({ id, method, params, ...(sessionId === undefined ? {} : { sessionId }) });
    (this.process.stdio[3] as Writable).write(`${text}\0`);
    return new Promise((done, fail) => {
      this.waiting.set(id, (m) => (m.error === undefined ? done(m.result ?? {}) : fail(new Error(m.error.message))));
    });
  }

  /** Opens a page and returns its session. */
  async open(url: string, width = 1300, height = 900): Promise<string> {
    const { targetId } = await this.send("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await this.send("Target.attachToTarget", { targetId, flatten: true });
    const s = sessionId as string;
    for (const domain of ["Page", "Runtime", "Log"]) await this.send(`${domain}.enable`, {}, s);
    const metrics = { width, height, deviceScaleFactor: 1, mobile: false };
    await this.send("Emulation.setDeviceMetricsOverride", metrics, s);
    await this.send("Page.navigate", { url }, s);
    return s;
  }

  async evaluate(session: string, expression: string): Promise<unknown> {
    const r = await this.send("Runtime.evaluate", { expression, returnByValue: true }, session);
    return (r["result"] as { value?: unknown }).value;
  }

  async until(session: string, expression: string, seconds = 120): Promise<void> {
    for (const end = Date.now() + seconds * 1000; Date.now() < end; ) {
      if ((await this.evaluate(session, expression)) === true) return;
      await new Promise((done) => setTimeout(done, 200));
    }
    const state = await this.evaluate(session, "document.title + ' | ' + document.body.innerText.slice(0, 300)");
    throw new Error(`not within ${seconds} s: ${expression}; the page: ${state}; ${this.complaints.join("; ")}`);
  }

  async screenshot(session: string, file: string): Promise<void> {
    const { data } = await this.send("Page.captureScreenshot", { format: "png" }, session);
    writeFileSync(file, Buffer.from(data as string, "base64"));
  }

  async close(): Promise<void> {
    await this.send("Browser.close").catch(() => ({}));
    await new Promise((done) => {
      if (this.process.exitCode !== null) done(undefined);
      else this.process.once("exit", done);
      setTimeout(() => this.process.kill("SIGKILL"), 5000).unref();
    });
    rmSync(this.profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

const types: Record<string, string> = { html: "text/html", js: "text/javascript" };

function serve(folders: readonly string[]): Promise<{ server: Server; base: string }> {
  const server = createServer((req, res) => {
    const name = new URL(req.url ?? "/", "http://x").pathname.slice(1);
    const file = folders.map((f) => join(f, name)).find((f) => !name.includes("..") && name !== "" && existsSync(f));
    if (file === undefined) {
      res.writeHead(404).end();
      return;
    }
    res.writeHead(200, { "content-type": types[file.slice(file.lastIndexOf(".") + 1)] ?? "application/octet-stream" });
    res.end(readFileSync(file));
  });
  return new Promise((done) =>
    server.listen(0, "127.0.0.1", () =>
      done({ server, base: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }),
    ),
  );
}

const program = `package main

import (
	"bufio"
	"fmt"
	"os"
	"sync"
	"time"
)

func main() {
	var wg sync.WaitGroup
	sum := make([]int, 4)
	for i := range sum {
		wg.Add(1)
		go func() {
			defer wg.Done()
			time.Sleep(time.Second)
			for k := 0; k < 100000; k++ {
				sum[i] += k ^ i
			}
		}()
	}
	wg.Wait()
	fmt.Println("hello browser", len(os.Args), sum)
	fmt.Fprintln(os.Stderr, "to stderr")
	s := bufio.NewScanner(os.Stdin)
	for s.Scan() {
		fmt.Println("read:", s.Text())
	}
	os.Exit(3)
}
`;

test("the machine in a browser's worker, and the page of a boot", { skip: why, timeout: 300_000 }, async () => {
  const { bundleWeb } = (await import(pathToFileURL(join(root, "tools/web.mjs")).href)) as {
    bundleWeb: (o: object) => Promise<string>;
  };
  const web = await bundleWeb({ outdir: join(dir, "web") });
  copyFileSync(goProgram("prog", program), join(dir, "prog"));
  const { server, base } = await serve([web, dir]);
  const browser = Browser.start();
  try {
    // A program with goroutines, both output streams, input from the page, and an exit status.
    const page = await browser.open(`${base}/machine.html?program=prog&args=a,b&flags=-cpus,2`);
    await browser.until(page, "document.getElementById('output').textContent.includes('to stderr')");
    await browser.evaluate(
      page,
      "document.getElementById('line').value = 'typed'; document.getElementById('send').click(); document.getElementById('close').click()",
    );
    await browser.until(page, "document.title.includes('status 3')");
    const text = (await browser.evaluate(page, "document.getElementById('output').textContent")) as string;
    assert.match(text, /hello browser 3 \[4999950000 /);
    assert.match(text, /read: typed\n$/);
    // Its boot, in the page's frame.
    const boot = await browser.open(`${base}/machine.html?program=hello&view=boot`);
    copyFileSync(goProgram("hello", helloSource), join(dir, "hello"));
    await browser.until(boot, "document.title !== 'loading'");
    await browser.evaluate(boot, "location.reload()");
    await browser.until(boot, "document.title.includes('status 0')");
    await browser.until(
      boot,
      "document.getElementById('boot').contentDocument?.querySelectorAll('#rows tr').length > 40",
    );
    const shots = process.env.RT0_SCREENSHOTS;
    if (shots !== undefined) {
      mkdirSync(shots, { recursive: true });
      await browser.screenshot(page, join(shots, "machine.png"));
      await browser.screenshot(boot, join(shots, "machine-boot.png"));
    }
    // The same page as a file of its own.
    const html = (await browser.evaluate(boot, "document.getElementById('boot').srcdoc")) as string;
    writeFileSync(join(dir, "boot.html"), html);
    const alone = await browser.open(pathToFileURL(join(dir, "boot.html")).href, 1400, 3000);
    await browser.until(alone, "document.querySelectorAll('#rows tr').length > 40");
    const parts = await browser.evaluate(
      alone,
      "[...document.querySelectorAll('section')].map((s) => s.id + ':' + (s.getBoundingClientRect().height > 40)).join(' ')",
    );
    assert.match(parts as string, /timeline:.*stack:.*memory:/);
    assert.doesNotMatch(parts as string, /false/, "an empty section");
    const spans = (await browser.evaluate(alone, "document.querySelectorAll('#lanes rect').length")) as number;
    assert.ok(spans > 25, `${spans} spans`);
    const wide = await browser.evaluate(alone, "document.documentElement.scrollWidth <= innerWidth");
    assert.equal(wide, true, "the page is wider than the window");
    if (shots !== undefined) await browser.screenshot(alone, join(shots, "boot.png"));
    assert.deepEqual(browser.complaints, []);
    console.log(`browser: program run, boot shown, ${spans} spans, no console errors`);
  } finally {
    await browser.close();
    server.close();
  }
});
