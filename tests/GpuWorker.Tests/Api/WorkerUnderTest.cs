using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Serverless.Contracts;
using Serverless.GpuWorker.Api;
using Serverless.GpuWorker.Api.Requests;
using Serverless.GpuWorker.Hosting;

namespace Serverless.GpuWorker.Tests.Api;

/// <summary>A worker on a free port of loopback, over a scripted engine.</summary>
internal sealed class WorkerUnderTest : IAsyncDisposable
{
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private WorkerUnderTest(WebApplication app, ScriptedEngine engine, LengthEmbedder embedder, RecordedLogs logs)
    {
        App = app;
        Engine = engine;
        Embedder = embedder;
        Logs = logs;
        Client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()), Timeout = Deadline };
    }

    public WebApplication App { get; }

    public ScriptedEngine Engine { get; }

    public LengthEmbedder Embedder { get; }

    public RecordedLogs Logs { get; }

    public HttpClient Client { get; }

    public ServingState State => App.Services.GetRequiredService<ServingState>();

    public static async Task<WorkerUnderTest> StartAsync(WorkerOptions? options = null, TimeProvider? time = null, IModelLoader? loader = null, Action<IServiceCollection>? services = null, IReadOnlyList<EmbeddingModel>? moreEmbeddings = null, IReadOnlyList<RerankModel>? rerankers = null)
    {
        var engine = new ScriptedEngine();
        var embedder = new LengthEmbedder();
        var logs = new RecordedLogs();
        var models = new ServedModels(
            new LlmModel("llama", engine, new CharTokenizer(), new GenerationDefaults(Temperature: 0.5, MaxTokens: 100)) { QueuedRequests = 25, QueuedTokens = 500, TellsCachedTokens = options?.PromptTokensDetails ?? false },
            [new EmbeddingModel("instructor", embedder, new CharTokenizer(hasBos: false)) { QueryPrompt = "Find: ", DocumentPrompt = "File: " }, .. moreEmbeddings ?? []],
            rerankers ?? [],
            DateTimeOffset.UnixEpoch);
        var app = WorkerHost.Build((options ?? new WorkerOptions()) with { Urls = "http://127.0.0.1:0" }, own =>
        {
            own.AddSingleton(loader ?? new ReadyModels(models));
            own.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(logs));
            if (time is not null) own.AddSingleton(time);
            services?.Invoke(own);
        });
        await app.StartAsync();
        var worker = new WorkerUnderTest(app, engine, embedder, logs);
        if (loader is null) await UntilAsync(() => worker.State.Phase == ServingPhase.Serving, "the models to be loaded");
        return worker;
    }

    public static async Task UntilAsync(Func<bool> condition, string what)
    {
        using var deadline = new CancellationTokenSource(Deadline);
        while (!condition())
        {
            if (deadline.IsCancellationRequested) throw new TimeoutException($"Waited in vain for {what}.");
            await Task.Yield();
            await Task.Delay(5);
        }
    }

    public Task<HttpResponseMessage> PostAsync(string path, object body, bool headersOnly = false, CancellationToken cancellationToken = default)
    {
        var content = body is string json ? new StringContent(json, Encoding.UTF8, "application/json") : (HttpContent)JsonContent.Create(body);
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = content };
        return Client.SendAsync(request, headersOnly ? HttpCompletionOption.ResponseHeadersRead : HttpCompletionOption.ResponseContentRead, cancellationToken);
    }

    /// <summary>Posts and reads the answer, which must have <paramref name="status"/>.</summary>
    public async Task<JsonElement> PostJsonAsync(string path, object body, HttpStatusCode status = HttpStatusCode.OK)
    {
        using var response = await PostAsync(path, body);
        var json = await response.Content.ReadFromJsonAsync<JsonElement>();
        Assert.True(response.StatusCode == status, $"{(int)response.StatusCode}: {json}");
        Assert.Equal(!response.IsSuccessStatusCode, response.Headers.Contains(ErrorBody.QuotesNoContentHeader));
        return json;
    }

    /// <summary>Posts what is to be refused; the error names <paramref name="param"/> in param and, unless null, in its message.</summary>
    public async Task<JsonElement> RefusedAsync(string path, object body, string? param, string? code = null, HttpStatusCode status = HttpStatusCode.BadRequest)
    {
        var error = (await PostJsonAsync(path, body, status)).GetProperty("error");
        Assert.Equal(param, error.TryGetProperty("param", out var named) ? named.GetString() : null);
        if (code is not null) Assert.Equal(code, error.GetProperty("code").GetString());
        Assert.NotEqual("", error.GetProperty("message").GetString());
        Assert.NotEqual("", error.GetProperty("type").GetString());
        return error;
    }

    /// <summary>The data of each event of a stream.</summary>
    public async Task<List<string>> StreamAsync(string path, object body)
    {
        using var response = await PostAsync(path, body, headersOnly: true);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        var text = await response.Content.ReadAsStringAsync();
        var events = text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.All(events, e => Assert.StartsWith("data: ", e, StringComparison.Ordinal));
        return [.. events.Select(e => e["data: ".Length..])];
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        // A failed test may leave requests that would be waited for, on a clock that nobody moves any more.
        await State.GiveUpAsync();
        await App.StopAsync();
        await App.DisposeAsync();
    }

    private sealed class ReadyModels(ServedModels models) : IModelLoader
    {
        public ServedModels Load(CancellationToken cancellationToken) => models;
    }
}
