/// How much of a request a server accepts.
package struct RequestLimits: Sendable {
    /// Bytes of the request line (RFC 9112 §3 recommends at least 8000); a longer one is answered 414.
    package var requestLine = 8192
    /// Bytes of the header section, its line ends included; a longer one is answered 431.
    package var headerSection = 16384
    /// Field lines; more are answered 431.
    package var fieldLines = 100
    /// Bytes of a request's content; more is answered 413.
    package var content = 65536

    package init() {}
}
