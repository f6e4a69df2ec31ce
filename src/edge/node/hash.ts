// Node's own SHA-256, loaded only where something is hashed: node:crypto takes longer to load than a build without changes.
import { createHash } from "node:crypto";
import { installSha256 } from "#base";

export function useNodeHash(): void {
  installSha256((bytes) => new Uint8Array(createHash("sha256").update(bytes).digest()));
}
