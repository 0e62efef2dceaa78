using System.Net;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Serverless.GpuWorker.Api;
using Serverless.GpuWorker.Api.Clients;
using Serverless.GpuWorker.Hosting;

namespace Serverless.GpuWorker.Tests.Api;

public sealed class ClientLimiterTests
{
    /// <summary>Whatever the arrivals, no minute sees more than a burst and what fills within it, and never is more inside than permitted; what is refused is let in after its RetryAfter.</summary>
    [Fact]
    public void TryEnter_AnyArrivals_HoldsBothLimits() => Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), seed =>
    {
        var random = new Random(seed);
        var time = new ManualTimeProvider();
        var (concurrency, rate) = (1 + random.Next(5), 1 + random.Next(120));
        var limiter = new ClientLimiter(concurrency, rate, time);
        var inside = new List<IDisposable>();
        var admitted = new List<DateTimeOffset>();
        for (var i = 0; i < 400; i++)
        {
            time.Advance(TimeSpan.FromMilliseconds(random.Next(3) == 0 ? random.Next(3000) : 0));
            if (inside.Count > 0 && random.Next(2) == 0)
            {
                var leaving = inside[random.Next(inside.Count)];
                leaving.Dispose();
                leaving.Dispose();
                inside.Remove(leaving);
            }

            if (limiter.TryEnter("a", out var refusal) is { } place)
            {
                inside.Add(place);
                admitted.Add(time.GetUtcNow());
            }
            else if (refusal.Limit == ClientLimit.RequestsPerMinute)
            {
                Assert.InRange(refusal.RetryAfter, TimeSpan.FromTicks(1), TimeSpan.FromMinutes(1.0 / rate) + TimeSpan.FromMilliseconds(1));
                time.Advance(refusal.RetryAfter + TimeSpan.FromMilliseconds(1));
                var next = limiter.TryEnter("a", out _);
                Assert.NotNull(next);
                inside.Add(next);
                admitted.Add(time.GetUtcNow());
            }
            else
            {
                Assert.Equal(concurrency, inside.Count);
            }

            Assert.InRange(inside.Count, 0, concurrency);
        }

        foreach (var start in admitted) Assert.InRange(admitted.Count(at => at >= start && at < start.AddMinutes(1)), 1, 2 * rate);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void TryEnter_OneClientAtItsLimit_LeavesOthersAlone()
    {
        var limiter = new ClientLimiter(1, 0, new ManualTimeProvider());
        using var first = limiter.TryEnter("a", out _);
        Assert.Null(limiter.TryEnter("a", out _));
        using var second = limiter.TryEnter("b", out _);
        Assert.NotNull(second);
    }

    [Fact]
    public void TryEnter_ManyClients_ForgetsThoseAtRest()
    {
        var time = new ManualTimeProvider();
        var limiter = new ClientLimiter(2, 60, time);
        using var staying = limiter.TryEnter("stays", out _);
        for (var i = 0; i < 30_000; i++)
        {
            limiter.TryEnter($"client {i}", out _)!.Dispose();
            time.Advance(TimeSpan.FromMilliseconds(10));
        }

        Assert.InRange(limiter.Clients, 1, 20_001);
        using var second = limiter.TryEnter("stays", out _);
        Assert.Null(limiter.TryEnter("stays", out _));
    }

    [Fact]
    public async Task Post_BeyondAClientsLimits_IsRefusedByTheLimitsName()
    {
        var time = new ManualTimeProvider();
        var options = new WorkerOptions { MaxClientConcurrency = 1, MaxClientRequestsPerMinute = 2, ApiKeys = ["0123456789abcdef", "fedcba9876543210"] };
        await using var worker = await WorkerUnderTest.StartAsync(options, time);
        As(worker, 0);
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        worker.Engine.BeforeToken = (_, _) => go.Task;
        var first = worker.PostJsonAsync("/v1/completions", new { prompt = "a", user = "one" });
        await WorkerUnderTest.UntilAsync(() => worker.Engine.Running == 1, "the request to run");
        var busy = await worker.RefusedAsync("/v1/completions", new { prompt = "a", user = "another" }, null, "client_concurrency_exceeded", HttpStatusCode.TooManyRequests);
        Assert.Contains("Worker:MaxClientConcurrency permits a client 1", busy.GetProperty("message").GetString(), StringComparison.Ordinal);
        go.SetResult();
        await first;
        await worker.PostJsonAsync("/tokenize", new { prompt = "a" });

        using var refused = await worker.PostAsync("/tokenize", new { prompt = "a" });
        Assert.Equal((HttpStatusCode.TooManyRequests, TimeSpan.FromSeconds(30)), (refused.StatusCode, refused.Headers.RetryAfter!.Delta));
        Assert.Contains("Worker:MaxClientRequestsPerMinute", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using (var models = await worker.Client.GetAsync("/v1/models")) Assert.Equal(HttpStatusCode.OK, models.StatusCode);
        As(worker, 1);
        await worker.PostJsonAsync("/tokenize", new { prompt = "a" });
        As(worker, 0);
        time.Advance(TimeSpan.FromSeconds(30));
        await worker.PostJsonAsync("/tokenize", new { prompt = "a" });

        void As(WorkerUnderTest w, int key) => w.Client.DefaultRequestHeaders.Authorization = new("Bearer", options.ApiKeys[key]);
    }

    [Fact]
    public async Task EveryEndpoint_WithoutAKey_IsRefusedButForHealth()
    {
        await using var worker = await WorkerUnderTest.StartAsync(new WorkerOptions { ApiKeys = ["0123456789abcdef"] });
        var endpoints = worker.App.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>().ToList();
        Assert.True(endpoints.Count >= 10);
        var paths = endpoints.Select(e => "/" + e.RoutePattern.RawText!.TrimStart('/').Replace("{model}", "llama", StringComparison.Ordinal));
        foreach (var path in paths.Concat(["/", "/unknown", "/v1", "/health/", "/health/ready/", "/Health/Live/x", "//health/live", "/metrics/", "/v1/chat/completions/"]))
        {
            foreach (var method in new[] { HttpMethod.Get, HttpMethod.Post, HttpMethod.Put, HttpMethod.Delete, HttpMethod.Options, HttpMethod.Head })
            {
                using var request = new HttpRequestMessage(method, worker.Client.BaseAddress!.ToString().TrimEnd('/') + path);
                using var response = await worker.Client.SendAsync(request);
                var isOpen = path is "/health" or "/health/live" or "/health/ready";
                Assert.True(isOpen != (response.StatusCode == HttpStatusCode.Unauthorized), $"{method} {path}: {response.StatusCode}");
            }
        }
    }
}
