import HTTPSemantics
import Testing

struct RequestTargetTests {
    @Test(
        "what a player tells of itself is no part of what it asks for",
        arguments: [
            ("/a", "/a"), ("/a?", "/a?"), ("/a?b=1", "/a?b=1"), ("/a?CMCD=br%3D1", "/a"), ("/a?b=1&CMCD=x", "/a?b=1"),
            ("/a?CMCD=x&b=1", "/a?b=1"), ("/a?b=1&CMCD=x&c=2", "/a?b=1&c=2"), ("/a?b=CMCD=x", "/a?b=CMCD=x"),
            ("/CMCD=x", "/CMCD=x"), ("/a?cmcd=x", "/a?cmcd=x"),
        ])
    func clientData(_ target: String, _ expected: String) {
        #expect(RequestTarget.withoutClientData(target) == expected)
    }
}
