import Testing

@Suite("headwater ftp with other servers")
struct FTPClientTests {
    /// Each is a function of the script, which says what it proves.
    @Test(
        "withstands servers that lie, break off and change",
        arguments: [
            "other_version", "same_version", "broken_off", "changed_meanwhile", "parts_beside_files", "one_at_a_time",
            "line_ends", "damaged_listings", "hostile_names", "endless_data", "goes_on", "leaves", "unknown_times",
            "put",
        ])
    func session(scenario: String) async throws {
        let script = packageRoot + "Tests/Headwater/Scripts/ftpclient.py"
        let result = try await command("python3", [script, headwaterExecutable, scenario])
        #expect(result.status == 0, "\(result.standardOutput)\(result.standardError)")
    }
}
