// A TLS handshake between two ends of one program.
package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"math/big"
	"net"
	"time"
)

func main() {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		DNSNames:     []string{"example.test"},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		panic(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	client, server := net.Pipe()
	go func() {
		s := tls.Server(server, &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}})
		defer s.Close()
		buf := make([]byte, 64)
		n, err := s.Read(buf)
		if err != nil {
			panic(err)
		}
		fmt.Fprintf(s, "server got %q", buf[:n])
	}()
	c := tls.Client(client, &tls.Config{RootCAs: pool, ServerName: "example.test"})
	fmt.Fprint(c, "ping")
	reply, err := io.ReadAll(c)
	fmt.Println(string(reply), err)
	state := c.ConnectionState()
	fmt.Println(tls.VersionName(state.Version), state.HandshakeComplete, state.PeerCertificates[0].DNSNames)
}
