// Why this file exists: a provider says in one document where its keys are, and gives them in another. Both are asked for
// over TLS, within limits of time and size, on a thread that may wait.
// Invariants: nothing is asked for but what an administrator's registered issuer names; a redirect is not followed; plain
// HTTP goes to this machine only, and only for an issuer that is itself there; for accounts that do not own the server
// only public addresses are asked.
// See: OpenID Connect Discovery 1.0 section 4.

/// Where a provider may be.
enum ProviderAddress {
    /// Reads an address as an administrator registers it; nil when it is none, or has a query.
    static func read(_ text: String) -> EndpointURL? {
        guard let url = EndpointURL(text), !url.target.contains("?"), url.isSecure || url.isLoopback else { return nil }
        return url
    }
}

extension EndpointURL {
    /// Whether the host is this machine whatever the resolver says. See: RFC 6761 section 6.3 for the name.
    var isLoopback: Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") && isAddress }
}

/// Asks providers.
struct ProviderDocuments: Sendable {
    /// A PEM file of certificates to believe beside the system's; nil for none.
    let authorities: String?

    /// For each of the two documents, in nanoseconds; looking a name up takes the resolver's own time.
    private static let timeout: Int64 = 5_000_000_000
    /// Of a document.
    private static let bytesMax = 256 << 10

    /// The keys of an issuer.
    /// - Parameters:
    ///   - issuer: its address.
    ///   - reach: where it and its keys may be.
    @Sendable
    func keys(of issuer: String, _ reach: ClientReach) async throws(ProviderFault) -> [JSONWebKey] {
        do {
            return try await BlockingCall.run { try fetchKeys(of: issuer, reach) }
        } catch let fault as ProviderFault {
            throw fault
        } catch {
            throw ProviderFault("\(error)")
        }
    }

    private func fetchKeys(of issuer: String, _ reach: ClientReach) throws(ProviderFault) -> [JSONWebKey] {
        guard let home = ProviderAddress.read(issuer) else { throw ProviderFault("the issuer is no address") }
        let base = issuer.hasSuffix("/") ? String(issuer.dropLast()) : issuer
        guard let place = EndpointURL(base + "/.well-known/openid-configuration") else {
            throw ProviderFault("the issuer is no address")
        }
        let configuration = TokenClaims(try document(place, reach))
        guard let configuration else { throw ProviderFault("its configuration is no JSON object") }
        // Else one provider could speak for another. See: OpenID Connect Discovery 1.0 section 4.3.
        guard configuration.text("issuer") == issuer else {
            throw ProviderFault("its configuration names another issuer")
        }
        guard let text = configuration.text("jwks_uri"), let keys = EndpointURL(text),
            keys.isSecure || !home.isSecure && keys.isLoopback
        else { throw ProviderFault("its jwks_uri is no address that may be asked") }
        guard let found = JSONWebKey.keys(ofSet: try document(keys, reach)) else {
            throw ProviderFault("\(text) is no key set")
        }
        return found
    }

    private func document(_ url: EndpointURL, _ reach: ClientReach) throws(ProviderFault) -> [UInt8] {
        let response: ClientResponse
        do {
            // Authorities are read anew, so that one that was added counts without a restart.
            let tls = url.isSecure ? try TLSClientContext(authorities: authorities) : nil
            let request = ClientRequest(
                method: .get, target: url.target,
                headers: [("accept", "application/json"), ("user-agent", "cairn"), ("connection", "close")])
            response = try HTTPClient(endpoint: url, tls: tls, reach: reach).exchange(request, timeout: Self.timeout)
        } catch {
            throw ProviderFault("\(url.authority): \(error)")
        }
        guard response.status == 200 else { throw ProviderFault("\(url.authority) answers \(response.status)") }
        guard !response.isTruncated, response.body.count <= Self.bytesMax else {
            throw ProviderFault("\(url.authority) answers with more than \(Self.bytesMax) bytes")
        }
        return response.body
    }
}
