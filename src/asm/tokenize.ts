import { Tokenizer } from "./tokenizer.ts";
import { Tok, Token } from "./tokens.ts";

/** The tokens of a text that is no file: a -D value, the value of a macro. */
export function tokenize(text: string): Token[] {
  const t = new Tokenizer(text, null, () => {});
  const out: Token[] = [];
  for (let k = t.next(); k !== Tok.EOF; k = t.next()) out.push(new Token(k, t.text()));
  return out;
}
