using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Tests.Hosting;

namespace Serverless.Functions.Tests.Dispatch;

/// <summary>An answer whose stream breaks goes on where it was, as long as the provider says what it goes on after.</summary>
[Collection("gateway")]
public sealed class ResumableAnswerTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private const string Chat = "/v1/chat/completions";
    private static readonly string[] Words = ["The", " roots", " stand", " in", " water"];
    private readonly ManualTime _time = new();
    private GatewayHost _host = null!;

    public async Task InitializeAsync()
    {
        _host = await GatewayHost.StartAsync(azurite, services: s => s.AddSingleton<TimeProvider>(_time));
        await _host.CreateRouteAsync("chat");
    }

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(5)]
    public async Task StreamBreaksOff_ProviderGoesOn_ReaderSeesNeitherGapNorRepetition(int wordsBetweenBreaks)
    {
        _host.Provider.On(Chat, http => WordsAsync(http, wordsBetweenBreaks));
        var answer = await AskAsync();
        Assert.Equal(200, answer.Status);
        Assert.Equal("The roots stand in water", Text(answer.Body));
        Assert.Equal(1, answer.Body.Split("\"finish_reason\":\"stop\"").Length - 1);
        Assert.EndsWith("data: [DONE]\n\n", answer.Body, StringComparison.Ordinal);

        var requests = _host.Provider.Requests.Where(r => r.Path == Chat).Select(r => r.Json).ToList();
        Assert.Single(requests.Select(r => r.GetProperty("seed").GetInt64()).Distinct());
        Assert.False(requests[0].TryGetProperty("resume", out _));
        for (var i = 1; i < requests.Count; i++)
            Assert.Equal(Enumerable.Range(100, Math.Min(i * wordsBetweenBreaks, Words.Length)), Resumed(requests[i]));
    }

    [Fact]
    public async Task StreamBreaksOff_ProviderStartsAnewMeanwhile_IsWaitedForWithinTheRetryBudget()
    {
        var calls = 0;
        _host.Provider.On(Chat, http => ++calls is > 1 and < 6 ? FakeProvider.Error(http, 503) : WordsAsync(http, 3));
        var answer = await AskAsync();
        Assert.Equal("The roots stand in water", Text(answer.Body));
        Assert.Equal(6, calls);
    }

    [Fact]
    public async Task StreamBreaksOff_ProviderBeginsAgain_FailsRatherThanRepeat()
    {
        _host.Provider.On(Chat, http => WordsAsync(http, 3, acknowledge: false));
        var answer = await AskAsync();
        Assert.Equal("The roots stand", Text(answer.Body));
        Assert.Contains("data: {\"error\":{\"code\":\"upstream_invalid_response\"", answer.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("[DONE]", answer.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StreamBreaksOff_AgainAndAgainWithoutATokenBetween_IsGivenUp()
    {
        _host.Provider.On(Chat, async http =>
        {
            var isResumed = Resumed(await BodyAsync(http)).Count > 0;
            http.Request.Body.Position = 0;
            if (!isResumed)
            {
                await WordsAsync(http, 2);
                return;
            }

            http.Response.Headers["x-resumed-tokens"] = "2";
            await FakeProvider.SendAsync(http, FakeProvider.Chunk(true, "", null));
            http.Abort();
        });
        var answer = await AskAsync();
        Assert.Equal("The roots", Text(answer.Body));
        Assert.Contains("data: {\"error\":{\"code\":\"upstream_unreachable\"", answer.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SeedOfTheRequest_IsKept()
    {
        _host.Provider.On(Chat, http => WordsAsync(http, 3));
        await AskAsync(seed: 7);
        Assert.All(_host.Provider.Requests.Where(r => r.Path == Chat), r => Assert.Equal(7, r.Json.GetProperty("seed").GetInt64()));
    }

    /// <summary>A worker that breaks off after so many words, and goes on after the tokens that it is told.</summary>
    private static async Task WordsAsync(HttpContext http, int words, bool acknowledge = true)
    {
        var from = Resumed(await BodyAsync(http)).Count;
        if (acknowledge && from > 0) http.Response.Headers["x-resumed-tokens"] = from.ToString(CultureInfo.InvariantCulture);
        for (var i = acknowledge ? from : 0; i < Words.Length; i++)
        {
            if (i - from == words)
            {
                // What was sent arrives before the connection breaks: the response ends without its last words.
                return;
            }

            await FakeProvider.SendAsync(http, Chunk(Words[i], 100 + i));
        }

        if (Words.Length - from == words) return;
        await FakeProvider.SendAsync(http, FakeProvider.Chunk(true, null, "stop"));
        await FakeProvider.SendAsync(http, "[DONE]");
    }

    private static string Chunk(string text, int token) => JsonSerializer.Serialize(
        new { id = "x", @object = "chat.completion.chunk", created = 1, model = "demo-llama", choices = new[] { new { index = 0, delta = new { content = text }, finish_reason = (string?)null, token_ids = new[] { token } } } });

    private static async Task<JsonElement> BodyAsync(HttpContext http) => (await JsonDocument.ParseAsync(http.Request.Body)).RootElement;

    private static List<int> Resumed(JsonElement request) =>
        request.TryGetProperty("resume", out var resume) ? [.. resume.GetProperty("token_ids").EnumerateArray().Select(id => id.GetInt32())] : [];

    private static string Text(string body) => string.Concat(
        body.Split("\n\n", StringSplitOptions.RemoveEmptyEntries)
            .Where(e => e.StartsWith("data: {", StringComparison.Ordinal))
            .Select(e => JsonDocument.Parse(e["data: ".Length..]).RootElement)
            .Where(e => e.TryGetProperty("choices", out var choices) && choices.GetArrayLength() > 0)
            .Select(e => e.GetProperty("choices")[0].GetProperty("delta"))
            .Select(delta => delta.TryGetProperty("content", out var content) ? content.GetString() : null));

    /// <summary>Waits between attempts pass at once.</summary>
    private Task<GatewayHost.Answer> AskAsync(long? seed = null) => _time.DriveAsync(
        _host.PostAsync(Chat, new { model = "chat", stream = true, seed, messages = new[] { new { role = "user", content = "Why?" } } }), TimeSpan.FromSeconds(9));
}
