// Why this file exists: the one question of this folder: may this caller do that?

extension IdentityContext {
    /// Lets the caller pass, or not.
    /// - Throws: AccessDenied in AWS's words.
    func checkMay(_ action: String, on resource: String) throws(IdentityError) {
        guard !caller.hasAccountRights else { return }
        throw IdentityContext.denied(caller, action, on: resource)
    }

    static func denied(_ caller: IdentityCaller, _ action: String, on resource: String) -> IdentityError {
        IdentityError(
            .accessDenied, "User: \(caller.arn) is not authorized to perform: \(action) on resource: \(resource)")
    }
}
