import { OpenFile } from "./files.ts";
/** A socket of the machine's own network. */
export class SocketFile extends OpenFile {}
