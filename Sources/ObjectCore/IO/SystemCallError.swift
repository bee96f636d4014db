// Why this file exists: errno becomes meaning here and nowhere else.
private import Glibc

/// A system call that failed: which one, why, and on what.
public struct SystemCallError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The call's name as in `man 2`.
    public var call: String
    /// The value of errno.
    public var code: Int32
    /// The path or other object of the call, or an empty text.
    public var object: String

    public init(_ call: String, code: Int32, object: String) {
        self.call = call
        self.code = code
        self.object = object
    }

    /// ENOSPC or EDQUOT: no room is left.
    public var isOutOfSpace: Bool { code == ENOSPC || code == EDQUOT }
    /// ENOENT.
    public var isMissing: Bool { code == ENOENT }

    public var description: String {
        let reason = String(cString: strerror(code))
        return object.isEmpty ? "\(call): \(reason)" : "\(call) \(object): \(reason)"
    }
}
