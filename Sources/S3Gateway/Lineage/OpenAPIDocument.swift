// Why this file exists: the API's description for programs, made from its table. docs/openapi.json is a copy of it that
// a test keeps equal.
import Lineage
import ObjectCore

/// Writes the OpenAPI document. See: https://spec.openapis.org/oas/v3.1.0
enum OpenAPIDocument {
    static let value: JSONDocument = .members([
        "openapi": .text("3.1.0"),
        "info": .members([
            "title": .text("Cairn lineage"), "version": .text("1"),
            "description": .text(
                "What was made from what, told by the store that holds it. On the address of S3; requests are signed "
                    + "with AWS signature version 4 for the service s3. Parts of an answer that are missing are named "
                    + "in `gaps`, and `isPartial` is true then."),
        ]),
        "tags": .array(LineageRoute.Tag.allCases.map { .members(["name": .text($0.rawValue)]) }),
        "paths": paths,
        "components": components,
    ])

    private static var paths: JSONDocument {
        var paths: [JSONDocument.Member] = []
        for route in LineageRoutes.all {
            let name = route.path.replacing("*}", with: "}")
            let method = route.method.rawValue.lowercased()
            if let index = paths.firstIndex(where: { $0.name == name }) {
                paths[index].value.set(method, operation(route))
            } else {
                paths.append(.init(name, .object([.init(method, operation(route))])))
            }
        }
        return .object(paths)
    }

    private static func operation(_ route: LineageRoute) -> JSONDocument {
        let security: JSONDocument
        switch route.access {
        case .open: security = .array([])
        case .signed: security = .array([.members(["signature": .array([])])])
        case .signedOrBearer:
            security = .array([.members(["signature": .array([])]), .members(["bearer": .array([])])])
        }
        let content = JSONDocument.object(route.produces.map { .init($0, .object([])) })
        return .members([
            "operationId": .text(route.name), "summary": .text(route.summary),
            "tags": .array([.text(route.tag.rawValue)]), "security": security,
            "parameters": route.parameters.isEmpty ? nil : .array(route.parameters.map(parameter)),
            "requestBody": route.body.map { text in
                .members([
                    "description": .text(text),
                    "content": .members(["application/json": .members(["schema": .object([])])]),
                ])
            },
            "responses": .members([
                "2XX": .members(["description": .text("The answer."), "content": content]),
                "default": .members(["$ref": .text("#/components/responses/Refusal")]),
            ]),
        ])
    }

    private static func parameter(_ parameter: LineageRoute.Parameter) -> JSONDocument {
        .members([
            "name": .text(parameter.name), "in": .text(parameter.isInPath ? "path" : "query"),
            "required": .boolean(parameter.isRequired || parameter.isInPath),
            "description": .text(parameter.help), "schema": .members(["type": .text(parameter.type)]),
        ])
    }

    private static var components: JSONDocument {
        let text = JSONDocument.members(["type": .text("string")])
        let error = JSONDocument.members([
            "type": .text("object"), "required": .array([.text("error")]),
            "properties": .members([
                "error": .members([
                    "type": .text("object"), "required": .array([.text("code"), .text("message")]),
                    "properties": .members(["code": text, "message": text, "requestId": text]),
                ])
            ]),
        ])
        return .members([
            "responses": .members([
                "Refusal": .members([
                    "description": .text("Why not."),
                    "content": .members(["application/json": .members(["schema": error])]),
                ])
            ]),
            "securitySchemes": .members([
                "signature": .members([
                    "type": .text("apiKey"), "in": .text("header"), "name": .text("Authorization"),
                    "description": .text("AWS signature version 4, service s3."),
                ]),
                "bearer": .members([
                    "type": .text("http"), "scheme": .text("bearer"),
                    "description": .text("A token that sends events and nothing else: `cairn lineage token`."),
                ]),
            ]),
        ])
    }
}

extension LineageRoutes {
    static let description: [LineageRoute] = [
        LineageRoute(
            method: .get, path: "/_cairn/openapi.json", name: "openapi", tag: .description, summary: "This document",
            access: .open,
            perform: .walking { _ throws(LineageRefusal) in
                LineageReply(Array(OpenAPIDocument.value.pretty.utf8) + [0x0A], contentType: "application/json")
            })
    ]
}
