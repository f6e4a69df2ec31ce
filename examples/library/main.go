// A walk through the standard library: encodings, regular expressions, big numbers, compression, cryptography.
package main

import (
	"bytes"
	"compress/gzip"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"math/big"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"text/tabwriter"
	"text/template"
	"unicode/utf8"
)

type person struct {
	Name   string            `json:"name"`
	Age    int               `json:"age,omitempty"`
	Tags   []string          `json:"tags"`
	Extra  map[string]any    `json:"extra,omitempty"`
	Nested *person           `json:"nested,omitempty"`
	Labels map[string]string `json:"-"`
}

func main() {
	p := person{Name: "Ada", Age: 36, Tags: []string{"math", "engine"}, Extra: map[string]any{"x": 1.5, "y": nil}}
	p.Nested = &person{Name: "Charles"}
	data, err := json.Marshal(p)
	fmt.Println(string(data), err)
	var q person
	fmt.Println(json.Unmarshal(data, &q), q.Nested.Name, q.Extra["x"])
	fmt.Println(json.Unmarshal([]byte(`{"name": 5}`), &q))

	re := regexp.MustCompile(`(\w+)@(\w+)\.com`)
	fmt.Println(re.FindAllStringSubmatch("bob@example.com, eve@mallory.com", -1))
	fmt.Println(re.ReplaceAllString("bob@example.com", "$2 at $1"))

	fact := new(big.Int).MulRange(1, 60)
	fmt.Println(fact, new(big.Int).Exp(big.NewInt(3), big.NewInt(200), big.NewInt(1_000_003)))
	root := new(big.Float).SetPrec(120).Sqrt(big.NewFloat(2))
	fmt.Println(root.Text('g', 30), big.NewRat(3, 9))

	var buf bytes.Buffer
	w := gzip.NewWriter(&buf)
	io.WriteString(w, strings.Repeat("compress me ", 1000))
	w.Close()
	r, err := gzip.NewReader(&buf)
	if err != nil {
		panic(err)
	}
	plain, err := io.ReadAll(r)
	fmt.Println(len(plain), err, crc32.ChecksumIEEE(plain))

	fmt.Printf("%x\n%x\n", sha256.Sum256(plain), sha512.Sum512([]byte("abc")))
	mac := hmac.New(sha256.New, []byte("key"))
	mac.Write(plain)
	fmt.Println(hex.EncodeToString(mac.Sum(nil)))
	block, _ := aes.NewCipher(make([]byte, 16))
	gcm, _ := cipher.NewGCM(block)
	sealed := gcm.Seal(nil, make([]byte, 12), []byte("secret"), nil)
	opened, err := gcm.Open(nil, make([]byte, 12), sealed, nil)
	fmt.Println(base64.StdEncoding.EncodeToString(sealed), string(opened), err)
	key := ed25519.NewKeyFromSeed(make([]byte, 32))
	fmt.Println(ed25519.Verify(key.Public().(ed25519.PublicKey), plain, ed25519.Sign(key, plain)))

	tmpl := template.Must(template.New("t").Parse("{{range $i, $e := .}}{{if $i}}, {{end}}{{$e | printf \"%03d\"}}{{end}}\n"))
	var sb strings.Builder
	tmpl.Execute(&sb, []int{1, 20, 300})
	fmt.Print(sb.String())
	tw := tabwriter.NewWriter(&sb, 0, 8, 1, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tw, "a\tbbb\tc\t")
	fmt.Fprintln(tw, "aaaa\tb\tccccc\t")
	tw.Flush()
	fmt.Print(sb.String())
	words := strings.FieldsFunc("sort,these words;please", func(r rune) bool { return strings.ContainsRune(", ;", r) })
	sort.Sort(sort.Reverse(sort.StringSlice(words)))
	fmt.Println(words, utf8.RuneCountInString("日本語"))
	f, _ := strconv.ParseFloat("0x1.8p3", 64)
	fmt.Println(f, strconv.Quote("tab\t\u00e9\x00"), strconv.FormatFloat(1e21, 'g', -1, 64), binary.BigEndian.Uint32([]byte{1, 2, 3, 4}))
}
