using System.Text.Json;
using Serverless.Functions.Tests.Hosting;

namespace Serverless.Functions.Tests.Dispatch;

/// <summary>The list of models for clients of Anthropic's, which tell themselves by <c>anthropic-version</c>.</summary>
[Collection("gateway")]
public sealed class AnthropicModelsTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private static readonly (string, string) Version = ("anthropic-version", "2023-06-01");
    private GatewayHost _host = null!;

    public async Task InitializeAsync()
    {
        _host = await GatewayHost.StartAsync(azurite);
        foreach (var name in (string[])["a", "b", "c", "d", "e"]) await _host.CreateRouteAsync(name);
    }

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Theory]
    [InlineData("", "abcde", false)]
    [InlineData("?limit=2", "ab", true)]
    [InlineData("?limit=2&after_id=b", "cd", true)]
    [InlineData("?limit=2&after_id=d", "e", false)]
    [InlineData("?limit=5", "abcde", false)]
    [InlineData("?limit=2&before_id=e", "cd", true)]
    [InlineData("?limit=2&before_id=c", "ab", false)]
    [InlineData("?after_id=e", "", false)]
    public async Task List_IsInPages(string query, string names, bool hasMore)
    {
        var page = (await ListAsync(query)).Json;
        Assert.Equal(names.Select(name => name.ToString()), page.GetProperty("data").EnumerateArray().Select(model => model.GetProperty("id").GetString()));
        Assert.Equal(hasMore, page.GetProperty("has_more").GetBoolean());
        Assert.Equal((First(names), First(names.Reverse())), (page.GetProperty("first_id").GetString(), page.GetProperty("last_id").GetString()));
        static string? First(IEnumerable<char> of) => of.Select(name => name.ToString()).FirstOrDefault();
    }

    [Fact]
    public async Task Model_IsInItsShape()
    {
        var one = (await _host.SendAsync(HttpMethod.Get, "/v1/models/b", headers: Version)).Json;
        Assert.Equal(("model", "b", "b"), (Text(one, "type"), Text(one, "id"), Text(one, "display_name")));
        Assert.InRange(one.GetProperty("created_at").GetDateTimeOffset(), DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1));
        Assert.Equal(one.GetRawText(), (await ListAsync("?limit=1&after_id=a")).Json.GetProperty("data")[0].GetRawText());
        Assert.Equal("list", Text((await _host.GetAsync("/v1/models")).Json, "object"));
    }

    [Theory]
    [InlineData("/v1/models/nope", 404, "not_found_error")]
    [InlineData("/v1/models?limit=0", 400, "invalid_request_error")]
    [InlineData("/v1/models?limit=1001", 400, "invalid_request_error")]
    [InlineData("/v1/files", 404, "not_found_error")]
    public async Task Errors_AreInItsShape(string path, int status, string type)
    {
        var answer = await _host.SendAsync(HttpMethod.Get, path, headers: Version);
        Assert.Equal((status, "error", type), (answer.Status, Text(answer.Json, "type"), Text(answer.Json.GetProperty("error"), "type")));
    }

    private static string? Text(JsonElement json, string name) => json.GetProperty(name).GetString();

    private Task<GatewayHost.Answer> ListAsync(string query) => _host.SendAsync(HttpMethod.Get, "/v1/models" + query, headers: Version);
}
