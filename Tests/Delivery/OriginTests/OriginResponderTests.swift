import CoreMetrics
import Foundation
import HTTPSemantics
import Logging
import NIOCore
import SegmentStore
import Testing

@testable import HTTP
@testable import Origin

@Suite("Origin responder")
struct OriginResponderTests {
    private let object: StoredObject

    init() throws {
        object = StoredObject(
            key: try #require(ObjectKey(segments: ["media", "clip", "0123456789ab", "v1", "00001.m4s"])), size: 10,
            lastModified: 784_111_777, version: "v", content: .memory(ByteBuffer(string: "0123456789")))
    }

    /// Status and body of the response to request fields.
    private func answer(_ fields: FieldSection) -> String {
        let response = OriginResponder.response(for: object, PreparedObject(object), to: .get, fields)
        guard case .bytes(let body) = response.body else { return "\(response.status)" }
        return "\(response.status) " + String(buffer: body)
    }

    @Test(
        "Preconditions before ranges",
        arguments: [
            ([:], "200 0123456789"), (["Range": "bytes=2-4"], "206 234"), (["Range": "bytes=-1"], "206 9"),
            (["Range": "bytes=8-20"], "206 89"), (["Range": "bytes=0-1,3-4"], "200 0123456789"),
            (["Range": "bytes=10-"], "416 416 Range Not Satisfiable\n"), (["Range": "x"], "200 0123456789"),
            (["Range": "bytes=0-1", "range": "bytes=3-4"], "200 0123456789"),
            (["If-None-Match": #""0123456789ab-a""#, "Range": "bytes=0-1"], "304"),
            (["If-None-Match": #""w""#], "200 0123456789"),
            (["If-Modified-Since": "Sun, 06 Nov 1994 08:49:37 GMT"], "304"),
            (["If-Range": #""0123456789ab-a""#, "Range": "bytes=0-0"], "206 0"),
            (["If-Range": #""w""#, "Range": "bytes=0-0"], "200 0123456789"),
            (["If-Range": #"W/"0123456789ab-a""#, "Range": "bytes=0-0"], "200 0123456789"),
            (["If-Match": #""w""#], "412"),
        ] as [(FieldSection, String)])
    func answers(fields: FieldSection, expected: String) {
        #expect(answer(fields) == expected)
    }

    @Test("Fields of a whole response and of a part")
    func fields() {
        let whole = String(
            buffer: OriginResponder.response(for: object, PreparedObject(object), to: .get, [:]).fields.bytes)
        for line in [
            "ETag: \"0123456789ab-a\"", "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT", "Accept-Ranges: bytes",
            "Cache-Control: public, max-age=31536000, immutable", "Content-Type: video/mp4",
            "Access-Control-Allow-Origin: *",
        ] {
            #expect(whole.contains(line + "\r\n"))
        }
        let part = OriginResponder.response(for: object, PreparedObject(object), to: .get, ["Range": "bytes=1-2"])
        #expect(String(buffer: part.additions.bytes).contains("Content-Range: bytes 1-2/10\r\n"))
        let none = OriginResponder.response(for: object, PreparedObject(object), to: .get, ["Range": "bytes=11-"])
        #expect(String(buffer: none.fields.bytes).contains("Content-Range: bytes */10\r\n"))
    }

    @Test("A range is for GET only")
    func rangeOfHead() {
        let response = OriginResponder.response(for: object, PreparedObject(object), to: .head, ["Range": "bytes=2-4"])
        #expect(response.status == 200)
    }

    @Test("Copies of an immutable object have one entity tag, versions of another one each")
    func entityTags() throws {
        func tag(_ path: String, size: Int, version: String) throws -> String {
            LibraryLayout.entityTag(
                StoredObject(
                    key: try #require(ObjectKey(segments: path.split(separator: "/").map(String.init))), size: size,
                    lastModified: 0, version: version, content: .memory(ByteBuffer()))
            ).description
        }
        let segment = "media/clip/0123456789ab/v1/00001.m4s"
        #expect(try tag(segment, size: 255, version: "a") == #""0123456789ab-ff""#)
        #expect(try tag(segment, size: 255, version: "b") == #""0123456789ab-ff""#)
        #expect(try tag(segment, size: 256, version: "a") == #""0123456789ab-100""#)
        #expect(try tag("media/samples/clip.mp4", size: 255, version: "a") == #""a""#)
        #expect(try tag("manifests/clip.mpd", size: 255, version: "b") == #""b""#)
    }

    @Test(
        "Only media and manifests are public, and nothing hidden",
        arguments: [
            ("/media/a", true), ("/manifests/a.mpd", true), ("/media", false), ("/", false), ("/manifests/", false),
            ("/other/a", false), ("/.work/a", false), ("/media/.hidden/a", false), ("/media/a/", false),
            ("/Package.swift", false),
        ])
    func layout(path: String, isPublic: Bool) throws {
        #expect((LibraryLayout.key(try #require(URLPath(path))) != nil) == isPublic)
    }

    @Test(
        "How long caches may keep what",
        arguments: [
            ("manifests/a.mpd", "public, max-age=2, stale-while-revalidate=10, stale-if-error=86400"),
            ("media/a/0123456789ab/v1/init.mp4", "public, max-age=31536000, immutable"),
            ("media/a/0123456789ab/segments.json", "public, max-age=31536000, immutable"),
            ("media/a/0123456789AB/x", "public, max-age=300, stale-while-revalidate=3600, stale-if-error=86400"),
            ("media/samples/clip.mp4", "public, max-age=300, stale-while-revalidate=3600, stale-if-error=86400"),
        ])
    func cacheControl(path: String, expected: String) throws {
        let key = try #require(ObjectKey(segments: path.split(separator: "/").map(String.init)))
        #expect("\(LibraryLayout.cacheControl(key))" == expected)
    }

    @Test(
        "Media types",
        arguments: [
            ("a.mpd", "application/dash+xml"), ("a.M4S", "video/iso.segment"), ("a.mp4", "video/mp4"),
            ("a.json", "application/json"), ("a.m3u8", "application/vnd.apple.mpegurl"), ("a.jpg", "image/jpeg"),
            ("a", "application/octet-stream"), ("a.b/c", "application/octet-stream"),
            ("a.xyz", "application/octet-stream"),
            ("media/a/0123456789ab/a64/init.mp4", "audio/mp4"), ("media/a/0123456789ab/a64/00001.m4s", "audio/mp4"),
            ("media/a/0123456789ab/v720/init.mp4", "video/mp4"), ("media/a/0123456789ab/v720/1.m4s", "video/mp4"),
            ("media/a/0123456789ab/a64/info.json", "application/json"),
            ("media/a/0123456789ab/x/1.m4s", "video/iso.segment"), ("media/a/b/a64/1.mp4", "video/mp4"),
        ])
    func mediaTypes(path: String, expected: String) {
        #expect(MediaType.of(path) == expected)
    }
}
