// What a proxy to one service is in Go, with the same duty as ours: a token in each request, HTTP/2 to the service where TLS
// agrees on it. With a certificate it serves TLS, and HTTP/2 there. Compared with in bench/proxy.ts where a Go compiler is installed.
//
//	reverse-proxy TARGET TOKEN [CERTIFICATE_FILE KEY_FILE]
package main

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
)

func main() {
	target, _ := url.Parse(os.Args[1])
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = &tls.Config{InsecureSkipVerify: true}
	transport.ForceAttemptHTTP2 = true
	transport.MaxIdleConnsPerHost = 256
	proxy := &httputil.ReverseProxy{
		Transport:     transport,
		FlushInterval: -1,
		Director: func(request *http.Request) {
			request.URL.Scheme = target.Scheme
			request.URL.Host = target.Host
			request.Host = target.Host
			request.Header.Set("Authorization", "Bearer "+os.Args[2])
		},
	}
	listener, _ := net.Listen("tcp", "127.0.0.1:0")
	if len(os.Args) > 4 {
		fmt.Printf("https://%s\n", listener.Addr())
		_ = http.ServeTLS(listener, proxy, os.Args[3], os.Args[4])
		return
	}
	fmt.Printf("http://%s\n", listener.Addr())
	_ = http.Serve(listener, proxy)
}
