internal import Foundation

/// Reads what servers say of files.
enum ListingParser {
    /// A line of `MLSD` (RFC 3659 §7.2). Nil for the directory itself, its parent, and what is neither file nor directory.
    static func machine(_ line: String) -> FileEntry? {
        guard let space = line.firstIndex(of: " ") else { return nil }
        let name = String(line[line.index(after: space)...])
        var status = FileStatus(isDirectory: false, size: 0, modified: Date(timeIntervalSince1970: 0), unique: nil)
        var type = ""
        for fact in line[..<space].split(separator: ";") {
            let parts = fact.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { continue }
            switch parts[0].lowercased() {
            case "type": type = parts[1].lowercased()
            case "size": status.size = Int64(parts[1]) ?? 0
            case "modify": status.modified = FTPDate.parse(parts[1]) ?? status.modified
            case "unique": status.unique = String(parts[1])
            default: break
            }
        }
        guard type == "file" || type == "dir", isName(name), status.size >= 0 else { return nil }
        status.isDirectory = type == "dir"
        return FileEntry(name: name, status: status)
    }

    /// A line of `LIST` as `ls -l` has it. The time is not read: it has no year, or no hour, and no zone.
    static func long(_ line: String) -> FileEntry? {
        var rest = line[...]
        var fields: [Substring] = []
        // Mode, links, owner, group, size, month, day, time or year; then one space and the name.
        while fields.count < 8 {
            rest = rest.drop { $0 == " " }
            let field = rest.prefix { $0 != " " }
            guard !field.isEmpty else { return nil }
            fields.append(field)
            rest = rest.dropFirst(field.count)
        }
        guard (10...11).contains(fields[0].count), let type = fields[0].first, type == "-" || type == "d",
            let size = Int64(fields[4]), size >= 0, Int(fields[6]) != nil, isName(String(rest.dropFirst()))
        else { return nil }
        return FileEntry(
            name: String(rest.dropFirst()),
            status: FileStatus(
                isDirectory: type == "d", size: size, modified: Date(timeIntervalSince1970: 0), unique: nil))
    }

    /// Whether a name can stand for a file in a directory, here as there.
    private static func isName(_ name: String) -> Bool {
        !name.isEmpty && name != "." && name != ".."
            && !name.utf8.contains { $0 == UInt8(ascii: "/") || $0 < 0x20 || $0 == 0x7F }
    }
}
