using System.Diagnostics.Metrics;
using System.Net;
using System.Text;
using System.Text.Json;
using Azure.Core;
using Azure.Core.Pipeline;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Contracts.OpenAI;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Guards;
using Serverless.Functions.Providers;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Tests.Guards;

/// <summary>Content Safety's REST surface (2024-09-01) as its reference records it, and what a route makes of its answers.</summary>
public sealed class ContentSafetyTests
{
    private readonly Service _service = new();

    [Fact]
    public async Task Severity_OfAText_IsTheWorstOfItsCategories()
    {
        _service.Answer = _ => """{"blocklistsMatch":[],"categoriesAnalysis":[{"category":"Hate","severity":2},{"category":"SelfHarm","severity":0},{"category":"Sexual","severity":0},{"category":"Violence","severity":5}]}""";
        Assert.Equal(5, await Safety().SeverityAsync("text", default));
        var (request, body) = Assert.Single(_service.Requests);
        Assert.Equal("https://safety.cognitiveservices.azure.com/contentsafety/text:analyze?api-version=2024-09-01", request.RequestUri!.AbsoluteUri);
        Assert.Equal("Bearer", request.Headers.Authorization?.Scheme);
        Assert.Equal("""{"text":"text","outputType":"EightSeverityLevels"}""", body);
    }

    [Fact]
    public async Task Severity_OfALongText_IsAskedInPartsThatTheServiceTakes()
    {
        await Safety().SeverityAsync(new string('a', 25_000), default);
        Assert.Equal([10_000, 10_000, 5_000], _service.Requests.Select(r => JsonDocument.Parse(r.Body).RootElement.GetProperty("text").GetString()!.Length));
    }

    [Theory]
    [InlineData(HttpStatusCode.Unauthorized, "{}")]
    [InlineData(HttpStatusCode.OK, "{}")]
    [InlineData(HttpStatusCode.OK, "no json")]
    public async Task Severity_OfAServiceThatFails_IsNotTakenForHarmless(HttpStatusCode status, string body)
    {
        _service.Answer = _ => body;
        _service.Status = status;
        var refused = await Assert.ThrowsAsync<GatewayException>(() => Safety().SeverityAsync("text", default));
        Assert.Equal((503, "guard_unavailable"), (refused.Status, refused.Error.Code));
    }

    [Fact]
    public async Task Input_FoundSevere_IsBlocked()
    {
        var route = Route(new GuardSettings([new GuardRule { ContentSafety = 4, Action = GuardAction.Block }], []));
        var generation = new Generation { Messages = [new ChatMessage("user", "harm")] };
        Assert.Equal("guard_blocked", (await Assert.ThrowsAsync<GatewayException>(() => Guards().InputAsync(route, generation, default))).Error.Code);
        await Guards().InputAsync(route, new Generation { Messages = [new ChatMessage("user", "help")] }, default);
    }

    [Fact]
    public async Task Output_FoundSevereInAWindow_EndsBeforeIt()
    {
        var route = Route(new GuardSettings([], [new GuardRule { ContentSafety = 4, Action = GuardAction.Block }]));
        var calm = string.Concat(Enumerable.Repeat("calm ", 100));
        var events = Guards().Output(route, new GenerationSettings(), Events(calm, "har", "m is done", new string('x', 1000)), default);
        var answer = await CollectedAnswer.FromAsync(events, default);
        Assert.Equal(calm, answer.Text);
        Assert.Equal("content_filter", answer.Completed.FinishReason);
    }

    private static async IAsyncEnumerable<AnswerEvent> Events(params string[] pieces)
    {
        foreach (var piece in pieces) yield return new AnswerText(piece);
        await Task.CompletedTask;
        yield return new AnswerCompleted("stop", null, [], "m");
    }

    private static ResolvedRoute Route(GuardSettings guards) => new(
        new RouteDocument { Name = "r", Revision = 1, Current = 1 },
        new RouteVersion { Version = 1, RouteType = RouteTypes.Chat, Model = new RouteModel("gpu-worker", "m"), Guards = guards });

    private RouteGuards Guards() => new(Safety(), new GuardMetrics(new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>()));

    private ContentSafety Safety()
    {
        var client = new ContentSafetyClientOptions { Transport = new HttpClientTransport(_service) };
        client.Retry.MaxRetries = 0;
        return new ContentSafety(
            new ContentSafetyOptions(new Uri("https://safety.cognitiveservices.azure.com/")), client, () => DelegatedTokenCredential.Create((_, _) => new AccessToken("token", DateTimeOffset.MaxValue)));
    }

    private sealed class Service : HttpMessageHandler
    {
        public List<(HttpRequestMessage Request, string Body)> Requests { get; } = [];

        public HttpStatusCode Status { get; set; } = HttpStatusCode.OK;

        public Func<string, string> Answer { get; set; } = body =>
            $$"""{"blocklistsMatch":[],"categoriesAnalysis":[{"category":"Violence","severity":{{(body.Contains("harm", StringComparison.Ordinal) ? 6 : 0)}}}]}""";

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var body = await request.Content!.ReadAsStringAsync(cancellationToken);
            Requests.Add((request, body));
            return new HttpResponseMessage(Status) { Content = new StringContent(Answer(body), Encoding.UTF8, "application/json") };
        }
    }
}
