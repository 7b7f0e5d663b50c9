/// Colours by number: the style sheet defines eight, told apart by people with any colour vision. More series differ by
/// ``LineSeries/Dash`` and ``PointShape``.
enum PaletteIndex {
    static let count = 8

    /// `index`, brought into the palette.
    static func wrapped(_ index: Int) -> Int { ((index % count) + count) % count }
}
