// Why this file exists: a name in a bucket policy that S3 does not know means nothing, which is worst in a deny. So the
// actions and the condition keys that there are stand here, as AWS lists them, and others are refused.
// See: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
// See: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html

enum S3PolicyNames {
    /// Whether a name, or some name that fits a pattern, is an action of S3.
    /// - Parameter name: in lower case, without `s3:`.
    static func isAction(_ name: String) -> Bool { isAction(name, among: actions) }

    /// The same for Cairn's own actions on a bucket.
    /// - Parameter name: in lower case, without `cairn:`.
    static func isOwnAction(_ name: String) -> Bool { isAction(name, among: ownActions) }

    private static func isAction(_ name: String, among actions: Set<String>) -> Bool {
        if actions.contains(name) { return true }
        guard name.utf8.contains(where: { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") }),
            let pattern = try? PolicyPattern(name, wildcards: .meant, takesVariables: false)
        else { return false }
        return actions.contains { pattern.matches(Array($0.utf8)[...], in: EmptyContext()) }
    }

    private static let ownActions: Set<String> = ["getbucketcommitments", "putbucketcommitments"]

    static func isConditionKey(_ key: ConditionKey) -> Bool {
        if key.member != nil { return tagKeys.contains(key.name) }
        return conditionKeys.contains(key.name)
    }

    private static let actions: Set<String> = words(
        """
        abortmultipartupload bypassgovernanceretention createbucket createbucketmetadatatableconfiguration
        createsession deletebucket deletebucketmetadatatableconfiguration deletebucketpolicy deletebucketwebsite
        deleteobject deleteobjectannotation deleteobjecttagging deleteobjectversion deleteobjectversionannotation
        deleteobjectversiontagging getaccelerateconfiguration getanalyticsconfiguration getbucketabac getbucketacl
        getbucketcors getbucketlocation getbucketlogging getbucketmetadatatableconfiguration getbucketnotification
        getbucketobjectlockconfiguration getbucketownershipcontrols getbucketpolicy getbucketpolicystatus
        getbucketpublicaccessblock getbucketrequestpayment getbuckettagging getbucketversioning getbucketwebsite
        getencryptionconfiguration getintelligenttieringconfiguration getinventoryconfiguration
        getlifecycleconfiguration getmetricsconfiguration getobject getobjectacl getobjectannotation
        getobjectattributes getobjectlegalhold getobjectretention getobjecttagging getobjecttorrent
        getobjectversion getobjectversionacl getobjectversionannotation getobjectversionattributes
        getobjectversionforreplication getobjectversiontagging getobjectversiontorrent getreplicationconfiguration
        initiatereplication listallmybuckets listbucket listbucketmultipartuploads listbucketversions
        listmultipartuploadparts listobjectannotations listobjectversionannotations objectowneroverridetobucketowner
        pausereplication putaccelerateconfiguration putanalyticsconfiguration putbucketabac putbucketacl
        putbucketcors putbucketlogging putbucketnotification putbucketobjectlockconfiguration
        putbucketownershipcontrols putbucketpolicy putbucketpublicaccessblock putbucketrequestpayment
        putbuckettagging putbucketversioning putbucketwebsite putencryptionconfiguration
        putintelligenttieringconfiguration putinventoryconfiguration putlifecycleconfiguration
        putmetricsconfiguration putobject putobjectacl putobjectannotation putobjectlegalhold putobjectretention
        putobjecttagging putobjectversionacl putobjectversionannotation putobjectversiontagging
        putreplicationconfiguration replicatedelete replicateobject replicatetags restoreobject
        tagresource
        updatebucketmetadatainventorytableconfiguration updatebucketmetadatajournaltableconfiguration
        updateobjectencryption
        """)

    /// Keys that have a slash and the key of a tag behind them.
    private static let tagKeys: Set<String> = words(
        """
        aws:principaltag aws:requesttag aws:resourcetag s3:buckettag s3:existingobjecttag s3:requestobjecttag
        """)

    private static let conditionKeys: Set<String> = words(
        """
        aws:calledvia aws:calledviafirst aws:calledvialast aws:currenttime aws:ec2instancesourcevpc
        aws:ec2instancesourceprivateipv4 aws:epochtime aws:federatedprovider aws:ismcpserviceaction
        aws:multifactorauthage aws:multifactorauthpresent aws:principalaccount aws:principalarn
        aws:principalisawsservice aws:principalorgid aws:principalorgpaths aws:principalservicename
        aws:principalservicenameslist aws:principaltype aws:referer aws:requestedregion aws:resourceaccount
        aws:resourceorgid aws:resourceorgpaths aws:securetransport aws:sourceaccount aws:sourcearn
        aws:sourceidentity aws:sourceip aws:sourceorgid aws:sourceorgpaths aws:sourceowner aws:sourcevpc
        aws:sourcevpcarn aws:sourcevpce aws:tagkeys aws:tokenissuetime aws:useragent aws:userid aws:username
        aws:viaawsservice aws:vpceaccount aws:vpceorgid aws:vpceorgpaths aws:vpcsourceip
        s3:accessgrantsinstancearn s3:accesspointnetworkorigin s3:accesspointtag s3:authtype
        s3:dataaccesspointaccount s3:dataaccesspointarn s3:delimiter s3:destinationregion s3:if-match
        s3:if-none-match s3:inventoryaccessibleoptionalfields s3:locationconstraint s3:max-keys
        s3:object-lock-legal-hold s3:object-lock-mode s3:object-lock-remaining-retention-days
        s3:object-lock-retain-until-date s3:objectcreationoperation s3:prefix s3:requestobjecttagkeys
        s3:resourceaccount s3:signatureage s3:signatureversion s3:tlsversion s3:versionid s3:x-amz-acl
        s3:x-amz-content-sha256 s3:x-amz-copy-source s3:x-amz-grant-full-control s3:x-amz-grant-read
        s3:x-amz-grant-read-acp s3:x-amz-grant-write s3:x-amz-grant-write-acp s3:x-amz-metadata-directive
        s3:x-amz-object-ownership s3:x-amz-server-side-encryption
        s3:x-amz-server-side-encryption-aws-kms-key-id s3:x-amz-server-side-encryption-customer-algorithm
        s3:x-amz-storage-class s3:x-amz-website-redirect-location
        """)

    private static func words(_ text: String) -> Set<String> {
        Set(text.split(whereSeparator: \.isWhitespace).map { ASCII.lowercased(String($0)) })
    }
}
