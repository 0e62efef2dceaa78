using System.Text.Json;
using System.Text.Json.Nodes;
using Serverless.Local.Search.Queries;
using Serverless.Local.Search.Schema;

namespace Serverless.Local.Search;

/// <summary>Writes AI Search's JSON answers.</summary>
internal static class SearchResponseWriter
{
    public static JsonObject Index(IndexSchema schema, string etag, string service)
    {
        var body = new JsonObject { ["@odata.context"] = $"{service}/$metadata#indexes/$entity", ["@odata.etag"] = etag };
        foreach (var (name, value) in schema.Definition)
            body[name] = value?.DeepClone();
        return body;
    }

    public static void Results(Utf8JsonWriter writer, IReadOnlyList<IndexActionResult> results)
    {
        writer.WriteStartObject();
        writer.WriteStartArray("value");
        foreach (var result in results)
        {
            writer.WriteStartObject();
            writer.WriteString("key", result.Key);
            writer.WriteBoolean("status", result.Succeeded);
            writer.WriteString("errorMessage", result.ErrorMessage);
            writer.WriteNumber("statusCode", result.StatusCode);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    /// <param name="request">The request as it came: the next page's parameters are the same but for skip and top.</param>
    public static void Page(Utf8JsonWriter writer, IndexSchema schema, SearchRequest parsed, JsonElement request, SearchPage page, string service)
    {
        var fields = Selected(schema, parsed.Select);
        var root = $"{service}/indexes('{schema.Name}')";
        writer.WriteStartObject();
        writer.WriteString("@odata.context", $"{root}/$metadata#docs(*)");
        if (parsed.Count)
            writer.WriteNumber("@odata.count", page.Total);
        if (page.Facets.Count > 0)
            Facets(writer, page);
        if (page.NextSkip is { } skip)
        {
            var next = JsonObject.Create(request.Clone())!;
            next["skip"] = skip;
            if (page.NextTop is { } top)
                next["top"] = top;
            writer.WritePropertyName("@search.nextPageParameters");
            next.WriteTo(writer);
        }

        writer.WriteStartArray("value");
        foreach (var (document, score) in page.Items)
        {
            writer.WriteStartObject();
            writer.WriteNumber("@search.score", score);
            Fields(writer, fields, document);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        if (page.NextSkip is not null)
            writer.WriteString("@odata.nextLink", $"{root}/docs/search.post.search?api-version=2023-11-01");
        writer.WriteEndObject();
    }

    public static void Document(Utf8JsonWriter writer, IndexSchema schema, IReadOnlyList<string> select, IndexedDocument document, string service)
    {
        writer.WriteStartObject();
        writer.WriteString("@odata.context", $"{service}/indexes('{schema.Name}')/$metadata#docs(*)/$entity");
        Fields(writer, Selected(schema, select), document);
        writer.WriteEndObject();
    }

    private static void Facets(Utf8JsonWriter writer, SearchPage page)
    {
        writer.WriteStartObject("@search.facets");
        foreach (var (name, values) in page.Facets)
        {
            writer.WriteStartArray(name);
            foreach (var (value, count) in values)
            {
                writer.WriteStartObject();
                writer.WriteNumber("count", count);
                writer.WritePropertyName("value");
                FieldValue.Write(writer, value);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        }

        writer.WriteEndObject();
    }

    private static IndexField[] Selected(IndexSchema schema, IReadOnlyList<string> select)
    {
        if (select.Count == 0 || (select.Count == 1 && select[0] == "*"))
            return [.. schema.Fields.Where(field => field.IsRetrievable)];
        return [.. select.Distinct(StringComparer.Ordinal).Select(name =>
        {
            var field = schema.Find(name) ?? throw SearchException.BadRequest($"Invalid expression: Could not find a property named '{name}' on index '{schema.Name}' for 'select'.");
            return field.IsRetrievable ? field : throw SearchException.BadRequest($"The field '{name}' in 'select' is not retrievable.");
        })];
    }

    private static void Fields(Utf8JsonWriter writer, IndexField[] fields, IndexedDocument document)
    {
        foreach (var field in fields)
        {
            writer.WritePropertyName(field.Name);
            FieldValue.Write(writer, document.Values[field.Ordinal]);
        }
    }
}
