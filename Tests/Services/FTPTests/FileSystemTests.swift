@testable import FTP
import Foundation
import NIOCore
import Synchronization
import Testing

@Suite("POSIX file system")
struct FileSystemTests {
    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(component: UUID().uuidString)
            .path(percentEncoded: false)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder)
    }

    private func path(_ text: String) -> VirtualPath { VirtualPath(text) ?? .root }
    private func content(_ path: String) -> String? {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test("An upload is seen under its name when it is finished, and not before")
    func upload() throws {
        try withFolder { folder in
            let files = try POSIXFileSystem(root: folder)
            let upload = try files.upload(path("/a"), .replace, replaces: true)
            try upload.write(ByteBuffer(string: "hello"))
            #expect(throws: FileError.notFound) { try files.status(of: path("/a")) }
            #expect(try files.entries(of: .root).next().isEmpty)
            let finished = try upload.finish()
            #expect(finished.path == path("/a") && finished.location == folder + "/a" && finished.size == 5)
            #expect(content(folder + "/a") == "hello")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["a"])
        }
    }

    @Test("One that is cancelled or forgotten leaves the old file, and nothing else")
    func cancel() throws {
        try withFolder { folder in
            let files = try POSIXFileSystem(root: folder)
            try Data("old".utf8).write(to: URL(filePath: folder + "/a"))
            for mode in [StoreMode.replace, .append, .resume(2)] {
                let upload = try files.upload(path("/a"), mode, replaces: true)
                try upload.write(ByteBuffer(string: "new"))
                #expect(content(folder + "/a") == "old")
                if mode == .replace { upload.cancel() }
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["a"])
            #expect(content(folder + "/a") == "old")
        }
    }

    @Test("Appending, resuming and unique names")
    func modes() throws {
        try withFolder { folder in
            let files = try POSIXFileSystem(root: folder)
            func store(_ name: String, _ mode: StoreMode, _ text: String) throws -> String {
                let upload = try files.upload(path(name), mode, replaces: true)
                try upload.write(ByteBuffer(string: text))
                return try upload.finish().path.description
            }
            _ = try store("/a", .append, "one")
            _ = try store("/a", .append, "two")
            #expect(content(folder + "/a") == "onetwo")
            _ = try store("/a", .resume(2), "!")
            #expect(content(folder + "/a") == "on!")
            #expect(throws: FileError.badOffset) { try store("/a", .resume(4), "x") }
            #expect(throws: FileError.badOffset) { try store("/b", .resume(1), "x") }
            #expect(try store("/c", .unique, "x") == "/c")
            #expect(try store("/a", .unique, "x") == "/a.1")
            #expect(try store("/a", .unique, "y") == "/a.2")
            #expect(throws: FileError.exists) { try files.upload(path("/a"), .replace, replaces: false) }
            // Two that append at once: the second has not read what the first added.
            let first = try files.upload(path("/a"), .append, replaces: true)
            let second = try files.upload(path("/a"), .append, replaces: true)
            _ = try first.finish()
            #expect(throws: FileError.exists) { try second.finish() }
        }
    }

    @Test("A quota holds for all files of the root")
    func quota() throws {
        try withFolder { folder in
            try Data(repeating: 1, count: 600).write(to: URL(filePath: folder + "/a"))
            let files = try POSIXFileSystem(root: folder, quota: 1000)
            let upload = try files.upload(path("/b"), .replace, replaces: true)
            try upload.write(ByteBuffer(repeating: 1, count: 400))
            #expect(throws: FileError.quotaExceeded) { try upload.write(ByteBuffer(repeating: 1, count: 1)) }
            _ = try upload.finish()
            #expect(throws: FileError.quotaExceeded) { try files.upload(path("/c"), .replace, replaces: true) }
        }
    }

    @Test("Unique names are unique among uploads under way, and free again when one is given up")
    func uniqueNames() throws {
        try withFolder { folder in
            let sessions = try (0..<3).map { _ in try POSIXFileSystem(root: folder) }
            let uploads = try sessions.map { try $0.upload(path("/u"), .unique, replaces: true) }
            #expect(uploads.map(\.path.description) == ["/u", "/u.1", "/u.2"])
            for upload in uploads {
                try upload.write(ByteBuffer(string: upload.path.description))
                #expect(try upload.finish().path == upload.path)
            }
            for name in ["/u", "/u.1", "/u.2"] { #expect(content(folder + name) == name) }
            for _ in 0..<2 {
                let given = try sessions[0].upload(path("/u"), .unique, replaces: true)
                #expect(given.path.description == "/u.3")
                given.cancel()
            }
        }
    }

    @Test("A quota holds for all sessions together, and what is given up is given back")
    func sharedQuota() throws {
        try withFolder { folder in
            let sessions = try (0..<2).map { _ in try POSIXFileSystem(root: folder, quota: 1000) }
            let first = try sessions[0].upload(path("/a"), .replace, replaces: true)
            let second = try sessions[1].upload(path("/b"), .replace, replaces: true)
            try first.write(ByteBuffer(repeating: 1, count: 600))
            #expect(throws: FileError.quotaExceeded) { try second.write(ByteBuffer(repeating: 1, count: 401)) }
            try second.write(ByteBuffer(repeating: 1, count: 400))
            #expect(throws: FileError.quotaExceeded) { try sessions[0].upload(path("/c"), .replace, replaces: true) }
            first.cancel()
            try second.write(ByteBuffer(repeating: 1, count: 600))
            _ = try second.finish()
            #expect(throws: FileError.quotaExceeded) { try sessions[0].upload(path("/c"), .replace, replaces: true) }
            try sessions[0].removeFile(path("/b"))
            // What takes a file's place frees what that had, also while others go on.
            let other = try sessions[0].upload(path("/o"), .replace, replaces: true)
            for _ in 0..<3 {
                let next = try sessions[1].upload(path("/d"), .replace, replaces: true)
                try next.write(ByteBuffer(repeating: 1, count: 450))
                _ = try next.finish()
            }
            try other.write(ByteBuffer(repeating: 1, count: 550))
            #expect(throws: FileError.quotaExceeded) { try other.write(ByteBuffer(repeating: 1, count: 1)) }
        }
    }

    @Test("What no listing shows counts, too")
    func hiddenUsage() throws {
        try withFolder { folder in
            let hidden = folder + "/deep/a\u{1}b"
            try FileManager.default.createDirectory(atPath: hidden, withIntermediateDirectories: true)
            try Data(repeating: 1, count: 400).write(to: URL(filePath: hidden + "/\u{1B}"))
            let strange = open(folder + "/deep/", O_RDONLY | O_DIRECTORY)
            let file = openat(strange, [CChar(bitPattern: 0xFC), 0], O_WRONLY | O_CREAT, 0o600)
            #expect(ftruncate(file, 600) == 0)
            close(file)
            close(strange)
            let files = try POSIXFileSystem(root: folder, quota: 1000)
            #expect(throws: FileError.quotaExceeded) { try files.upload(path("/c"), .replace, replaces: true) }
        }
    }

    @Test("Copying what is to be continued ends when nobody wants it any more")
    func cancelledCopy() throws {
        try withFolder { folder in
            try Data(repeating: 1, count: 3 << 20).write(to: URL(filePath: folder + "/a"))
            let files = try POSIXFileSystem(root: folder)
            for mode in [StoreMode.append, .resume(3 << 20)] {
                let asked = Mutex(0)
                #expect(throws: FileError.self) {
                    try files.upload(path("/a"), mode, replaces: true) {
                        asked.withLock {
                            $0 += 1; return $0 > 1
                        }
                    }
                }
                #expect(asked.withLock { $0 } == 3)
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["a"])
        }
    }

    @Test("No link is followed: not at the end, not on the way, not for writing")
    func links() throws {
        try withFolder { folder in
            try withFolder { outside in
                try Data("secret".utf8).write(to: URL(filePath: outside + "/secret"))
                try FileManager.default.createSymbolicLink(
                    atPath: folder + "/file", withDestinationPath: outside + "/secret")
                try FileManager.default.createSymbolicLink(atPath: folder + "/folder", withDestinationPath: outside)
                let files = try POSIXFileSystem(root: folder)
                #expect(throws: FileError.self) { try files.open(path("/file")) }
                #expect(throws: FileError.self) { try files.open(path("/folder/secret")) }
                #expect(throws: FileError.self) { try files.entries(of: path("/folder")) }
                #expect(throws: FileError.self) { try files.upload(path("/file"), .replace, replaces: true) }
                #expect(throws: FileError.self) { try files.upload(path("/folder/x"), .replace, replaces: true) }
                #expect(throws: FileError.self) { try files.setModified(path("/file"), Date()) }
                #expect(throws: FileError.self) { try files.removeFile(path("/file")) }
                #expect(try files.entries(of: .root).next().isEmpty)
                #expect(content(outside + "/secret") == "secret")
            }
        }
    }

    @Test("What killed processes left of uploads is swept away, what lives stays")
    func sweep() throws {
        try withFolder { folder in
            try FileManager.default.createDirectory(atPath: folder + "/dir", withIntermediateDirectories: true)
            try Data("half".utf8).write(to: URL(filePath: folder + "/dir/.headwater-upload.1"))
            let files = try POSIXFileSystem(root: folder)
            let upload = try files.upload(path("/dir/a"), .replace, replaces: true)
            try upload.write(ByteBuffer(string: "whole"))
            files.sweep()
            _ = try upload.finish()
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/dir") == ["a"])
        }
    }

    @Test("Pipes and devices neither show nor block")
    func pipes() throws {
        try withFolder { folder in
            #expect(mkfifo(folder + "/pipe", 0o600) == 0)
            let files = try POSIXFileSystem(root: folder)
            #expect(throws: FileError.notFound) { try files.open(path("/pipe")) }
            #expect(throws: FileError.notPermitted) { try files.upload(path("/pipe"), .replace, replaces: true) }
            #expect(try files.entries(of: .root).next().isEmpty)
        }
    }
}
