// Worker threads that run tools. They stay alive between runs: what is compiled and cached in one serves the next package.
import { Worker } from "node:worker_threads";
import type { ToolName, ToolRequest } from "#gocmd";
import type { ToolResult } from "#host";
import { optimizeLate } from "./tiering.ts";
import type { WorkerMessage } from "./worker.ts";

/** Deep recursion over nested source needs more than Node's 4 MB. */
const stackSizeMb = 64;

/** A build with more runs of tools than this is no short one. */
const fewRuns = 4;

interface Job {
  readonly request: ToolRequest;
  readonly resolve: (r: ToolResult) => void;
}

export class Pool {
  private readonly idle: Worker[] = [];
  private readonly all = new Set<Worker>();
  private readonly waiting: Job[] = [];
  private readonly current = new Map<Worker, Job>();
  /** Tool that a worker was told to prepare and has not run since. */
  private readonly prepared = new Map<Worker, string>();
  private keeping: (() => void) | null = null;
  private runs = 0;

  constructor(
    private readonly script: URL,
    private readonly size: number,
  ) {}

  run(request: ToolRequest): Promise<ToolResult> {
    if (++this.runs === fewRuns + 1) optimizeLate(false);
    return new Promise((resolve) => {
      this.waiting.push({ request, resolve });
      this.dispatch();
    });
  }

  /** Starts a worker for a tool that will soon be asked for, so that its code is there by then. */
  prepare(name: ToolName): void {
    if (this.all.size >= this.size) return;
    const worker = this.start(name);
    worker.unref();
    this.idle.push(worker);
    this.prepared.set(worker, name);
    this.send(worker, { kind: "prepare", name });
  }

  /** Has the idle workers that were used keep their code for the next process. */
  async keep(): Promise<void> {
    optimizeLate(true);
    for (const worker of this.idle) {
      if (this.prepared.has(worker)) continue;
      await new Promise<void>((resolve) => {
        this.keeping = resolve;
        worker.ref();
        this.send(worker, { kind: "keep" });
      });
      worker.unref();
    }
    optimizeLate(false);
  }

  private send(worker: Worker, m: WorkerMessage): void {
    worker.postMessage(m);
  }

  /** An idle worker, best one that is prepared for the tool, worst one that is prepared for another. */
  private takeIdle(name: string): Worker | undefined {
    let best = -1;
    let rank = -1;
    this.idle.forEach((w, i) => {
      const p = this.prepared.get(w);
      const r = p === name ? 2 : p === undefined ? 1 : 0;
      if (r > rank) {
        rank = r;
        best = i;
      }
    });
    // One that is prepared for another tool is left to that while more may be started.
    if (best < 0 || (rank === 0 && this.all.size < this.size)) return undefined;
    return this.idle.splice(best, 1)[0];
  }

  private dispatch(): void {
    while (this.waiting.length > 0) {
      const name = this.waiting[0]!.request.name;
      const worker = this.takeIdle(name) ?? (this.all.size < this.size ? this.start(name) : undefined);
      if (worker === undefined) return;
      const job = this.waiting.shift()!;
      this.current.set(worker, job);
      this.prepared.delete(worker);
      worker.ref();
      const { argv, dir, env } = job.request;
      this.send(worker, { kind: "run", name, argv, dir, env });
    }
  }

  /** Starts a worker whose first tool is `name`: that decides whose code it loads. */
  private start(name: string): Worker {
    if (this.runs <= fewRuns) optimizeLate(true);
    const resourceLimits = { stackSizeMb, maxOldGenerationSizeMb: 4096 };
    const worker = new Worker(this.script, { resourceLimits, workerData: name });
    this.all.add(worker);
    worker.on("message", (m: ToolResult | "kept") => {
      if (m === "kept") this.keeping?.();
      else this.finish(worker, m, true);
    });
    worker.on("error", (e) => {
      const name = this.current.get(worker)?.request.name ?? "worker";
      this.keeping?.();
      this.finish(worker, { status: 2, stdout: "", stderr: `internal error: ${name}: ${e.message}\n` }, false);
    });
    return worker;
  }

  private finish(worker: Worker, result: ToolResult, alive: boolean): void {
    const job = this.current.get(worker);
    this.current.delete(worker);
    if (alive) {
      worker.unref();
      this.idle.push(worker);
    } else {
      this.all.delete(worker);
      this.prepared.delete(worker);
      const i = this.idle.indexOf(worker);
      if (i >= 0) this.idle.splice(i, 1);
    }
    job?.resolve(result);
    this.dispatch();
  }
}
