import Foundation
import NIOCore
import Testing

@testable import FTP

@Suite("Uploads that broke off")
struct BrokenUploadTests {
    private func path(_ text: String) -> VirtualPath { VirtualPath(text) ?? .root }

    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(component: UUID().uuidString)
            .path(percentEncoded: false)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder)
    }

    private func files(_ folder: String, of owner: String = "a", age: Double = 1000, quota: Int64? = nil) throws
        -> POSIXFileSystem
    {
        try POSIXFileSystem(root: folder, quota: quota, broken: BrokenUploads(owner: owner, age: age))
    }

    private func breakOff(_ text: String, _ name: String, _ mode: StoreMode = .replace, in files: POSIXFileSystem)
        throws
    {
        let upload = try files.upload(path(name), mode, replaces: true)
        try upload.write(ByteBuffer(string: text))
        upload.leave()
    }

    private func content(_ path: String) -> String? {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
    }

    /// What comes at an end is one octet less than what was there, so that nobody takes it for all.
    @Test("are continued from any octet that came, by STOR and by APPE, as often as it takes")
    func continuing() throws {
        try withFolder { folder in
            let files = try files(folder)
            try breakOff("hello worl", "/f", in: files)
            #expect(try files.brokenUpload(of: path("/f")) == 9)
            // Nobody sees it.
            #expect(throws: FileError.notFound) { try files.status(of: path("/f")) }
            #expect(try files.entries(of: .root).next().isEmpty)
            #expect(throws: FileError.notFound) { try files.open(path("/f")) }
            guard case .status(let status) = try files.answer(.size(path("/f"))) else {
                Issue.record("SIZE does not tell")
                return
            }
            #expect(status.size == 9 && !status.isDirectory)
            #expect(throws: FileError.badOffset) { try files.upload(path("/f"), .resume(10), replaces: true) }
            try breakOff("LO WO?", "/f", .resume(3), in: files)
            #expect(try files.brokenUpload(of: path("/f")) == 8)
            try breakOff("R?", "/f", .append, in: files)
            let last = try files.upload(path("/f"), .resume(9), replaces: true)
            // One at a time.
            #expect(try files.brokenUpload(of: path("/f")) == nil)
            #expect(throws: FileError.badOffset) { try files.upload(path("/f"), .resume(1), replaces: true) }
            try last.write(ByteBuffer(string: "LD"))
            _ = try last.finish()
            #expect(content(folder + "/f") == "helLO WORLD")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["f"])
        }
    }

    @Test("are their owner's, for a time")
    func owners() throws {
        try withFolder { folder in
            try breakOff("mine!", "/f", in: try files(folder))
            let other = try files(folder, of: "b")
            #expect(try other.brokenUpload(of: path("/f")) == nil)
            #expect(throws: FileError.badOffset) { try other.upload(path("/f"), .resume(1), replaces: true) }
            let late = try files(folder, age: 0)
            #expect(try late.brokenUpload(of: path("/f")) == nil)
            #expect(throws: FileError.badOffset) { try late.upload(path("/f"), .resume(1), replaces: true) }
            other.sweep()
            #expect(try files(folder).brokenUpload(of: path("/f")) == 4)
            late.sweep()
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
        }
    }

    @Test("give way to a new upload, and to the file itself")
    func replacing() throws {
        try withFolder { folder in
            let files = try files(folder)
            try breakOff("old content", "/f", in: files)
            // Nothing came of this one.
            try breakOff("", "/f", in: files)
            try breakOff("x", "/f", in: files)
            #expect(try files.brokenUpload(of: path("/f")) == 10)
            // Less came of this one, but what came first is of another file, perhaps.
            try breakOff("new!", "/f", in: files)
            #expect(try files.brokenUpload(of: path("/f")) == 3)
            let whole = try files.upload(path("/f"), .replace, replaces: true)
            try whole.write(ByteBuffer(string: "whole"))
            _ = try whole.finish()
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["f"])
            // Where there is a file, it is what is continued.
            for mode in [StoreMode.replace, .append, .resume(2)] { try breakOff("xy", "/f", mode, in: files) }
            #expect(try files.brokenUpload(of: path("/f")) == nil)
            let unique = try files.upload(path("/u"), .unique, replaces: true)
            try unique.write(ByteBuffer(string: "xy"))
            unique.leave()
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["f"])
        }
    }

    @Test("count as long as they are there, and keep no directory from going")
    func counting() throws {
        try withFolder { folder in
            let files = try files(folder, quota: 1000)
            try files.makeDirectory(path("/d"))
            let other = try files.upload(path("/other"), .replace, replaces: true)
            try breakOff(String(repeating: "x", count: 601), "/d/f", in: files)
            #expect(throws: FileError.quotaExceeded) { try other.write(ByteBuffer(repeating: 1, count: 401)) }
            let resumed = try files.upload(path("/d/f"), .resume(500), replaces: true)
            try other.write(ByteBuffer(repeating: 1, count: 500))
            #expect(throws: FileError.quotaExceeded) { try resumed.write(ByteBuffer(repeating: 1, count: 1)) }
            resumed.cancel()
            try other.write(ByteBuffer(repeating: 1, count: 500))
            other.cancel()
            try breakOff(String(repeating: "x", count: 601), "/d/f", in: files)
            try files.makeDirectory(path("/d/e"))
            #expect(throws: FileError.notEmpty) { try files.removeDirectory(path("/d")) }
            try files.removeDirectory(path("/d/e"))
            try files.removeDirectory(path("/d"))
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
        }
    }
}
