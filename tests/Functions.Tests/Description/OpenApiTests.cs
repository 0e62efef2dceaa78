using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Json.Schema;
using Microsoft.OpenApi;
using Serverless.Functions.Description;
using Serverless.Functions.Hosting;
using Serverless.Functions.Tests.Hosting;

namespace Serverless.Functions.Tests.Description;

/// <summary>The API's description against the functions, the documentation and a reader of OpenAPI.</summary>
[Collection("gateway")]
public sealed partial class OpenApiTests(AzuriteFixture azurite)
{
    private static readonly JsonObject Document = OpenApiDescription.Create([new("/health"), new("/health/ready"), new("/openapi.json"), new("/docs"), new("/docs/*"), new("/web-chat/*")]);

    [Fact]
    public void Functions_OfTheApp_AreAllDescribedAndNoOthers() =>
        Assert.Equal(HttpFunctions.All.Keys.Order(StringComparer.Ordinal), ApiOperations.All.Keys.Order(StringComparer.Ordinal));

    [Fact]
    public void Routes_ThatTheHostIsToldOf_AreThoseOfTheDocument()
    {
        var listed = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Deployment", "functions.txt"))
            .Select(line => line.Split(' ')).Where(f => f[1] == "httpTrigger")
            .SelectMany(f => f[2].Split(',').Select(method => $"{method} {Placeholder().Replace(f[3], "{$1}")}"));
        var described = Document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject().Select(operation => $"{operation.Key} {path.Key}"));
        Assert.Equal(listed.Order(StringComparer.Ordinal), described.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Document_ToAReaderOfOpenApi_HasNoErrors()
    {
        var read = OpenApiDocument.Parse(Document.ToJsonString(), "json");
        Assert.Empty(read.Diagnostic!.Errors.Select(e => $"{e.Pointer}: {e.Message}"));
        Assert.Equal(HttpFunctions.All.Values.Select(f => Placeholder().Replace(f.Route, "{$1}")).Distinct().Count(), read.Document!.Paths.Count);
    }

    [Fact]
    public void Document_ToTheSpecification_HasItsObjects()
    {
        Assert.Empty(Wrong(OpenApiRules.Document, Document));
        // The rules are some: without its responses an operation is none.
        var broken = Document.DeepClone();
        broken["paths"]!["/v1/chat/completions"]!["post"]!.AsObject().Remove("responses");
        Assert.NotEmpty(Wrong(OpenApiRules.Document, broken));
    }

    /// <summary>Schemas of 3.1 are JSON Schema 2020-12: those of the components, of parameters and of bodies.</summary>
    [Fact]
    public void Schemas_OfTheDocument_AreJsonSchema()
    {
        var schemas = Nodes(Document["paths"]!).OfType<JsonObject>().Select(o => o["schema"]).Concat(Document["components"]!["schemas"]!.AsObject().Select(s => s.Value)).OfType<JsonObject>().ToList();
        Assert.True(schemas.Count > 100, $"{schemas.Count} schemas");
        foreach (var schema in schemas) Assert.Empty(Wrong(MetaSchemas.Draft202012, schema));
        Assert.NotEmpty(Wrong(MetaSchemas.Draft202012, JsonNode.Parse("""{"type":"text"}""")!));
    }

    [Fact]
    public void References_OfTheDocument_LeadSomewhere()
    {
        var references = Nodes(Document).OfType<JsonObject>().Select(o => o["$ref"]).OfType<JsonValue>().Select(r => r.GetValue<string>()).Distinct().ToList();
        Assert.Contains("#/components/schemas/ChatCompletionRequest", references);
        foreach (var reference in references)
        {
            JsonNode? at = Document;
            foreach (var step in reference.Split('/').Skip(1)) at = at is JsonArray list ? list[int.Parse(step, System.Globalization.CultureInfo.InvariantCulture)] : at?[step];
            Assert.True(at is not null, reference);
        }
    }

    [Fact]
    public void Identifiers_OfOperations_AreUnique()
    {
        var ids = Document["paths"]!.AsObject().SelectMany(p => p.Value!.AsObject()).Select(o => (string)o.Value!["operationId"]!).ToList();
        Assert.Equal(ids.Count, ids.Distinct().Count());
    }

    [Fact]
    public void Schemas_OfRequests_NameTheWiresFields()
    {
        var chat = Document["components"]!["schemas"]!["ChatCompletionRequest"]!["properties"]!.AsObject();
        Assert.Subset(chat.Select(p => p.Key).ToHashSet(), new HashSet<string> { "model", "messages", "max_tokens", "max_completion_tokens", "stream", "top_logprobs", "logit_bias" });
        Assert.Equal(["name", "route_type"], Document["components"]!["schemas"]!["RouteBody"]!["required"]!.AsArray().Select(r => (string)r!));
        Assert.Contains("oneOf", chat["stop"]!.AsObject().Select(p => p.Key));
        foreach (var field in new[] { "max_tokens", "n", "seed" }) Assert.Contains("integer", chat[field]!["type"]!.ToJsonString(), StringComparison.Ordinal);
    }

    /// <summary>Requests that docs/ shows, as <c>`METHOD /path {json}`</c>: there is such an operation, and its body has such fields.</summary>
    [Fact]
    public void Requests_InTheDocumentation_FitTheDocument()
    {
        var root = typeof(OpenApiTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "RepositoryRoot").Value!;
        var samples = Directory.EnumerateFiles(Path.Combine(root, "docs"), "*.md", SearchOption.AllDirectories).Append(Path.Combine(root, "README.md"))
            .SelectMany(file => Sample().Matches(File.ReadAllText(file))).Select(m => (Method: m.Groups[1].Value, Path: m.Groups[2].Value, Body: Parse(m.Groups[3].Value))).ToList();
        Assert.True(samples.Count(s => s.Body is not null) >= 2, $"{samples.Count} samples");
        foreach (var (method, path, body) in samples)
        {
            var operation = Document["paths"]!.AsObject().Where(p => Regex.IsMatch(path, $"^{Regex.Replace(p.Key, @"\{\w+\}", @"[^/]+")}$")).Select(p => p.Value![method.ToLowerInvariant()]).FirstOrDefault(o => o is not null);
            Assert.True(operation is not null, $"{method} {path}");
            if (body is null) continue;
            var schema = operation["requestBody"]!["content"]!["application/json"]!["schema"]!;
            if (schema["$ref"] is { } reference) schema = Document["components"]!["schemas"]![((string)reference!).Split('/')[^1]]!;
            if (schema["properties"] is not JsonObject properties) continue;
            Assert.Empty(body.Select(f => f.Key).Except(properties.Select(p => p.Key)));
            Assert.Empty((schema["required"] as JsonArray ?? []).Select(r => (string)r!).Except(body.Select(f => f.Key)));
        }
    }

    [Fact]
    public async Task Description_WithoutAKey_IsForAnybody()
    {
        await using var host = await GatewayHost.StartAsync(azurite, new() { ["Gateway:AnonymousAccess"] = "none", ["Gateway:OperatorKey"] = GatewayHost.OperatorKey });
        var document = await host.GetAsync("/openapi.json");
        Assert.Equal((200, "3.1.1"), (document.Status, document.Json.GetProperty("openapi").GetString()));
        Assert.Equal(Document.ToJsonString().Length, JsonNode.Parse(document.Body)!.ToJsonString().Length);
        Assert.Equal(
            ["Docs", "DocsHead", "DocsScript", "DocsScriptHead", "Health", "HealthHead", "HealthReady", "HealthReadyHead", "OpenApi", "OpenApiHead", "Preflight", "WebChatSettings", "WebChatSettingsHead", "WebChatSite", "WebChatSiteHead"],
            JsonNode.Parse(document.Body)!["paths"]!.AsObject().SelectMany(p => p.Value!.AsObject()).Where(o => o.Value!["security"] is JsonArray { Count: 0 }).Select(o => (string)o.Value!["operationId"]!).Order(StringComparer.Ordinal));

        using var page = await host.Http.GetAsync("/docs");
        var html = await page.Content.ReadAsStringAsync();
        Assert.Equal("text/html", page.Content.Headers.ContentType!.MediaType);
        Assert.Contains("/docs/scalar.js", html, StringComparison.Ordinal);
        Assert.DoesNotContain("://", html, StringComparison.Ordinal);
        Assert.Contains("default-src 'self'", page.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);

        var script = await host.Http.GetStringAsync("/docs/scalar.js");
        Assert.Contains("createApiReference", script, StringComparison.Ordinal);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/docs/scalar.js") { Headers = { { "Accept-Encoding", "gzip" } } };
        using var packed = await host.Http.SendAsync(request);
        await using var unpacked = new System.IO.Compression.GZipStream(await packed.Content.ReadAsStreamAsync(), System.IO.Compression.CompressionMode.Decompress);
        Assert.Equal(script, await new StreamReader(unpacked).ReadToEndAsync());
        Assert.True(packed.Content.Headers.ContentLength < script.Length / 2);
    }

    private static IEnumerable<string> Wrong(JsonSchema schema, JsonNode document)
    {
        var found = schema.Evaluate(JsonSerializer.SerializeToElement(document), new EvaluationOptions { OutputFormat = OutputFormat.List });
        return found.IsValid ? [] : (found.Details ?? []).Where(d => d.Errors is not null).SelectMany(d => d.Errors!.Select(e => $"{d.InstanceLocation}: {e.Value}"));
    }

    private static JsonObject? Parse(string body)
    {
        try
        {
            return JsonNode.Parse(body)?.AsObject();
        }
        catch (JsonException)
        {
            // A sketch of a body, with question marks and dots.
            return null;
        }
    }

    private static IEnumerable<JsonNode> Nodes(JsonNode node) => node switch
    {
        JsonObject members => members.Where(m => m.Value is not null).SelectMany(m => Nodes(m.Value!)).Prepend(node),
        JsonArray items => items.Where(i => i is not null).SelectMany(i => Nodes(i!)).Prepend(node),
        _ => [node],
    };

    [GeneratedRegex(@"\{\*?(\w+)[^}]*\}")]
    private static partial Regex Placeholder();

    [GeneratedRegex(@"`(GET|POST|PUT|PATCH|DELETE) (/[^\s`?{.]*[^\s`?]*) (\{[^`]*\})`")]
    private static partial Regex Sample();
}
