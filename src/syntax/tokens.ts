// The words of Go: tokens, operators, literal kinds and how messages name them. cmd/compile/internal/syntax/tokens.go.

/** Classes of tokens. What an operator token is, `Scanner.op` says. */
export const enum Token {
  None = 0,
  EOF,
  Name,
  Literal,
  /** A binary or unary operator other than `*`. */
  Operator,
  /** `op=` */
  AssignOp,
  /** `++` or `--` */
  IncOp,
  Assign,
  Define,
  Arrow,
  Star,
  Lparen,
  Lbrack,
  Lbrace,
  Rparen,
  Rbrack,
  Rbrace,
  Comma,
  Semi,
  Colon,
  Dot,
  DotDotDot,
  Break,
  Case,
  Chan,
  Const,
  Continue,
  Default,
  Defer,
  Else,
  Fallthrough,
  For,
  Func,
  Go,
  Goto,
  If,
  Import,
  Interface,
  Map,
  Package,
  Range,
  Return,
  Select,
  Struct,
  Switch,
  Type,
  Var,
}

/** The first and the last keyword. */
export const firstKeyword = Token.Break;
export const lastKeyword = Token.Var;

export const enum LitKind {
  Int,
  Float,
  Imag,
  Rune,
  String,
}

/** Operators, ordered by precedence from OrOr on. */
export const enum Operator {
  None = 0,
  /** the `:` of `:=` */
  Def,
  Not,
  Recv,
  Tilde,
  OrOr,
  AndAnd,
  Eql,
  Neq,
  Lss,
  Leq,
  Gtr,
  Geq,
  Add,
  Sub,
  Or,
  Xor,
  Mul,
  Div,
  Rem,
  And,
  AndNot,
  Shl,
  Shr,
}

/** Binary precedences; 0 means the operator is not binary. */
export const enum Prec {
  None = 0,
  OrOr,
  AndAnd,
  Cmp,
  Add,
  Mul,
}

/** Direction of a channel type; 0 is both. */
export const enum ChanDir {
  Both = 0,
  SendOnly,
  RecvOnly,
}

const tokenNames: readonly string[] = [
  "",
  "EOF",
  "name",
  "literal",
  "op",
  "op=",
  "opop",
  "=",
  ":=",
  "<-",
  "*",
  "(",
  "[",
  "{",
  ")",
  "]",
  "}",
  ",",
  ";",
  ":",
  ".",
  "...",
  "break",
  "case",
  "chan",
  "const",
  "continue",
  "default",
  "defer",
  "else",
  "fallthrough",
  "for",
  "func",
  "go",
  "goto",
  "if",
  "import",
  "interface",
  "map",
  "package",
  "range",
  "return",
  "select",
  "struct",
  "switch",
  "type",
  "var",
];

const operatorNames: readonly string[] = [
  "",
  ":",
  "!",
  "<-",
  "~",
  "||",
  "&&",
  "==",
  "!=",
  "<",
  "<=",
  ">",
  ">=",
  "+",
  "-",
  "|",
  "^",
  "*",
  "/",
  "%",
  "&",
  "&^",
  "<<",
  ">>",
];

const precedences = new Uint8Array([0, 0, 0, 0, 0, 1, 2, 3, 3, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 5, 5, 5]);

/** The source text of a token ("name", "literal", "op" for classes). */
export function tokenString(tok: Token): string {
  return tokenNames[tok]!;
}

/** How a message names a token: words for commas and semicolons, "keyword for". */
export function tokenDescription(tok: Token): string {
  if (tok === Token.Comma) return "comma";
  if (tok === Token.Semi) return "semicolon or newline";
  const s = tokenNames[tok]!;
  return tok >= firstKeyword && tok <= lastKeyword ? `keyword ${s}` : s;
}

/** The source text of an operator. */
export function operatorString(op: Operator): string {
  return operatorNames[op]!;
}

/** The binary precedence of an operator, 0 if it is unary only. */
export function operatorPrecedence(op: Operator): Prec {
  return precedences[op]!;
}
