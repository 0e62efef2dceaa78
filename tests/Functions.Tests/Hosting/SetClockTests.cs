using System.Globalization;
using Azure;
using Azure.Core.Pipeline;
using Azure.Storage.Blobs;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Serverless.Contracts;
using Serverless.Functions.Caching;
using Serverless.Functions.Clients;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;
using Serverless.Functions.Ingestion;
using Serverless.Functions.Ingestion.Chunking;
using Serverless.Functions.Ingestion.Collections;
using Serverless.Functions.Ingestion.Generations;
using Serverless.Functions.Ingestion.Notices;
using Serverless.Functions.Ingestion.Reconcile;
using Serverless.Functions.Ingestion.State;
using Serverless.Functions.Mcp.Servers;
using Serverless.Functions.Routes;
using Serverless.Functions.Secrets;
using Serverless.Functions.Telemetry;
using Serverless.Functions.Tests.Clients;

namespace Serverless.Functions.Tests.Hosting;

/// <summary>What is kept for a while is kept for that while, whichever way somebody sets the wall clock meanwhile.</summary>
[Collection("gateway")]
public sealed class SetClockTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private static readonly Dictionary<string, Func<SetClockTests, Task<KeptThing>>> Things = new()
    {
        ["answers"] = t => t.AnswersAsync(),
        ["breaker of a target"] = t => Task.FromResult(t.Target("upstream_error", 5, TimeSpan.FromSeconds(5))),
        ["account that is used up"] = t => Task.FromResult(t.Target("insufficient_quota", 1, TimeSpan.FromMinutes(1))),
        ["breaker of a tool server"] = t => Task.FromResult(t.ToolServer()),
        ["secret"] = t => t.SecretAsync(),
        ["secret that was refused"] = t => t.RefusedSecretAsync(),
        ["secret without the vault"] = t => t.LastSecretAsync(),
        ["clients"] = t => t.ClientsAsync(),
        ["clients without storage"] = t => t.ClientsWithoutStorageAsync(),
        ["routes"] = t => Task.FromResult(t.Routes()),
        ["keys of a tenant"] = t => Task.FromResult(t.TenantKeys()),
        ["keys of a tenant that were read anew"] = t => t.RefreshedTenantKeysAsync(),
        ["tenant that does not answer"] = t => t.TenantDownAsync(),
        ["generation"] = t => t.GenerationAsync(),
        ["collection"] = t => t.CollectionAsync(),
        ["webhook"] = t => t.WebhookAsync(),
        ["readiness"] = t => Task.FromResult(t.Readiness()),
        ["health of documents"] = t => t.DocumentsAsync(),
    };

    private readonly ManualTime _time = new();
    private readonly FakeTenant _tenant = new();
    private GatewayHost _host = null!;

    public static TheoryData<string> Names => [.. Things.Keys];

    public async Task InitializeAsync() => _host = await GatewayHost.StartAsync(
        azurite,
        new() { ["Gateway:RouteCacheSeconds"] = "20", ["Gateway:ClientCheckSeconds"] = "10", ["Gateway:SecretCacheSeconds"] = "60", ["Gateway:SecretOutageSeconds"] = "60" },
        services => services.AddSingleton<TimeProvider>(_time));

    public async Task DisposeAsync()
    {
        await _host.DisposeAsync();
        _tenant.Dispose();
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Kept_WhileTheClockIsSetBack_EndsInItsTime(string name)
    {
        var kept = await Things[name](this);
        var first = await kept.AskAsync();
        await kept.ChangeAsync();
        _time.SetWall(-Hour);
        Assert.Equal(first, await kept.AskAsync());
        _time.Advance(kept.Time + TimeSpan.FromSeconds(1));
        Assert.NotEqual(first, await kept.AskAsync());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Kept_WhileTheClockIsSetForward_IsNotLost(string name)
    {
        var kept = await Things[name](this);
        var first = await kept.AskAsync();
        await kept.ChangeAsync();
        _time.SetWall(Hour);
        _time.Advance(kept.Later);
        Assert.Equal(first, await kept.AskAsync());
    }

    private static Task Nothing() => Task.CompletedTask;

    private static Task<string> Said(bool value) => Task.FromResult(value.ToString());

    private T Get<T>()
        where T : notnull => _host.Services.GetRequiredService<T>();

    private async Task<KeptThing> AnswersAsync()
    {
        var cache = Get<ResponseCache>();
        await cache.KeepAsync("key", [1], new CacheSettings(60), default);
        return new KeptThing(TimeSpan.FromMinutes(1), async () => await cache.FindAsync("key", default) is null ? "none" : "kept", Nothing);
    }

    private KeptThing Target(string code, int failures, TimeSpan pause)
    {
        var (health, model) = (Get<TargetHealth>(), new RouteModel("openai", "m"));
        for (var i = 0; i < failures; i++) health.Failed(model, new GatewayException(502, new ErrorDetail(code, "x", "upstream_error")));
        return new KeptThing(pause, () => Said(health.IsAvailable(model)), Nothing);
    }

    private KeptThing ToolServer()
    {
        var breaker = new UpstreamBreaker();
        for (var i = 0; i < UpstreamBreaker.Most; i++) breaker.Failed(_time.GetSteadyNow());
        return new KeptThing(UpstreamBreaker.Shortest, () => Said(breaker.TryEnter(_time.GetSteadyNow(), out _)), Nothing);
    }

    private async Task<KeptThing> SecretAsync()
    {
        var reference = await Get<ISecretVault>().SetAsync("key", new SecretText("first"), default);
        return new KeptThing(TimeSpan.FromSeconds(66), () => RevealAsync(reference), async () => await Get<ISecretVault>().DeleteAsync("key", default));
    }

    private async Task<KeptThing> RefusedSecretAsync()
    {
        var (cache, text) = (Get<SecretCache>(), new SecretText("first"));
        var reference = await Get<ISecretVault>().SetAsync("key", text, default);
        await RevealAsync(reference);
        Assert.True(cache.Refresh(reference, text));
        await RevealAsync(reference);
        return new KeptThing(TimeSpan.FromSeconds(30), () => Said(cache.Refresh(reference, text)), Nothing);
    }

    private async Task<KeptThing> LastSecretAsync()
    {
        var reference = await Get<ISecretVault>().SetAsync("key", new SecretText("first"), default);
        return new KeptThing(
            TimeSpan.FromMinutes(2),
            () => RevealAsync(reference),
            () =>
            {
                _host.Vault.Fault = _ => new HttpResponseMessage(System.Net.HttpStatusCode.Forbidden);
                return Task.CompletedTask;
            })
        { Later = TimeSpan.FromSeconds(70) };
    }

    private async Task<string> RevealAsync(SecretReference reference)
    {
        try
        {
            return (await Get<SecretCache>().GetAsync(reference, default))?.Reveal() ?? "none";
        }
        catch (RequestFailedException)
        {
            return "unknown";
        }
    }

    private async Task<KeptThing> ClientsAsync()
    {
        await WriteAsync(1);
        var shards = Get<ClientShards>();
        return new KeptThing(TimeSpan.FromSeconds(10), () => RevisionAsync(shards), () => WriteAsync(2));
    }

    private async Task<KeptThing> ClientsWithoutStorageAsync()
    {
        await WriteAsync(1);
        var outage = new Outage();
        var options = new BlobClientOptions { Transport = new HttpClientTransport(new HttpClient(outage)), Retry = { MaxRetries = 0 } };
        var shards = new ClientShards(new ConfigStore(new BlobServiceClient(_host.Storage, options)), Get<GatewayOptions>(), _time);
        return new KeptThing(
            TimeSpan.FromSeconds(20),
            () => RevisionAsync(shards),
            () =>
            {
                outage.IsOn = true;
                return Task.CompletedTask;
            })
        { Later = TimeSpan.FromSeconds(15) };
    }

    private async Task WriteAsync(long revision)
    {
        var config = Get<ConfigStore>();
        await config.OverwriteAsync("clients/00.json", new ClientList { Revision = revision }, default);
        await config.OverwriteAsync(ClientShards.Stamp, new { writeId = revision }, default);
    }

    private static async Task<string> RevisionAsync(ClientShards shards)
    {
        try
        {
            return (await shards.GetAsync("clients/00.json", default)).Revision.ToString(CultureInfo.InvariantCulture);
        }
        catch (Exception exception) when (exception is RequestFailedException or AggregateException or HttpRequestException)
        {
            return "unknown";
        }
    }

    private KeptThing Routes() => new(
        TimeSpan.FromSeconds(20 * 7),
        async () => string.Join(',', (await Get<RouteIndex>().GetAsync(default)).Entries.Select(r => r.Name)),
        async () =>
        {
            await using var other = await GatewayHost.StartAsync(azurite, sharing: _host);
            await other.CreateRouteAsync("late");
        });

    private EntraKeys TenantKeysOf() => new(new EntraOptions { TenantId = FakeTenant.Id }, _tenant, _time, NullLogger<EntraKeys>.Instance);

    private KeptThing TenantKeys()
    {
        var keys = TenantKeysOf();
        return new KeptThing(TimeSpan.FromHours(24), () => ReadAsync(keys), Nothing);
    }

    private async Task<KeptThing> RefreshedTenantKeysAsync()
    {
        var keys = TenantKeysOf();
        Assert.True(await IsReadAnewAsync());
        return new KeptThing(TimeSpan.FromMinutes(5), async () => (await IsReadAnewAsync()).ToString(), Nothing);

        async Task<bool> IsReadAnewAsync() => await keys.NewerAsync(await keys.GetAsync(default), default) is not null;
    }

    private async Task<KeptThing> TenantDownAsync()
    {
        var keys = TenantKeysOf();
        _tenant.IsDown = true;
        await ReadAsync(keys);
        _tenant.IsDown = false;
        return new KeptThing(TimeSpan.FromSeconds(5), () => ReadAsync(keys), Nothing);
    }

    private async Task<string> ReadAsync(EntraKeys keys)
    {
        try
        {
            await keys.GetAsync(default);
            await keys.Reading;
            return _tenant.Reads.ToString(CultureInfo.InvariantCulture);
        }
        catch (GatewayException refused)
        {
            return refused.Error.Code!;
        }
    }

    private async Task<KeptThing> GenerationAsync()
    {
        var (store, other) = (Get<GenerationStore>(), new GenerationStore(Get<IngestionContainers>(), _time));
        var plan = new GenerationPlan("e", "e@1", "m", 100, 10, ChunkStrategy.Sentences);
        await store.ChangeAsync("c", _ => GenerationState.First(plan, "index", _time.GetUtcNow()), default);
        return new KeptThing(
            TimeSpan.FromSeconds(5),
            async () => (await store.FindAsync("c", default))!.Serving.PinnedRoute,
            () => other.ChangeAsync("c", state => state!.Toward(plan with { PinnedRoute = "e@2" }, _time.GetUtcNow()), default));
    }

    private async Task<KeptThing> CollectionAsync()
    {
        var store = await SavedAsync();
        return new KeptThing(
            TimeSpan.FromSeconds(5),
            async () => (await store.RequireReadableAsync("c", new Caller("someone", ["*"], false), default))!.EmbeddingsRoute,
            () => Another().SaveAsync("c", new CollectionSettings { EmbeddingsRoute = "second" }, default));
    }

    private async Task<KeptThing> WebhookAsync()
    {
        var store = await SavedAsync();
        return new KeptThing(
            TimeSpan.FromSeconds(5),
            async () => await store.FindWebhookAsync("c", default) is null ? "none" : "one",
            () => Another().SaveAsync("c", new CollectionSettings { EmbeddingsRoute = "first", Webhook = new CollectionWebhook(new Uri("https://a.example.com"), new SecretReference("s", "1")) }, default));
    }

    private async Task<CollectionStore> SavedAsync()
    {
        var store = Get<CollectionStore>();
        await store.SaveAsync("c", new CollectionSettings { EmbeddingsRoute = "first" }, default);
        return store;
    }

    private CollectionStore Another() => new(Get<IngestionContainers>(), Get<IOptions<IngestionOptions>>(), _time);

    private KeptThing Readiness()
    {
        var isDown = false;
        var checks = new ReadinessChecks([new DependencyProbe("storage", true, _ => isDown ? Task.FromException(new IOException()) : Task.CompletedTask)], _time);
        return new KeptThing(
            ReadinessChecks.Keep,
            async () => (await checks.GetAsync()).Status,
            () =>
            {
                isDown = true;
                return Task.CompletedTask;
            });
    }

    private async Task<KeptThing> DocumentsAsync()
    {
        var (runs, run) = (Get<ReconcileStore>(), new ReconcileRun("r", null, ReconcileRun.Completed, _time.GetUtcNow(), _time.GetUtcNow(), 0, new ReconcileCounts()));
        await Get<IngestionContainers>().EnsureCreatedAsync(default);
        await runs.WriteAsync(run, default);
        return new KeptThing(
            TimeSpan.FromSeconds(30),
            async () => (await Get<ReconcileHealth>().GetAsync(default))!.State,
            () => runs.WriteAsync(run with { State = ReconcileRun.Failed }, default));
    }

    private sealed class Outage() : DelegatingHandler(new SocketsHttpHandler())
    {
        public bool IsOn { get; set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            IsOn ? Task.FromException<HttpResponseMessage>(new HttpRequestException("down")) : base.SendAsync(request, cancellationToken);
    }
}
