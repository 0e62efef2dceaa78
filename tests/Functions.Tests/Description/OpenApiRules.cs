using Json.Schema;

namespace Serverless.Functions.Tests.Description;

/// <summary>
/// What the OpenAPI Specification 3.1.1 says of the objects that our description has ("OpenAPI Object" to "Security Requirement Object"), as a JSON Schema: members that must be there, none that
/// are not known, and the words of those that are enumerations. Schemas in it are JSON Schema's own.
/// </summary>
internal static class OpenApiRules
{
    public static JsonSchema Document { get; } = JsonSchema.FromText("""
        {
          "$schema": "https://json-schema.org/draft/2020-12/schema",
          "type": "object",
          "required": ["openapi", "info", "paths"],
          "properties": {
            "openapi": {"pattern": "^3\\.1\\.\\d+$"},
            "info": {"type": "object", "required": ["title", "version"], "properties": {"title": {"type": "string"}, "version": {"type": "string"}, "description": {"type": "string"}, "summary": {"type": "string"}}, "additionalProperties": false},
            "servers": {"type": "array", "items": {"type": "object", "required": ["url"]}},
            "tags": {"type": "array", "items": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}, "description": {"type": "string"}}, "additionalProperties": false}},
            "security": {"$ref": "#/$defs/security"},
            "paths": {"type": "object", "propertyNames": {"pattern": "^/"}, "additionalProperties": {"$ref": "#/$defs/path"}},
            "components": {
              "type": "object",
              "properties": {
                "schemas": {"$ref": "#/$defs/named"},
                "responses": {"$ref": "#/$defs/named"},
                "parameters": {"$ref": "#/$defs/named"},
                "securitySchemes": {"type": "object", "additionalProperties": {"$ref": "#/$defs/scheme"}}
              },
              "additionalProperties": false
            }
          },
          "additionalProperties": false,
          "$defs": {
            "named": {"type": "object", "propertyNames": {"pattern": "^[a-zA-Z0-9._-]+$"}},
            "security": {"type": "array", "items": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}}},
            "path": {
              "type": "object",
              "properties": {"parameters": {"type": "array", "items": {"$ref": "#/$defs/parameter"}}},
              "patternProperties": {"^(get|put|post|delete|options|head|patch|trace)$": {"$ref": "#/$defs/operation"}},
              "additionalProperties": false
            },
            "operation": {
              "type": "object",
              "required": ["operationId", "responses"],
              "properties": {
                "tags": {"type": "array", "items": {"type": "string"}},
                "summary": {"type": "string"},
                "description": {"type": "string"},
                "operationId": {"type": "string"},
                "deprecated": {"type": "boolean"},
                "parameters": {"type": "array", "items": {"$ref": "#/$defs/parameter"}, "uniqueItems": true},
                "requestBody": {"type": "object", "required": ["content"], "properties": {"content": {"$ref": "#/$defs/content"}, "required": {"type": "boolean"}, "description": {"type": "string"}}, "additionalProperties": false},
                "responses": {"type": "object", "minProperties": 1, "patternProperties": {"^([1-5](\\d\\d|XX)|default)$": {"$ref": "#/$defs/response"}}, "additionalProperties": false},
                "security": {"$ref": "#/$defs/security"}
              },
              "additionalProperties": false
            },
            "parameter": {
              "type": "object",
              "oneOf": [
                {"required": ["$ref"], "properties": {"$ref": {"type": "string"}}},
                {
                  "required": ["name", "in", "schema"],
                  "properties": {"name": {"type": "string"}, "in": {"enum": ["query", "header", "path", "cookie"]}, "required": {"type": "boolean"}, "description": {"type": "string"}, "schema": {"type": ["object", "boolean"]}},
                  "additionalProperties": false,
                  "if": {"properties": {"in": {"const": "path"}}},
                  "then": {"required": ["required"], "properties": {"required": {"const": true}}}
                }
              ]
            },
            "response": {
              "type": "object",
              "oneOf": [
                {"required": ["$ref"], "properties": {"$ref": {"type": "string"}}},
                {"required": ["description"], "properties": {"description": {"type": "string"}, "headers": {"type": "object"}, "content": {"$ref": "#/$defs/content"}}, "additionalProperties": false}
              ]
            },
            "content": {"type": "object", "propertyNames": {"pattern": "^[a-z*]+/[a-z0-9.+*-]+$"}, "additionalProperties": {"type": "object", "properties": {"schema": {"type": ["object", "boolean"]}, "example": true, "examples": {"type": "object"}}, "additionalProperties": false}},
            "scheme": {
              "type": "object",
              "required": ["type"],
              "properties": {"type": {"enum": ["apiKey", "http", "mutualTLS", "oauth2", "openIdConnect"]}, "description": {"type": "string"}, "name": {"type": "string"}, "in": {"enum": ["query", "header", "cookie"]}, "scheme": {"type": "string"}, "bearerFormat": {"type": "string"}},
              "additionalProperties": false,
              "allOf": [
                {"if": {"properties": {"type": {"const": "apiKey"}}}, "then": {"required": ["name", "in"]}},
                {"if": {"properties": {"type": {"const": "http"}}}, "then": {"required": ["scheme"]}}
              ]
            }
          }
        }
        """);
}
