using System.Text.Json;
using Serverless.Local.Search.Schema;

namespace Serverless.Local.Search.Queries;

/// <param name="Fields">The vector fields searched; each makes a ranked list of its own.</param>
internal sealed record VectorQuery(float[] Vector, int K, IReadOnlyList<string> Fields)
{
    private const int DefaultK = 50;
    private const int MaxK = 10_000;

    /// <exception cref="SearchException">The query is malformed.</exception>
    public static VectorQuery Parse(JsonElement body)
    {
        if (body.ValueKind != JsonValueKind.Object)
            throw SearchRequest.Wrong("vectorQueries", "an array of objects");
        float[]? vector = null;
        var k = DefaultK;
        IReadOnlyList<string> fields = [];
        foreach (var property in body.EnumerateObject())
        {
            switch (property.Name)
            {
                case "kind" when property.Value.ValueKind == JsonValueKind.String && property.Value.GetString() == "vector":
                case "exhaustive":
                    break;
                case "vector":
                    vector = FieldValue.ReadVector(property.Value);
                    break;
                case "k" when property.Value.ValueKind != JsonValueKind.Null:
                    k = SearchRequest.Number("k", property.Value, MaxK);
                    break;
                case "k":
                    break;
                case "fields":
                    fields = SearchRequest.Text("fields", property.Value).Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
                    break;
                default:
                    throw SearchException.Unsupported($"'{property.Name}' of a vector query with this value (kind 'vector' with vector, k, fields and exhaustive it does)");
            }
        }

        if (vector is null)
            throw SearchRequest.Wrong("vector", "an array of finite numbers");
        if (fields.Count == 0)
            throw SearchRequest.Wrong("fields", "a comma-separated list of vector fields");
        return new VectorQuery(vector, k, fields);
    }

    public override string ToString() => $"vector query over {string.Join(',', Fields)}, k = {K}";
}
