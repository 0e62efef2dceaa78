using System.Net.Http.Json;
using System.Text.Json;
using Serverless.EndToEnd.Tests;

namespace Serverless.Benchmarks.Retrieval;

/// <summary>The chunks in a running stack's search service, and its ranking of them by words (BM25) over the REST wire.</summary>
internal sealed class SearchIndexClient : IDisposable
{
    private readonly HttpClient _http = new();
    private readonly string _search;

    public SearchIndexClient(LocalStack stack, string index)
    {
        _http.DefaultRequestHeaders.Add("api-key", stack.Endpoints.GetProperty("searchKey").GetString());
        _search = $"{stack.Endpoints.GetProperty("searchEndpoint").GetString()!.TrimEnd('/')}/indexes('{index}')/docs/search.post.search?api-version=2023-11-01";
    }

    public async Task<IReadOnlyList<Passage>> AllAsync() =>
    [
        .. (await PostAsync(new { search = "*", top = 1000 })).Select(item =>
            new Passage(Text(item, "id"), Text(item, "collection"), Text(item, "document"), Text(item, "heading"), Text(item, "text"))),
    ];

    /// <summary>Ids of the chunks of a collection that share a word with the question, best first.</summary>
    public async Task<IReadOnlyList<string>> RankAsync(string collection, string question)
    {
        var words = string.Concat(question.Select(c => "+|\"()-*~\\".Contains(c, StringComparison.Ordinal) ? ' ' : c));
        var found = await PostAsync(new { search = words, queryType = "simple", searchMode = "any", filter = $"collection eq '{collection}'", top = 50 });
        return [.. found.Select(item => Text(item, "id"))];
    }

    public void Dispose() => _http.Dispose();

    private async Task<JsonElement[]> PostAsync(object body)
    {
        using var response = await _http.PostAsJsonAsync(_search, body);
        response.EnsureSuccessStatusCode();
        return [.. (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("value").EnumerateArray()];
    }

    private static string Text(JsonElement item, string field) => item.GetProperty(field).GetString() ?? "";
}
