using System.Reflection;
using System.Text;
using System.Text.Json;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Abstractions;
using Microsoft.AspNetCore.Routing;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Tests.Hosting;

/// <summary>The gateway's HTTP functions on a real socket, composed by AddServerless as in production, with Azurite, a fake vault and a fake provider behind.</summary>
internal sealed class GatewayHost : IAsyncDisposable
{
    public const string OperatorKey = "operator-key-for-tests-0123456789";

    private readonly WebApplication _app;
    private readonly bool _ownsProvider;

    private GatewayHost(WebApplication app, FakeProvider provider, bool ownsProvider, FakeKeyVault vault, CapturedLogs logs, string storage)
    {
        (_app, Provider, _ownsProvider, Vault, Logs, Storage) = (app, provider, ownsProvider, vault, logs, storage);
        Http = new HttpClient { BaseAddress = new Uri(app.Urls.First()), Timeout = TimeSpan.FromSeconds(60) };
    }

    public HttpClient Http { get; }

    public FakeProvider Provider { get; }

    public FakeKeyVault Vault { get; }

    public CapturedLogs Logs { get; }

    public string Storage { get; }

    public IServiceProvider Services => _app.Services;

    /// <param name="azurite">Not needed where <paramref name="settings"/> name a "DocumentStorage".</param>
    /// <param name="sharing">Another host whose storage, vault and provider this one uses too: a second instance of the app.</param>
    public static async Task<GatewayHost> StartAsync(
        AzuriteFixture? azurite,
        Dictionary<string, string?>? settings = null,
        Action<IServiceCollection>? services = null,
        GatewayHost? sharing = null)
    {
        var provider = sharing?.Provider ?? await FakeProvider.StartAsync();
        var vault = sharing?.Vault ?? new FakeKeyVault();
        var storage = sharing?.Storage ?? settings?.GetValueOrDefault("DocumentStorage") ?? azurite!.TakeAccount();
        var logs = new CapturedLogs();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["DocumentStorage"] = storage,
            ["KeyVault:Uri"] = $"https://{FakeKeyVault.Host}",
            ["Search:Endpoint"] = "https://test.search.windows.net",
            ["SignalR:ConnectionString"] = $"Endpoint=http://localhost;AccessKey={Convert.ToBase64String(new byte[32])};Version=1.0;",
            ["GpuWorker:BaseUrl"] = provider.Address.AbsoluteUri,
            ["Gateway:AllowedHosts"] = $"{provider.Host},models.hosted-on.mosaicml.hosting,*.example.com",
            ["Gateway:AnonymousAccess"] = "operator",
            // A provider that fails is not waited for, unless a test is about that.
            ["Gateway:RestartWaitSeconds"] = "0",
        });
        builder.Configuration.AddInMemoryCollection(settings ?? []);
        builder.Logging.ClearProviders().AddProvider(logs).SetMinimumLevel(LogLevel.Trace);
        builder.Services.AddSingleton<HttpPipelineTransport>(new HttpClientTransport(new HttpClient(vault)));
        builder.Services.AddSingleton<TokenCredential>(new StaticCredential());
        services?.Invoke(builder.Services);
        var worker = new WorkerBuilder(builder.Services);
        worker.AddServerless(builder.Configuration);

        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        Map(app, worker);
        await app.StartAsync();
        return new GatewayHost(app, provider, sharing is null, vault, logs, storage);
    }

    public BlobContainerClient Config => new BlobServiceClient(Storage).GetBlobContainerClient("config");

    public async Task<string> AllBlobsAsync()
    {
        var all = new StringBuilder();
        await foreach (var blob in Config.GetBlobsAsync(new GetBlobsOptions())) all.AppendLine(blob.Name).AppendLine((await Config.GetBlobClient(blob.Name).DownloadContentAsync()).Value.Content.ToString());
        return all.ToString();
    }

    public async Task<Answer> SendAsync(HttpMethod method, string path, object? body = null, string? key = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null) request.Content = new StringContent(body as string ?? JsonSerializer.Serialize(body), Encoding.UTF8, "application/json");
        if (key is not null) request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {key}");
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        using var response = await Http.SendAsync(request);
        return new Answer((int)response.StatusCode, await response.Content.ReadAsStringAsync(), response.Headers.ToDictionary(h => h.Key, h => string.Join(',', h.Value), StringComparer.OrdinalIgnoreCase));
    }

    public Task<Answer> PostAsync(string path, object body, string? key = null) => SendAsync(HttpMethod.Post, path, body, key);

    public Task<Answer> GetAsync(string path, string? key = null) => SendAsync(HttpMethod.Get, path, null, key);

    /// <summary>Creates a route at the fake provider and expects it to succeed.</summary>
    public async Task CreateRouteAsync(string name, string type = "llm/v1/chat", string model = "demo-llama")
    {
        var answer = await PostAsync("/api/2.0/gateway/routes", new { name, route_type = type, model = new { provider = "gpu-worker", name = model } });
        Assert.True(answer.Status == 201, answer.Body);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        using var now = new CancellationTokenSource(TimeSpan.Zero);
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
        if (!_ownsProvider) return;
        await Provider.DisposeAsync();
        Vault.Dispose();
    }

    private static void Map(WebApplication app, WorkerBuilder worker)
    {
        foreach (var (name, type, method, trigger) in HttpFunctions.All.Values)
        {
            Assert.Equal(AuthorizationLevel.Anonymous, trigger.AuthLevel);
            // ASP.NET would rank templates; the host goes through them by name.
            app.MapMethods(trigger.Route!, trigger.Methods!, http => InvokeAsync(http, type, method, name, worker)).WithOrder(name is "WrongPath" ? 1 : 0);
        }
    }

    private static async Task InvokeAsync(HttpContext http, Type type, MethodInfo method, string name, WorkerBuilder worker)
    {
        object? result = null;
        FunctionExecutionDelegate pipeline = async _ =>
        {
            var instance = ActivatorUtilities.CreateInstance(http.RequestServices, type);
            try
            {
                var returned = method.Invoke(instance, [.. method.GetParameters().Select(p => Argument(http, p.ParameterType))]);
                result = returned is Task<IActionResult> task ? await task : returned;
            }
            catch (TargetInvocationException exception)
            {
                throw exception.InnerException!;
            }
        };
        foreach (var middleware in Enumerable.Reverse(worker.Middleware)) pipeline = middleware(pipeline);
        await pipeline(new TestFunctionContext(http, name));
        if (result is IActionResult action) await action.ExecuteResultAsync(new ActionContext(http, http.GetRouteData(), new ActionDescriptor()));
    }

    private static object Argument(HttpContext http, Type type) =>
        type == typeof(HttpRequest) ? http.Request : type == typeof(CancellationToken) ? http.RequestAborted : http.RequestServices.GetRequiredService(type);

    internal sealed record Answer(int Status, string Body, IReadOnlyDictionary<string, string> Headers)
    {
        public JsonElement Json => JsonDocument.Parse(Body).RootElement;

        public string? Code => Json.GetProperty("error").GetProperty("code").GetString();

        public string? Param => Json.GetProperty("error").TryGetProperty("param", out var param) ? param.GetString() : null;
    }

    private sealed class WorkerBuilder(IServiceCollection services) : IFunctionsWorkerApplicationBuilder
    {
        public List<Func<FunctionExecutionDelegate, FunctionExecutionDelegate>> Middleware { get; } = [];

        public IServiceCollection Services { get; } = services;

        public IFunctionsWorkerApplicationBuilder Use(Func<FunctionExecutionDelegate, FunctionExecutionDelegate> middleware)
        {
            Middleware.Add(middleware);
            return this;
        }
    }

    private sealed class StaticCredential : TokenCredential
    {
        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) => new("token", DateTimeOffset.MaxValue);

        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) => new(GetToken(requestContext, cancellationToken));
    }
}
