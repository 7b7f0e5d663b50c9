internal import Foundation
internal import HTTPTypes
internal import LineProtocol

/// Header fields of responses.
enum Headers {
    /// Of pages: no scripts, nothing from elsewhere, in nobody's frame, kept by nobody.
    static let page = fields([
        ("Content-Type", "text/html; charset=utf-8"), ("Cache-Control", "no-store"),
        (
            "Content-Security-Policy",
            "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-src 'self'; "
                + "frame-ancestors 'none'; base-uri 'none'"
        ),
        ("X-Content-Type-Options", "nosniff"),
        // `no-referrer` would take the origin from forms as well.
        ("Referrer-Policy", "same-origin"), ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
    ])

    /// Of the page in a frame that shows a message.
    static func message(showsRemotePictures: Bool) -> HTTPFields {
        fields([
            ("Content-Type", "text/html; charset=utf-8"), ("Cache-Control", "no-store"),
            ("Content-Security-Policy", MessagePage.policy(showsRemotePictures: showsRemotePictures)),
            ("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer"),
        ])
    }

    /// Of files and pictures.
    ///
    /// - Parameters:
    ///   - type: the media type.
    ///   - name: under which the file is saved; nil for what is shown in place.
    static func file(_ type: String, name: String?) -> HTTPFields {
        var pairs = [
            ("Content-Type", type), ("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"),
            ("Content-Security-Policy", MessagePage.filePolicy), ("Referrer-Policy", "no-referrer"),
        ]
        if let name { pairs.append(("Content-Disposition", disposition(name))) }
        return fields(pairs)
    }

    /// `attachment` with a name, in ASCII and in full (RFC 6266 §4.3).
    static func disposition(_ name: String) -> String {
        let name = PrintableText.line(name)
        let plain = name.unicodeScalars.map { scalar in
            scalar.isASCII && scalar.value >= 0x20 && scalar.value != 0x7F && !"\"\\%/".unicodeScalars.contains(scalar)
                ? String(scalar) : "_"
        }.joined()
        return "attachment; filename=\"\(plain)\"; filename*=UTF-8''\(Link.encode(name))"
    }

    /// Types that a browser may be told of a file; others are octets.
    static func safeType(_ type: String) -> String {
        let known: Set<String> = [
            "application/pdf", "application/zip", "application/gzip", "application/json", "audio/mpeg", "audio/ogg",
            "audio/wav", "image/avif", "image/gif", "image/jpeg", "image/png", "image/webp", "message/rfc822",
            "text/calendar",
            "text/csv", "text/plain", "text/vcard", "video/mp4", "video/webm",
        ]
        return known.contains(type) ? type : "application/octet-stream"
    }

    private static func fields(_ pairs: [(String, String)]) -> HTTPFields {
        var fields = HTTPFields()
        for (name, value) in pairs {
            if let name = HTTPField.Name(name) { fields[name] = value }
        }
        return fields
    }
}
