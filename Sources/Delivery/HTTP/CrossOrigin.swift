package import HTTPSemantics

/// The Fetch standard's CORS protocol, for media that any page may play.
package enum CrossOrigin {
    /// What every response carries: any origin may read it, these fields and its timing included.
    package static let fields: HeaderBlock = {
        var block = HeaderBlock()
        block.append("Access-Control-Allow-Origin", constant: "*")
        block.append(
            "Access-Control-Expose-Headers",
            constant: "Accept-Ranges, Age, Cache-Status, Content-Length, Content-Range, Date, ETag, Server-Timing")
        block.append("Timing-Allow-Origin", constant: "*")
        return block
    }()

    /// The field by which a response shows that its origin has decided who may read it.
    package static let allowOrigin = FieldName("Access-Control-Allow-Origin")

    /// The answer to OPTIONS, preflight or not.
    ///
    /// - Parameter methods: the value of Allow.
    package static func options(allowing methods: String) -> Response {
        var block = HeaderBlock()
        block.append("Allow", methods)
        block.append("Access-Control-Allow-Methods", methods)
        block.append(
            "Access-Control-Allow-Headers",
            constant: """
                Cache-Control, CMCD-Object, CMCD-Request, CMCD-Session, CMCD-Status, If-Match, If-Modified-Since, \
                If-None-Match, If-Range, If-Unmodified-Since, Range
                """)
        block.append("Access-Control-Max-Age", constant: "86400")
        block.append(fields)
        return Response(status: 204, fields: block)
    }
}
