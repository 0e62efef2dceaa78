using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Limits.Leases;
using Serverless.Functions.Tests.Hosting;

namespace Serverless.Functions.Tests.Limits;

/// <summary>
/// What the provider bills is what the ledger says and what the limits have counted, to the token: over endpoint x stream x instance x fault of the
/// provider. The provider bills what it tells; for an answer that it broke off, the prompt and the tokens it has sent (a character each).
/// </summary>
[Collection("gateway")]
public sealed class MeteringTests(AzuriteFixture azurite)
{
    private static readonly Fault[] Faults = Enum.GetValues<Fault>();

    internal enum Fault
    {
        None,

        /// <summary>A 500 once, then an answer: billed once.</summary>
        FailsOnce,
        Refuses,
        BreaksOff,
        EndsWithoutUsage,
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Metered_IsBilled_OverEndpointStreamInstanceAndFault(int seed)
    {
        var random = new Random(seed);
        await using var host = await LimitFixture.StartAsync(azurite, new() { ["Gateway:RetryBudgetSeconds"] = "1" });
        await using var other = await LimitFixture.StartAsync(azurite, new() { ["Gateway:RetryBudgetSeconds"] = "1" }, sharing: host);
        await LimitFixture.PriceAsync(host, new { model = "demo-llama", input = 3, output = 5 }, new { model = "demo-instructor", input = 2 });
        await LimitFixture.LimitAsync(host, "clients/anonymous", new { tokens = 1_000_000, renewal_period = "day" }, new { usd = 1, renewal_period = "day" });
        var bill = new Bill();
        for (var i = 0; i < 40; i++)
        {
            var (endpoint, fault) = (LimitFixture.Names[random.Next(LimitFixture.Names.Length)], Faults[random.Next(Faults.Length)]);
            Serve(host.Provider, bill, fault, random.Next(1, 30), random.Next(1, 9), random.Next(1, 30));
            await LimitFixture.AskAsync(random.Next(2) == 0 ? host : other, endpoint);
        }

        await LimitFixture.RecordsAsync(host);
        var records = await LimitFixture.RecordsAsync(other);
        Assert.Equal((bill.Prompt, bill.Completion), (records.Sum(r => r.PromptTokens), records.Sum(r => r.CompletionTokens)));
        Assert.Equal(bill.Usd, records.Sum(r => r.CostUsd ?? 0));

        // The last call's header tells what is left, after everything else has been settled and returned.
        await host.Services.GetRequiredService<Limiter>().ReturnAsync(default);
        await other.Services.GetRequiredService<Limiter>().ReturnAsync(default);
        Serve(host.Provider, bill, Fault.None, 1, 1, 1);
        var last = await LimitFixture.AskAsync(other, "completions");
        Assert.Equal(1_000_000 - bill.Prompt - bill.Completion + 2 - (32 + 5 + 10), long.Parse(last.Headers["x-ratelimit-remaining-tokens"], System.Globalization.CultureInfo.InvariantCulture));
    }

    private static void Serve(FakeProvider provider, Bill bill, Fault fault, int prompt, int completion, int embedded)
    {
        var calls = 0;
        provider.On("/v1/embeddings", async http =>
        {
            bill.Add(embedded, 0, 2, 0);
            await FakeProvider.Json(http, new { @object = "list", data = new[] { new { @object = "embedding", index = 0, embedding = (float[])[3, 4] } }, model = "i", usage = new { prompt_tokens = embedded, total_tokens = embedded } });
        });
        foreach (var isChat in new[] { true, false })
        {
            provider.On(isChat ? "/v1/chat/completions" : "/v1/completions", async http =>
            {
                switch (fault)
                {
                    case Fault.FailsOnce when calls++ == 0:
                        await FakeProvider.Error(http, 500);
                        return;
                    case Fault.Refuses:
                        await FakeProvider.Error(http, 400);
                        return;
                }

                var characters = (await JsonDocument.ParseAsync(http.Request.Body)).RootElement is var body && isChat
                    ? body.GetProperty("messages").EnumerateArray().Select(m => m.GetProperty("content").GetString()!).Aggregate((a, b) => $"{a}\n{b}").Length
                    : body.GetProperty("prompt").GetString()!.Length;
                for (var i = 0; i < completion; i++) await FakeProvider.SendAsync(http, FakeProvider.Chunk(isChat, "x", null));
                if (fault == Fault.BreaksOff)
                {
                    bill.Add(characters, completion, 3, 5);
                    return;
                }

                await FakeProvider.SendAsync(http, FakeProvider.Chunk(isChat, null, "stop"));
                if (fault == Fault.EndsWithoutUsage)
                {
                    bill.Add(characters, completion, 3, 5);
                }
                else
                {
                    bill.Add(prompt, completion, 3, 5);
                    await FakeProvider.SendAsync(http, JsonSerializer.Serialize(new { id = "x", @object = "chunk", created = 1, model = "m", choices = Array.Empty<object>(), usage = new { prompt_tokens = prompt, completion_tokens = completion, total_tokens = prompt + completion } }));
                }

                await FakeProvider.SendAsync(http, "[DONE]");
            });
        }
    }

    private sealed class Bill
    {
        public long Prompt { get; private set; }

        public long Completion { get; private set; }

        public decimal Usd { get; private set; }

        public void Add(int prompt, int completion, int input, int output)
        {
            lock (this)
            {
                Prompt += prompt;
                Completion += completion;
                Usd += ((prompt * input) + (completion * output)) / 1_000_000m;
            }
        }
    }
}
