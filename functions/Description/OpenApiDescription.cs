using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Serverless.Contracts;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Description;

/// <summary>The API as an OpenAPI 3.1 document: routes and methods are the functions' own, shapes the wire's types, and words those of <see cref="ApiOperations"/>.</summary>
internal static partial class OpenApiDescription
{
    /// <param name="publicPaths">Those that need no key.</param>
    public static JsonObject Create(IReadOnlyList<PublicPath> publicPaths)
    {
        var schemas = new WireSchemas();
        var paths = new JsonObject();
        foreach (var path in HttpFunctions.All.Values.GroupBy(f => PathOf(f.Route)).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            paths[path.Key] = new JsonObject(
                from function in path
                from method in function.Methods
                orderby method
                select KeyValuePair.Create(method, (JsonNode?)Operation(function, method, ApiOperations.All[function.Name], schemas, IsPublic(path.Key, method, publicPaths))));
        }

        return new JsonObject
        {
            ["openapi"] = "3.1.1",
            ["info"] = new JsonObject
            {
                ["title"] = "Serverless",
                ["version"] = "1",
                ["description"] = "An LLM gateway and a document-ingestion pipeline. Errors are {\"error\": {code, message, type, param}}; every answer has x-request-id.",
            },
            ["security"] = new JsonArray(new JsonObject { ["bearer"] = new JsonArray() }, new JsonObject { ["apiKey"] = new JsonArray() }),
            ["tags"] = new JsonArray([.. ApiOperations.All.Values.Select(o => o.Tag).Distinct().Select(tag => new JsonObject { ["name"] = tag })]),
            ["paths"] = paths,
            ["components"] = new JsonObject
            {
                ["securitySchemes"] = new JsonObject
                {
                    ["bearer"] = new JsonObject { ["type"] = "http", ["scheme"] = "bearer" },
                    ["apiKey"] = new JsonObject { ["type"] = "apiKey", ["in"] = "header", ["name"] = "x-api-key" },
                },
                ["schemas"] = schemas.Components,
            },
        };
    }

    /// <summary>A route's template without constraints and catch-alls, which OpenAPI has no word for: <c>/collections/{collection}/documents/{path}</c>.</summary>
    private static string PathOf(string route) => Placeholder().Replace(route, "{$1}");

    /// <summary>The function's name; with the method's where that is not the only one. HEAD goes where GET goes.</summary>
    private static string IdOf(HttpFunction function, string method) =>
        method == "head" || function.Methods.Count(m => m != "head") > 1 ? $"{function.Name}{char.ToUpperInvariant(method[0])}{method[1..]}" : function.Name;

    /// <summary>Whether it needs no key. A browser asks what it may send before it sends one.</summary>
    private static bool IsPublic(string path, string method, IReadOnlyList<PublicPath> publicPaths) => method == "options" || publicPaths.Any(p => p.Matches(path));

    private static JsonObject Operation(HttpFunction function, string method, ApiOperation words, WireSchemas schemas, bool isPublic)
    {
        var operation = new JsonObject
        {
            ["operationId"] = IdOf(function, method),
            ["tags"] = new JsonArray(words.Tag),
            ["summary"] = words.Summary,
            ["parameters"] = Parameters(function, words),
        };
        if (words.Body is { } body && method is not ("get" or "head"))
            operation["requestBody"] = new JsonObject { ["content"] = new JsonObject { ["application/json"] = new JsonObject { ["schema"] = schemas.Reference(body) } } };
        operation["responses"] = new JsonObject
        {
            [words.Status.ToString(CultureInfo.InvariantCulture)] = Answer(words, method, schemas),
            ["default"] = new JsonObject
            {
                ["description"] = "It was refused, or failed.",
                ["content"] = new JsonObject { ["application/json"] = new JsonObject { ["schema"] = schemas.Reference(typeof(ErrorBody)) } },
            },
        };
        if (isPublic) operation["security"] = new JsonArray();
        return operation;
    }

    private static JsonArray Parameters(HttpFunction function, ApiOperation words) =>
    [
        .. Placeholder().Matches(function.Route).Select(m => Parameter(m.Groups[1].Value, "path", isRequired: true)),
        .. words.Query.Select(name => Parameter(name, "query", isRequired: false)),
    ];

    private static JsonObject Parameter(string name, string place, bool isRequired) => new()
    {
        ["name"] = name,
        ["in"] = place,
        ["required"] = isRequired,
        ["schema"] = new JsonObject { ["type"] = "string" },
    };

    private static JsonObject Answer(ApiOperation words, string method, WireSchemas schemas)
    {
        var answer = new JsonObject { ["description"] = words.Status == 202 ? "It is under way." : "It is done." };
        if (method == "head" || words.Status == 204) return answer;
        answer["content"] = new JsonObject(words.Produces.Select(type => KeyValuePair.Create(
            type, (JsonNode?)(type == "application/json" && words.Answer is { } shape ? new JsonObject { ["schema"] = schemas.Reference(shape) } : new JsonObject()))));
        return answer;
    }

    [GeneratedRegex(@"\{\*?(\w+)[^}]*\}", RegexOptions.CultureInvariant)]
    private static partial Regex Placeholder();
}
