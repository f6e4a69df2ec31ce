// Worker threads that run tools. They stay alive between runs: what is compiled and cached in one serves the next package.
import { Worker } from "node:worker_threads";
import type { ToolRequest } from "#gocmd";
import type { ToolResult } from "#host";

/** Deep recursion over nested source needs more than Node's 4 MB. */
const stackSizeMb = 64;

interface Job {
  readonly request: ToolRequest;
  readonly resolve: (r: ToolResult) => void;
}

export class Pool {
  private readonly idle: Worker[] = [];
  private readonly waiting: Job[] = [];
  private readonly current = new Map<Worker, Job>();
  private started = 0;

  constructor(
    private readonly script: URL,
    private readonly size: number,
  ) {}

  run(request: ToolRequest): Promise<ToolResult> {
    return new Promise((resolve) => {
      this.waiting.push({ request, resolve });
      this.dispatch();
    });
  }

  private dispatch(): void {
    while (this.waiting.length > 0) {
      const worker = this.idle.pop() ?? (this.started < this.size ? this.start() : undefined);
      if (worker === undefined) return;
      const job = this.waiting.shift()!;
      this.current.set(worker, job);
      worker.ref();
      const { name, argv, dir, env } = job.request;
      worker.postMessage({ name, argv, dir, env });
    }
  }

  private start(): Worker {
    this.started++;
    const worker = new Worker(this.script, { resourceLimits: { stackSizeMb, maxOldGenerationSizeMb: 4096 } });
    worker.on("message", (result: ToolResult) => this.finish(worker, result, true));
    worker.on("error", (e) => {
      const name = this.current.get(worker)?.request.name ?? "worker";
      this.started--;
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
    }
    job?.resolve(result);
    this.dispatch();
  }
}
