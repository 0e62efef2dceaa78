using System.Text.Json;
using Serverless.Local.Search.Schema;

namespace Serverless.Local.Search.Queries;

/// <summary>The body of <c>docs/search.post.search</c>, read and bounded; names are not yet bound to an index.</summary>
internal sealed record SearchRequest
{
    public string? Search { get; init; }

    public IReadOnlyList<string> SearchFields { get; init; } = [];

    public bool MatchAllWords { get; init; }

    public string? Filter { get; init; }

    public IReadOnlyList<string> OrderBy { get; init; } = [];

    public IReadOnlyList<string> Select { get; init; } = [];

    public IReadOnlyList<string> Facets { get; init; } = [];

    public IReadOnlyList<VectorQuery> VectorQueries { get; init; } = [];

    public bool PostFilter { get; init; }

    public bool Count { get; init; }

    public int Skip { get; init; }

    public int? Top { get; init; }

    /// <exception cref="SearchException">A parameter is unknown, malformed, out of range or not supported here; the message names it.</exception>
    public static SearchRequest Parse(JsonElement body)
    {
        if (body.ValueKind != JsonValueKind.Object)
            throw SearchException.BadRequest("The search request must be a JSON object.");
        var request = new SearchRequest();
        foreach (var property in body.EnumerateObject())
            request = request.With(property.Name, property.Value);
        return request;
    }

    private SearchRequest With(string name, JsonElement value) => value.ValueKind == JsonValueKind.Null ? this : name switch
    {
        "search" => this with { Search = Text(name, value) },
        "searchFields" => this with { SearchFields = List(name, value) },
        "searchMode" => this with { MatchAllWords = OneOf(name, value, "any", "all") == "all" },
        "filter" => this with { Filter = Text(name, value) },
        "orderby" => this with { OrderBy = List(name, value) },
        "select" => this with { Select = List(name, value) },
        "facets" => this with { Facets = [.. Items(name, value).Select(item => Text(name, item))] },
        "vectorQueries" => this with { VectorQueries = [.. Items(name, value).Select(VectorQuery.Parse)] },
        "vectorFilterMode" => this with { PostFilter = OneOf(name, value, "preFilter", "postFilter") == "postFilter" },
        "count" => this with { Count = value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : throw Wrong(name, "a Boolean") },
        "skip" => this with { Skip = Number(name, value, 100_000) },
        "top" => this with { Top = Number(name, value, int.MaxValue) },
        "queryType" => Text(name, value) switch
        {
            "simple" => this,
            "semantic" => throw SearchException.NoSemanticRanker(),
            "full" => throw SearchException.Unsupported("the full Lucene syntax ('queryType': 'full')"),
            _ => throw Wrong(name, "simple, full or semantic"),
        },
        // Read by the semantic ranker alone, which says itself that it is not there.
        "semanticConfiguration" when Text(name, value).Length > 0 => this,
        // These only steer replicas, of which there is one.
        "minimumCoverage" or "sessionId" or "scoringStatistics" => this,
        "semanticQuery" or "captions" or "answers" or "highlight" or "highlightPreTag" or "highlightPostTag" or "scoringProfile" or "scoringParameters" or "queryLanguage" or "speller" =>
            throw SearchException.Unsupported($"the search parameter '{name}'"),
        _ => throw SearchException.BadRequest($"The search parameter '{name}' is unknown.", "InvalidRequestParameter"),
    };

    internal static SearchException Wrong(string name, string permitted) => SearchException.BadRequest($"The search parameter '{name}' is invalid: {permitted} is permitted.", "InvalidRequestParameter");

    internal static string Text(string name, JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Wrong(name, "a string");

    internal static int Number(string name, JsonElement value, int most) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= 0 && number <= most ? number : throw Wrong(name, $"a number from 0 to {most}");

    private static string OneOf(string name, JsonElement value, params string[] permitted) =>
        Text(name, value) is var text && permitted.Contains(text, StringComparer.Ordinal) ? text : throw Wrong(name, string.Join(" or ", permitted));

    private static List<string> List(string name, JsonElement value) =>
        [.. Text(name, value).Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)];

    private static IEnumerable<JsonElement> Items(string name, JsonElement value) =>
        value.ValueKind == JsonValueKind.Array ? value.EnumerateArray() : throw Wrong(name, "an array");

    /// <summary>Questions never reach a log by way of ToString.</summary>
    public override string ToString() => $"search request [{Search?.Length ?? 0} chars]";
}
