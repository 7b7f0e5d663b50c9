/// The media type of a file: by the ending of its name, and for MP4 in a track's folder by the track.
enum MediaType {
    static func of(_ path: String) -> String {
        guard let dot = path.lastIndex(of: "."), path[dot...].firstIndex(of: "/") == nil else { return unknown }
        let ending = path[path.index(after: dot)...].lowercased()
        if ending == "mp4" || ending == "m4s", let kind = LibraryLayout.track(path)?.first {
            // The initialisation segment and the media segments of one track alike, as its manifest has them.
            if kind == "a" { return "audio/mp4" }
            if kind == "v" { return "video/mp4" }
        }
        return types[ending] ?? unknown
    }

    private static let unknown = "application/octet-stream"

    private static let types: [String: String] = [
        // ISO/IEC 23009-1, C.1
        "mpd": "application/dash+xml",
        // RFC 8216 §10
        "m3u8": "application/vnd.apple.mpegurl",
        // RFC 4337 and RFC 6381; segments too: audio and video tracks of fragmented MP4 (ISO/IEC 23000-19, 7.3)
        "mp4": "video/mp4", "m4v": "video/mp4", "m4a": "audio/mp4", "cmfv": "video/mp4", "cmfa": "audio/mp4",
        // A media segment alone is no complete MP4 file (ISO/IEC 23009-1, C.2)
        "m4s": "video/iso.segment",
        "webm": "video/webm", "mkv": "video/matroska", "ts": "video/mp2t", "mov": "video/quicktime",
        "mp3": "audio/mpeg", "aac": "audio/aac", "ogg": "audio/ogg", "wav": "audio/vnd.wave", "flac": "audio/flac",
        "vtt": "text/vtt; charset=utf-8", "ttml": "application/ttml+xml", "srt": "text/plain; charset=utf-8",
        "json": "application/json", "xml": "application/xml", "txt": "text/plain; charset=utf-8",
        "md": "text/markdown; charset=utf-8", "html": "text/html; charset=utf-8", "csv": "text/csv; charset=utf-8",
        "jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "webp": "image/webp", "svg": "image/svg+xml",
    ]
}
