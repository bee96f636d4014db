// Why this file exists: a lifecycle configuration lies in `bucket_settings` as JSON with sorted names, so that people
// can read it in a dump and equal rules are equal bytes.
private import FoundationEssentials

extension LifecycleConfiguration {
    /// The stored form.
    public var encoded: [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Encoding fails for numbers that JSON lacks only, and there are none here.
        return (try? encoder.encode(self)).map { Array($0) } ?? []
    }

    /// - Throws: ``StoreError/corrupt(_:)``.
    public init(encoded bytes: [UInt8]) throws(StoreError) {
        do {
            self = try JSONDecoder().decode(LifecycleConfiguration.self, from: Data(bytes))
        } catch {
            throw .corrupt("a stored lifecycle configuration is not readable")
        }
    }
}
