using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Serverless.Local.Search.Queries;

namespace Serverless.Local.Search;

/// <summary>The REST surface, in the OData spelling that the SDK uses: <c>/indexes('name')/docs('key')</c>.</summary>
internal sealed class SearchEndpoints(SearchService service, SearchEmulatorOptions options, SearchFaults faults)
{
    private const int MaxActions = 1000;

    private readonly SearchAccess _access = new(options);

    public void Map(WebApplication app)
    {
        app.Use(Guard);
        app.MapGet("/servicestats", ServiceStatistics);
        app.MapGet("/indexes", List);
        app.MapPost("/indexes", Create);
        app.MapPut("/indexes('{index}')", Put);
        app.MapGet("/indexes('{index}')", Get);
        app.MapDelete("/indexes('{index}')", Delete);
        app.MapGet("/indexes('{index}')/search.stats", Statistics);
        app.MapPost("/indexes('{index}')/docs/search.index", Index);
        app.MapPost("/indexes('{index}')/docs/search.post.search", Search);
        app.MapGet("/indexes('{index}')/docs/$count", Count);
        app.MapGet("/indexes('{index}')/docs('{key}')", Lookup);
        app.MapFallback(context => throw SearchException.Unsupported($"{context.Request.Method} {context.Request.Path}"));
    }

    private static Task WriteErrorAsync(HttpContext context, int status, string code, string message)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(new { error = new { code, message } }, context.RequestAborted);
    }

    private async Task Guard(HttpContext context, RequestDelegate next)
    {
        try
        {
            if (faults.TakeRequest() is { } fault)
            {
                if (fault.RetryAfter is { } delay)
                    context.Response.Headers.RetryAfter = ((int)Math.Ceiling(delay.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
                await WriteErrorAsync(context, fault.Status, "", "Injected fault.");
                return;
            }

            _access.ThrowUnlessAllowed(context.Request);
            if (string.IsNullOrEmpty(context.Request.Query["api-version"]))
                throw SearchException.BadRequest("The query parameter 'api-version' is required.", "MissingApiVersionParameter");
            await next(context);
        }
        catch (SearchException refused)
        {
            await WriteErrorAsync(context, refused.Status, refused.Code, refused.Message);
        }
        catch (BadHttpRequestException refused)
        {
            await WriteErrorAsync(context, refused.StatusCode, "", refused.StatusCode == 413 ? "The request body is larger than 16 MB." : "The request cannot be read.");
        }
        catch (Microsoft.Data.Sqlite.SqliteException failure)
        {
            // A full disk, say: nothing was written, and whoever asked tries again.
            await WriteErrorAsync(context, 503, "ServiceUnavailable", $"The emulator's database cannot be used (SQLite {failure.SqliteErrorCode}).");
        }
        catch (JsonException)
        {
            await WriteErrorAsync(context, 400, "", "The request body is not valid JSON.");
        }
    }

    private static string Service(HttpContext context) => $"https://{context.Request.Host}";

    private static string IndexName(HttpContext context) => (string)context.Request.RouteValues["index"]!;

    private static string? Header(HttpContext context, string name) => context.Request.Headers.TryGetValue(name, out var value) ? value.ToString() : null;

    private static async Task WriteAsync(HttpContext context, int status, Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
            write(writer);
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json; odata.metadata=none";
        context.Response.ContentLength = buffer.Length;
        await context.Response.Body.WriteAsync(buffer.GetBuffer().AsMemory(0, (int)buffer.Length), context.RequestAborted);
    }

    private static async Task<JsonObject> ReadDefinitionAsync(HttpContext context) =>
        await JsonNode.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted) as JsonObject
        ?? throw SearchException.BadRequest("The index definition must be a JSON object.");

    private Task ServiceStatistics(HttpContext context) => context.Response.WriteAsJsonAsync(new
    {
        counters = new Dictionary<string, object>
        {
            ["documentCount"] = new { usage = service.List().Sum(index => (long)service.Count(index.Schema.Name)), quota = (long?)null },
            ["indexesCount"] = new { usage = service.List().Count, quota = (long?)null },
            ["indexersCount"] = new { usage = 0, quota = (long?)null },
            ["dataSourcesCount"] = new { usage = 0, quota = (long?)null },
            ["storageSize"] = new { usage = service.List().Sum(index => service.Statistics(index.Schema.Name).Bytes), quota = (long?)null },
            ["synonymMaps"] = new { usage = 0, quota = (long?)null },
            ["skillsetCount"] = new { usage = 0, quota = (long?)null },
            ["vectorIndexSize"] = new { usage = service.List().Sum(index => service.Statistics(index.Schema.Name).VectorBytes), quota = (long?)null },
        },
        limits = new { maxFieldsPerIndex = 1000, maxFieldNestingDepthPerIndex = 10, maxComplexCollectionFieldsPerIndex = 0, maxComplexObjectsInCollectionsPerDocument = 0 },
    });

    private async Task List(HttpContext context)
    {
        var namesOnly = context.Request.Query["$select"] == "name";
        var value = new JsonArray([.. service.List().Select(index => (JsonNode)(namesOnly ? new JsonObject { ["name"] = index.Schema.Name } : SearchResponseWriter.Index(index.Schema, index.ETag, Service(context))))]);
        await context.Response.WriteAsJsonAsync(new JsonObject { ["@odata.context"] = $"{Service(context)}/$metadata#indexes", ["value"] = value });
    }

    private async Task Create(HttpContext context)
    {
        var (schema, etag, _) = service.Put(await ReadDefinitionAsync(context), allowUpdate: false, null, null);
        context.Response.StatusCode = 201;
        context.Response.Headers.ETag = etag;
        await context.Response.WriteAsJsonAsync(SearchResponseWriter.Index(schema, etag, Service(context)));
    }

    private async Task Put(HttpContext context)
    {
        var definition = await ReadDefinitionAsync(context);
        if (definition["name"]?.ToString() is { } name && name != IndexName(context))
            throw SearchException.BadRequest("The index name in the path and the one in the body differ.");
        definition["name"] = IndexName(context);
        var (schema, etag, created) = service.Put(definition, allowUpdate: true, Header(context, "If-Match"), Header(context, "If-None-Match"));
        context.Response.StatusCode = created ? 201 : 200;
        context.Response.Headers.ETag = etag;
        await context.Response.WriteAsJsonAsync(SearchResponseWriter.Index(schema, etag, Service(context)));
    }

    private Task Get(HttpContext context)
    {
        var (schema, etag) = service.Get(IndexName(context));
        context.Response.Headers.ETag = etag;
        return context.Response.WriteAsJsonAsync(SearchResponseWriter.Index(schema, etag, Service(context)));
    }

    private Task Delete(HttpContext context)
    {
        service.Delete(IndexName(context), Header(context, "If-Match"));
        context.Response.StatusCode = 204;
        return Task.CompletedTask;
    }

    private Task Statistics(HttpContext context)
    {
        var (documents, bytes, vectorBytes) = service.Statistics(IndexName(context));
        return context.Response.WriteAsJsonAsync(new { documentCount = documents, storageSize = bytes, vectorIndexSize = vectorBytes });
    }

    private async Task Index(HttpContext context)
    {
        using var body = await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
        if (body.RootElement.ValueKind != JsonValueKind.Object || !body.RootElement.TryGetProperty("value", out var value) || value.ValueKind != JsonValueKind.Array)
            throw SearchException.BadRequest("The indexing batch needs 'value', an array of actions.");
        if (value.GetArrayLength() == 0)
            throw SearchException.BadRequest("No indexing actions found in the request.");
        if (value.GetArrayLength() > MaxActions)
            throw new SearchException(413, $"The indexing batch has {value.GetArrayLength()} actions; {MaxActions} are permitted.");
        var results = service.Apply(IndexName(context), [.. value.EnumerateArray().Select(ReadAction)], faults.TakeAction);
        await WriteAsync(context, results.TrueForAll(result => result.Succeeded) ? 200 : 207, writer => SearchResponseWriter.Results(writer, results));
    }

    private static IndexAction ReadAction(JsonElement action)
    {
        if (action.ValueKind != JsonValueKind.Object)
            throw SearchException.BadRequest("Each indexing action must be an object.");
        var kind = action.TryGetProperty("@search.action", out var named) ? named.GetRawText().Trim('"') : "upload";
        return kind is "upload" or "merge" or "mergeOrUpload" or "delete"
            ? new IndexAction(kind, action)
            : throw SearchException.BadRequest("'@search.action' is invalid: upload, merge, mergeOrUpload and delete are permitted.");
    }

    private async Task Search(HttpContext context)
    {
        using var body = await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
        var request = SearchRequest.Parse(body.RootElement);
        var (schema, page) = service.Search(IndexName(context), request);
        await WriteAsync(context, 200, writer => SearchResponseWriter.Page(writer, schema, request, body.RootElement, page, Service(context)));
    }

    private Task Count(HttpContext context) => context.Response.WriteAsync(service.Count(IndexName(context)).ToString(CultureInfo.InvariantCulture), context.RequestAborted);

    private Task Lookup(HttpContext context)
    {
        var key = ((string)context.Request.RouteValues["key"]!).Replace("''", "'", StringComparison.Ordinal);
        var select = context.Request.Query["$select"].ToString().Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var (schema, document) = service.Lookup(IndexName(context), key);
        return WriteAsync(context, 200, writer => SearchResponseWriter.Document(writer, schema, select, document, Service(context)));
    }
}
