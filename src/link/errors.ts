/** A link that cannot go on. The text is what cmd/link prints, without the tool's prefix. */
export class LinkError extends Error {
  constructor(
    message: string,
    /** How cmd/link would have left: 1 for log.Fatalf ("link: …"), 2 for Exitf ("<argv0>: …"). */
    readonly status: 1 | 2,
  ) {
    super(message);
  }
}

/** Ends the link as log.Fatalf does. */
export function fatal(message: string): never {
  throw new LinkError(message, 1);
}

/** Ends the link as Exitf does. */
export function exitf(message: string): never {
  throw new LinkError(message, 2);
}

const errorLimit = 20;

/** Errors after which a link may go on to find more; more than 20 end it. */
export class Reporter {
  readonly lines: string[] = [];
  count = 0;

  constructor(private readonly allErrors: boolean) {}

  error(line: string): void {
    this.lines.push(line);
    this.count++;
    if (this.count > errorLimit && !this.allErrors) exitf("too many errors");
  }
}
