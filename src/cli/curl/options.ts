/**
 * curl's options, as far as they must be told apart: which take a value, and which letter stands for which.
 * Source: curl's own table in src/tool_getparam.c, August 2026; nothing that older versions know was taken out of it.
 * An option that is not here is refused: it could take the next word as its value or not, and so hide what follows.
 */

/** `NAME` or `NAME=LETTER`. */
const withoutValue = `
  alpn anyauth append=a basic buffer=N ca-native cert-status clobber compressed compressed-ssh create-dirs crlf
  digest disable-eprt disable-epsv disable=q disallow-username-in-url doh-cert-status doh-insecure dump-ca-embed
  eprt epsv fail-early fail-with-body fail=f false-start follow form-escape ftp-create-dirs ftp-pasv ftp-pret
  ftp-skip-pasv-ip ftp-ssl ftp-ssl-ccc ftp-ssl-control ftp-ssl-reqd get=G globoff=g haproxy-protocol head=I
  http0.9 http1.0=0 http1.1 http2 http2-prior-knowledge http3 http3-only ignore-content-length include insecure=k
  ipv4=4 ipv6=6 junk-session-cookies=j keepalive list-only=l location-trusted location=L mail-rcpt-allowfails
  manual=M metalink mptcp negotiate netrc-optional netrc=n next=: npn ntlm ntlm-wb out-null parallel-immediate
  parallel=Z path-as-is post301 post302 post303 progress-bar=# progress-meter proxy-anyauth proxy-basic
  proxy-ca-native proxy-digest proxy-http2 proxy-http3 proxy-insecure proxy-negotiate proxy-ntlm
  proxy-ssl-allow-beast proxy-ssl-auto-client-cert proxy-tlsv1 proxytunnel=p raw remote-header-name=J
  remote-name-all remote-name=O remote-time=R remove-on-error retry-all-errors retry-connrefused sasl-ir sessionid
  show-error=S show-headers=i silent=s skip-existing socks5-basic socks5-gssapi socks5-gssapi-nec ssl
  ssl-allow-beast ssl-auto-client-cert ssl-no-revoke ssl-reqd ssl-revoke-best-effort sslv2=2 sslv3=3 styled-output
  suppress-connect-headers tcp-fastopen tcp-nodelay tftp-no-options tls-earlydata tlsv1.0 tlsv1.1 tlsv1.2 tlsv1.3
  tlsv1=1 tr-encoding trace-ids trace-time use-ascii=B verbose=v version=V xattr
`;

/** `NAME` or `NAME=LETTER`. */
const withValue = `
  abstract-unix-socket alt-svc aws-sigv4 cacert capath cert-type cert=E ciphers config=K connect-timeout
  connect-to continue-at=C cookie-jar=c cookie=b create-file-mode crlfile curves data-ascii data-binary data-raw
  data-urlencode data=d delegation dns-interface dns-ipv4-addr dns-ipv6-addr dns-servers doh-url dump-header=D ech
  egd-file engine etag-compare etag-save expect100-timeout form-string form=F ftp-account ftp-alternative-to-user
  ftp-method ftp-port=P ftp-ssl-ccc-mode happy-eyeballs-timeout-ms haproxy-clientip header=H help=h hostpubmd5
  hostpubsha256 hsts httpsig-algo httpsig-headers httpsig-key httpsig-keyid interface ip-tos ipfs-gateway json
  keepalive-cnt keepalive-time key key-type knownhosts krb krb4 libcurl limit-rate local-port login-options
  mail-auth mail-from mail-rcpt max-filesize max-redirs max-time=m netrc-file noproxy oauth2-bearer output-dir
  output=o parallel-max parallel-max-host pass pinnedpubkey preproxy proto proto-default proto-redir proxy-cacert
  proxy-capath proxy-cert proxy-cert-type proxy-ciphers proxy-crlfile proxy-header proxy-key proxy-key-type
  proxy-pass proxy-pinnedpubkey proxy-service-name proxy-tls13-ciphers proxy-tlsauthtype proxy-tlspassword
  proxy-tlsuser proxy-user=U proxy1.0 proxy=x pubkey quote=Q random-file range=r rate referer=e request-target
  request=X resolve retry retry-delay retry-max-time sasl-authzid service-name sigalgs socks4 socks4a socks5
  socks5-gssapi-service socks5-hostname speed-limit=Y speed-time=y ssl-sessions stderr telnet-option=t
  tftp-blksize time-cond=z tls-max tls13-ciphers tlsauthtype tlspassword tlsuser trace trace-ascii trace-config
  unix-socket upload-file=T upload-flags url url-query user-agent=A user=u variable vlan-priority write-out=w
`;

/** One option of curl's. */
export interface CurlOptionSpec {
  /** Without dashes. */
  readonly name: string;
  readonly takesValue: boolean;
}

const byName = new Map<string, CurlOptionSpec>();
const byLetter = new Map<string, CurlOptionSpec>();
for (const [table, takesValue] of [
  [withoutValue, false],
  [withValue, true],
] as const) {
  for (const entry of table.trim().split(/\s+/)) {
    const [name = "", letter] = entry.split("=");
    const spec = { name, takesValue };
    byName.set(name, spec);
    if (letter !== undefined) byLetter.set(letter, spec);
  }
}

/** The option behind a long name without dashes, or the only one that begins so: older versions of curl take abbreviations. */
export function findLongOption(name: string): CurlOptionSpec | undefined {
  const exact = byName.get(name);
  if (exact || name === "") return exact;
  const candidates = [...byName.values()].filter((spec) => spec.name.startsWith(name));
  return candidates.length === 1 ? candidates[0] : undefined;
}

/** The long names that begin with `name`: the choices where an abbreviation is not clear. */
export function optionsStartingWith(name: string): readonly string[] {
  return [...byName.keys()].filter((candidate) => candidate.startsWith(name));
}

/** The option behind a letter. */
export function findShortOption(letter: string): CurlOptionSpec | undefined {
  return byLetter.get(letter);
}
