// Unicode classes by the names that Go's regexp/syntax knows them by, as classes of JavaScript's regular expressions.

const categories =
  "C Cc Cf Cn Co Cs L LC Ll Lm Lo Lt Lu M Mc Me Mn N Nd Nl No P Pc Pd Pe Pf Pi Po Ps S Sc Sk Sm So Z Zl Zp Zs";

/** Long names of categories, without underscores. */
const aliases = `Casedletter=LC Closepunctuation=Pe Combiningmark=M Connectorpunctuation=Pc Control=Cc Currencysymbol=Sc
Dashpunctuation=Pd Decimalnumber=Nd Enclosingmark=Me Finalpunctuation=Pf Format=Cf Initialpunctuation=Pi
Letter=L Letternumber=Nl Lineseparator=Zl Lowercaseletter=Ll Mark=M Mathsymbol=Sm Modifierletter=Lm
Modifiersymbol=Sk Nonspacingmark=Mn Number=N Openpunctuation=Ps Other=C Otherletter=Lo Othernumber=No
Otherpunctuation=Po Othersymbol=So Paragraphseparator=Zp Privateuse=Co Punctuation=P Separator=Z
Spaceseparator=Zs Spacingmark=Mc Surrogate=Cs Symbol=S Titlecaseletter=Lt Unassigned=Cn Uppercaseletter=Lu
Cntrl=Cc Digit=Nd Punct=P`;

/** Scripts whose names are one word: those of several words cannot be written in Go 1.26. */
const scripts = `Adlam Ahom Arabic Armenian Avestan Balinese Bamum Batak Bengali Bhaiksuki Bopomofo Brahmi Braille Buginese Buhid
Carian Chakma Cham Cherokee Chorasmian Common Coptic Cuneiform Cypriot Cyrillic Deseret Devanagari Dogra
Duployan Elbasan Elymaic Ethiopic Georgian Glagolitic Gothic Grantha Greek Gujarati Gurmukhi Han Hangul Hanunoo
Hatran Hebrew Hiragana Inherited Javanese Kaithi Kannada Katakana Kawi Kharoshthi Khmer Khojki Khudawadi Lao
Latin Lepcha Limbu Lisu Lycian Lydian Mahajani Makasar Malayalam Mandaic Manichaean Marchen Medefaidrin Miao
Modi Mongolian Mro Multani Myanmar Nabataean Nandinagari Newa Nko Nushu Ogham Oriya Osage Osmanya Palmyrene
Phoenician Rejang Runic Samaritan Saurashtra Sharada Shavian Siddham Sinhala Sogdian Soyombo Sundanese Syriac
Tagalog Tagbanwa Takri Tamil Tangsa Tangut Telugu Thaana Thai Tibetan Tifinagh Tirhuta Toto Ugaritic Vai
Vithkuqi Wancho Yezidi Yi`;

const known = new Map<string, string>();

function fill(): void {
  for (const c of categories.split(" ")) known.set(c === "LC" ? "Lc" : c, `\\p{${c}}`);
  for (const s of scripts.split(/\s+/)) known.set(s, `\\p{Script=${s}}`);
  for (const a of aliases.split(/\s+/)) {
    const [name, category] = a.split("=") as [string, string];
    known.set(name, `\\p{${category}}`);
  }
  known.set("Any", "\\u{0}-\\u{10ffff}");
  known.set("Assigned", "\\P{Cn}");
  known.set("Ascii", "\\0-\\x7f");
}

/** The class that a name stands for, as it is written between brackets; undefined if there is none. */
export function unicodeClass(name: string): string | undefined {
  if (known.size === 0) fill();
  const letters = name.replace(/[_ -]/g, "");
  return known.get(letters.slice(0, 1).toUpperCase() + letters.slice(1).toLowerCase());
}
