using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Limits.Ledger;
using Serverless.Functions.Tests.Hosting;

namespace Serverless.Functions.Tests.Limits;

/// <summary>
/// The ledger says what providers bill, to the token, and no limit is passed: over endpoint, stream, instance and the faults of two targets, with retries, fallbacks, hedges
/// and clients that leave. A provider bills what it tells; where it tells nothing, the prompt and the tokens that it sent (a character each) if it sent any; and the
/// prompt alone where its garbage or its silence was the last word, or it lost to a hedge. What it refused or failed with a status, and an attempt without a token that another target made
/// good, it does not bill.
/// </summary>
[Collection("gateway")]
public sealed class MeteringProperties(AzuriteFixture azurite)
{
    private const string Chat = "/v1/chat/completions";
    private const string Text = "Hello";
    private const int Limit = 300;

    private static readonly Gen<Call> Calls =
        from first in Gen.Elements(Enum.GetValues<Fault>())
        from second in Gen.Elements(Enum.GetValues<Fault>())
        from endpoint in Gen.Elements("/v1/chat/completions", "/v1/responses", "/gateway/{0}/invocations", "/endpoints/{0}/invocations")
        from streams in Gen.Elements(true, false)
        from instance in Gen.Choose(0, 1)
        from prompt in Gen.Choose(1, 40)
        from completion in Gen.Choose(1, 9)
        from hedged in Gen.Frequency((4, Gen.Constant(false)), (1, Gen.Constant(true)))
        select new Call(first, second, endpoint, streams && endpoint != "/gateway/{0}/invocations", instance, prompt, completion, hedged);

    internal enum Fault
    {
        None,
        TellsNoUsage,

        /// <summary>A 500 at the first attempt, then an answer.</summary>
        FailsOnce,
        Fails,
        Refuses,
        Garbage,

        /// <summary>Ends after the last token without saying that it is the last.</summary>
        BreaksOff,

        /// <summary>The client of a stream leaves after the last token, which the provider does not know to be the last; a whole answer ends.</summary>
        ClientLeaves,
    }

    [Fact]
    public async Task Ledger_OverFaultsOfTargetsAndClients_IsWhatIsBilledAndNeverBeyondTheLimit()
    {
        await using var second = await FakeProvider.StartAsync();
        Dictionary<string, string?> settings = new() { ["Gateway:AllowedHosts"] = second.Host, ["Gateway:MaxAttempts"] = "2", ["Usage:FlushSeconds"] = "60" };
        await using var host = await LimitFixture.StartAsync(azurite, settings);
        await using var other = await LimitFixture.StartAsync(azurite, settings, sharing: host);
        GatewayHost[] hosts = [host, other];
        var run = 0;
        var refused = 0;
        await Task.Run(() => Prop.ForAll(
            Calls.ListOf(24).ToArbitrary(),
            async calls =>
            {
                refused += await RunAsync(hosts, second, $"r{run++}", calls);
                return true;
            }).Check(Config.QuickThrowOnFailure.WithMaxTest(4)));
        Assert.True(refused > 0, "The limit never came near.");
    }

    /// <returns>How many calls the limit refused.</returns>
    private static async Task<int> RunAsync(GatewayHost[] hosts, FakeProvider second, string route, IEnumerable<Call> calls)
    {
        // A hedged route's first target never answers; models of its own keep what one route learns of its targets from the other.
        await CreateAsync(hosts[0], route, second, "{}");
        await CreateAsync(hosts[0], $"{route}-hedged", second, """{"hedge_after_ms":10}""");
        // One without room for a hedge has none, and would wait for the silent target.
        Dictionary<string, long> limits = new() { [route] = Limit, [$"{route}-hedged"] = 100 * Limit };
        foreach (var (name, tokens) in limits) await LimitFixture.LimitAsync(hosts[0], $"routes/{name}", new { tokens, renewal_period = "day" });
        var bill = new Dictionary<string, (long Prompt, long Completion)> { [route] = default, [$"{route}-hedged"] = default };
        var refused = 0;
        foreach (var call in calls)
        {
            var name = call.Hedged ? $"{route}-hedged" : route;
            var attempts = new ConcurrentQueue<Attempt>();
            hosts[0].Provider.On(Chat, http => AnswerAsync(http, call, call.Hedged ? null : call.First, attempts, Attempt.FirstFailed));
            second.On(Chat, http => AnswerAsync(http, call, call.Hedged ? Fault.None : call.Second, attempts, Attempt.SecondFailed));
            var before = (await RecordsAsync(hosts, name)).Count;
            var status = await AskAsync(hosts[call.Instance], call, name);
            Assert.True(status is 200 or 400 or 429 or 500 or 502 or 503, $"{status} for {call}");
            if (status == 429 && attempts.IsEmpty)
            {
                refused++;
                continue;
            }

            // A client that left does not see the end of its call.
            using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(1));
            var records = call.Hedged ? 2 : 1;
            while ((await RecordsAsync(hosts, name)).Count < before + records) deadline.Token.ThrowIfCancellationRequested();
            var (prompt, completion) = Billed(call, [.. attempts]);
            bill[name] = (bill[name].Prompt + prompt, bill[name].Completion + completion);
            var metered = await RecordsAsync(hosts, name);
            Assert.True(bill[name] == (metered.Sum(r => r.PromptTokens), metered.Sum(r => r.CompletionTokens)), $"{call}: {string.Join(", ", attempts)}; last {metered[^1].Status}");
            Assert.InRange(metered.Sum(r => r.PromptTokens + r.CompletionTokens), 0, limits[name]);
        }

        return refused;
    }

    private static (long Prompt, long Completion) Billed(Call call, IReadOnlyList<Attempt> attempts)
    {
        var (prompt, completion) = (0L, 0L);
        for (var i = 0; i < attempts.Count; i++)
        {
            var isLast = i == attempts.Count - 1;
            switch (attempts[i])
            {
                case Attempt.Told:
                    (prompt, completion) = (prompt + call.Prompt, completion + call.Completion);
                    break;
                case Attempt.Untold:
                    (prompt, completion) = (prompt + Text.Length, completion + call.Completion);
                    break;
                case Attempt.Silent when call.Hedged:
                case Attempt.Garbage when isLast:
                    prompt += Text.Length;
                    break;
            }
        }

        return (prompt, completion);
    }

    private static async Task AnswerAsync(HttpContext http, Call call, Fault? fault, ConcurrentQueue<Attempt> attempts, Attempt failed)
    {
        switch (fault)
        {
            case null:
                attempts.Enqueue(Attempt.Silent);
                await Task.Delay(Timeout.Infinite, http.RequestAborted);
                return;
            case Fault.FailsOnce when !attempts.Contains(failed):
            case Fault.Fails:
                attempts.Enqueue(failed);
                await FakeProvider.Error(http, 500);
                return;
            case Fault.Refuses:
                attempts.Enqueue(Attempt.Refused);
                await FakeProvider.Error(http, 400);
                return;
            case Fault.Garbage:
                attempts.Enqueue(Attempt.Garbage);
                await FakeProvider.SendAsync(http, "{\"choices\":[{\"del");
                return;
        }

        var leaves = fault == Fault.ClientLeaves && call.Streams;
        attempts.Enqueue(leaves || fault is Fault.TellsNoUsage or Fault.BreaksOff ? Attempt.Untold : Attempt.Told);
        for (var i = 0; i < call.Completion; i++) await FakeProvider.SendAsync(http, FakeProvider.Chunk(true, "x", null));
        if (leaves) await Task.Delay(Timeout.Infinite, http.RequestAborted);
        if (fault == Fault.BreaksOff) return;
        await FakeProvider.SendAsync(http, FakeProvider.Chunk(true, null, "stop"));
        if (fault != Fault.TellsNoUsage)
        {
            var usage = new { prompt_tokens = call.Prompt, completion_tokens = call.Completion, total_tokens = call.Prompt + call.Completion };
            await FakeProvider.SendAsync(http, JsonSerializer.Serialize(new { id = "x", @object = "chunk", created = 1, model = "m", choices = Array.Empty<object>(), usage }));
        }

        await FakeProvider.SendAsync(http, "[DONE]");
    }

    /// <summary>Reads the answer: all of it, or until as many tokens have come as there are before the client leaves.</summary>
    private static async Task<int> AskAsync(GatewayHost host, Call call, string route)
    {
        object body = call.Endpoint == "/v1/responses"
            ? new { model = route, input = Text, max_output_tokens = 10, stream = call.Streams }
            : new { model = route, messages = new[] { new { role = "user", content = Text } }, max_tokens = 10, stream = call.Streams };
        var isModelNamed = !call.Endpoint.Contains("{0}", StringComparison.Ordinal);
        if (!isModelNamed) body = new { messages = new[] { new { role = "user", content = Text } }, max_tokens = 10, stream = call.Streams };
        using var request = new HttpRequestMessage(HttpMethod.Post, isModelNamed ? call.Endpoint : string.Format(System.Globalization.CultureInfo.InvariantCulture, call.Endpoint, route)) { Content = JsonContent.Create(body) };
        using var response = await host.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        if (!call.Streams || (int)response.StatusCode != 200)
        {
            await response.Content.ReadAsStringAsync();
            return (int)response.StatusCode;
        }

        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync());
        var seen = 0;
        while (await lines.ReadLineAsync() is { } line)
        {
            if (line.Contains("\"content\":\"x\"", StringComparison.Ordinal) || line.Contains("\"delta\":\"x\"", StringComparison.Ordinal)) seen++;
            if (seen == call.Completion && (call.First == Fault.ClientLeaves || call.Second == Fault.ClientLeaves) && !call.Hedged) break;
        }

        return 200;
    }

    private static async Task CreateAsync(GatewayHost host, string name, FakeProvider second, string routing)
    {
        var address = second.Address.AbsoluteUri.TrimEnd('/');
        var made = await host.PostAsync(
            "/api/2.0/gateway/routes",
            $$$"""{"name":"{{{name}}}","route_type":"llm/v1/chat","targets":[{"model":{"provider":"gpu-worker","name":"{{{name}}}-a"}},{"model":{"provider":"gpu-worker","name":"{{{name}}}-b","gpu_worker_config":{"gpu_worker_api_base":"{{{address}}}"}},"priority":1}],"routing":{{{routing}}}}""");
        Assert.True(made.Status == 201, made.Body);
    }

    private static async Task<IReadOnlyList<UsageRecord>> RecordsAsync(GatewayHost[] hosts, string route)
    {
        foreach (var host in hosts) await host.Services.GetRequiredService<UsageLedger>().FlushAsync(default);
        return [.. (await LimitFixture.ReadAsync(hosts[0])).Where(r => r.Route == route).OrderBy(r => r.Time)];
    }

    internal sealed record Call(Fault First, Fault Second, string Endpoint, bool Streams, int Instance, int Prompt, int Completion, bool Hedged);

    /// <summary>How an attempt at a provider went.</summary>
    private enum Attempt
    {
        Told,
        Untold,
        Silent,
        Refused,
        Garbage,
        FirstFailed,
        SecondFailed,
    }
}
